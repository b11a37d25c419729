"""A configuration that is read again when its file changes."""

from pathlib import Path
from typing import Any

import pytest

from fairlead.shared.config import Config, load
from fairlead.shared.runtime.live_config import LiveConfig, stamp_of


class Told:
    """What was served with, and what was logged."""

    def __init__(self) -> None:
        self.ports: list[int | None] = []
        self.lines: list[str] = []

    async def apply(self, config: Config) -> None:
        self.ports.append(config.port)

    def info(self, event: str, **_: Any) -> None:
        self.lines.append(event)

    def error(self, event: str, *, problems: list[str]) -> None:
        self.lines += [event, *problems]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.json"
    path.write_text("{PORT: 1}")
    return path


def live_at(file: Path, told: Told) -> LiveConfig:
    return LiveConfig(file, load(file, {}), lambda: load(file, {}), told.apply, told)


def put(file: Path, text: str | None) -> None:
    """None takes it away."""
    if text is None:
        file.unlink()
    else:
        file.write_text(text)


async def test_an_edit_is_served_once_nobody_writes_any_more(file: Path) -> None:
    told = Told()
    live = live_at(file, told)
    await live.look()
    put(file, "{PORT: 20}")
    await live.look()
    assert told.ports == []
    await live.look()
    await live.look()
    assert told.ports == [20]
    assert live.loaded.config.port == 20


async def test_an_edit_that_changes_nothing_serves_nothing_anew(file: Path) -> None:
    told = Told()
    live = live_at(file, told)
    put(file, "{PORT: 1} // the same")
    for _ in range(3):
        await live.look()
    assert told.ports == []


async def test_a_bad_edit_leaves_the_old_one_and_says_why_once(file: Path) -> None:
    told = Told()
    live = live_at(file, told)
    put(file, '{\n  PORT: "many"\n}')
    for _ in range(4):
        await live.look()
    assert told.ports == []
    assert live.loaded.config.port == 1
    assert [(one.line, one.key) for one in live.problems] == [(2, "PORT")]
    assert told.lines == [
        "configuration not changed: the old one goes on",
        f"{file}:2: PORT: must be a whole number, not text",
    ]
    put(file, "{PORT: 3}")
    for _ in range(2):
        await live.look()
    assert (told.ports, live.problems) == ([3], ())


async def test_a_file_that_is_gone_is_a_problem_until_it_is_back(file: Path) -> None:
    told = Told()
    live = live_at(file, told)
    put(file, None)
    for _ in range(2):
        await live.look()
    assert "cannot be read" in live.problems[0].message
    put(file, "{PORT: 1}")
    for _ in range(2):
        await live.look()
    assert live.problems == ()


async def test_an_editor_that_puts_another_file_in_its_place_is_noticed(file: Path) -> None:
    told = Told()
    live = live_at(file, told)
    beside = file.with_name("new")
    beside.write_text("{PORT: 4}")
    beside.replace(file)
    for _ in range(2):
        await live.look()
    assert told.ports == [4]


def test_a_v3_directory_changes_with_any_of_its_files(tmp_path: Path) -> None:
    before = stamp_of(tmp_path)
    (tmp_path / "routing-table.json").write_text("{}")
    assert stamp_of(tmp_path) != before


def test_it_changes_with_the_presets_beside_it(file: Path) -> None:
    manifest = file.parent / "presets/work/manifest.json"
    stamps = [stamp_of(file)]
    manifest.parent.mkdir(parents=True)
    stamps.append(stamp_of(file))
    manifest.write_text("{}")
    stamps.append(stamp_of(file))
    manifest.write_text("{ }")
    stamps.append(stamp_of(file))
    manifest.parent.rename(file.parent / "presets/play")
    stamps.append(stamp_of(file))
    assert len(set(stamps)) == len(stamps)


async def test_what_cannot_be_served_for_whatever_reason_leaves_the_old_one(file: Path) -> None:
    async def fails(_config: Config) -> None:
        raise ValueError("a fault of ours")

    live = LiveConfig(file, load(file, {}), lambda: load(file, {}), fails, Told())
    put(file, "{PORT: 20}")
    await live.look()
    with pytest.raises(ValueError, match="a fault of ours"):
        await live.look()
    assert live.loaded.config.port == 1
