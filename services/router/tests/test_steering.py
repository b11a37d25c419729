"""The configuration's file opened as text, and what a change would do to it."""

from pathlib import Path

import pytest

from fairlead.router.steering import Posted, Steering, etag_of
from fairlead.shared.config import Config, ConfigError, Loaded, parse
from fairlead.shared.failure import FailureError
from fairlead.shared.runtime.live_config import LiveConfig

from .running import Lines

TEXT = """{
  // who is asked
  Providers: [{name: "p", api_base_url: "https://p.example/v1", api_key: 'canary', models: ["m", "n"]}],
  Router: {default: "p,m"}, // where to
}
"""


async def ignored(_config: Config) -> None:
    """Nobody is served."""


def steering_of(file: Path) -> Steering:
    def read(text: str) -> Loaded:
        return parse(text, {}, file=str(file), resolve_secrets=False)

    live = LiveConfig(file, read(TEXT), lambda: read(file.read_text()), ignored, Lines())
    return Steering(live, read, lambda: 1_700_000_000.0)


def said(file: Path) -> str:
    return file.read_text()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "config.json"
    file.write_text(TEXT)
    return file


async def test_the_text_is_opened_without_its_secrets_and_saved_with_them(file: Path) -> None:
    steering = steering_of(file)
    opened = steering.opened()
    assert opened.text == TEXT.replace("'canary'", '"***"')
    changed = await steering.change(Posted(text=opened.text.replace('"p,m"', '"p,n"')), opened.etag)
    assert changed.changed
    assert said(file) == TEXT.replace('"p,m"', '"p,n"')


async def test_what_was_not_edited_is_no_change(file: Path) -> None:
    steering = steering_of(file)
    assert not (await steering.change(Posted(text=steering.opened().text))).changed
    assert steering.backups() == []


def test_a_preview_shows_what_would_change_and_changes_nothing(file: Path) -> None:
    steering = steering_of(file)
    found = steering.preview(Posted(text=steering.opened().text.replace('"p,m"', '"p,n"')))
    rows = [(row.kind.value, row.before, row.after, row.text) for row in found.difference.rows]
    assert rows[3:] == [
        ("removed", 4, None, '  Router: {default: "p,m"}, // where to'),
        ("added", None, 4, '  Router: {default: "p,n"}, // where to'),
        ("same", 5, 5, "}"),
    ]
    assert "canary" not in str(found.difference)
    assert (found.etag, file.read_text()) == (etag_of(TEXT), TEXT)


def test_a_secret_that_changes_is_a_change_that_is_not_shown(file: Path) -> None:
    steering = steering_of(file)
    found = steering.preview(Posted(text=steering.opened().text.replace("***", "other")))
    removed, added = [row.text for row in found.difference.rows if row.kind.value != "same"]
    assert removed == added
    assert 'api_key: "***"' in added


def test_what_cannot_be_served_with_is_told_by_its_line(file: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        steering_of(file).preview(Posted(text=TEXT.replace('"p,m"', '"q,m"')))
    assert (caught.value.line, caught.value.key) == (4, "Router.default")


def test_a_mask_without_a_secret_is_told_by_its_line(file: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        steering_of(file).preview(Posted(text=TEXT.replace("Router:", 'APIKEY: "***",\n  Router:')))
    assert (caught.value.line, caught.value.key) == (4, "APIKEY")


async def test_a_backup_is_looked_at_before_it_is_restored(file: Path) -> None:
    steering = steering_of(file)
    changed = await steering.change(Posted(text=TEXT.replace('"p,m"', '"p,n"')))
    assert changed.backup is not None
    found = steering.preview_of_backup(changed.backup)
    assert [row.text for row in found.difference.rows if row.kind.value == "added"] == [TEXT.splitlines()[3]]
    await steering.restore(changed.backup, found.etag)
    assert said(file) == TEXT
    with pytest.raises(FailureError):
        steering.preview_of_backup("../config.json")


def test_a_file_broken_by_hand_is_opened_where_it_broke(file: Path) -> None:
    steering = steering_of(file)
    file.write_text(TEXT.replace('"p,m"}', '"p,m" and}'))
    opened = steering.opened()
    assert [problem.line for problem in opened.problems] == [4]
    assert "canary" not in opened.text
    mended = opened.text.replace('"p,m" and}', '"p,m"}')
    assert steering.preview(Posted(text=mended)).difference.added == 1


def test_a_v3_directory_is_shown_and_not_changed(tmp_path: Path) -> None:
    (tmp_path / "routing-table.json").write_text('{"categories": {"default": "p,m"}}')
    steering = steering_of(tmp_path)
    opened = steering.opened()
    assert opened.etag is None
    assert '"p,m"' in opened.text
    with pytest.raises(FailureError, match="edit its files"):
        steering.preview(Posted(text="{}"))
