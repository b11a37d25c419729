"""The page of the configuration: opened, checked, compared, saved, restored; with keys and without."""

import asyncio
from pathlib import Path

import httpx2
import pytest

from fairlead.router.ui.editor import as_written

from ..answers import anthropic_stream
from ..bodies import claude_code
from ..fake_normalizer import FakeNormalizer, stream
from ..running import RunningRouter
from ..serving_files import with_file
from .pages import CLIENT, KEYS, Visitor, fields_in, put, said, text_in

TEXT = """{
  // who is asked
  Providers: [{name: "p", api_base_url: "https://p.example/v1", api_key: 'canary', models: ["native", "second"]}],
  Router: {default: "p,native"}, // where to </textarea> & "so"
  EXTRA
}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.json"


def text(extra: str = "") -> str:
    return TEXT.replace("EXTRA", extra)


@pytest.mark.parametrize("keys", KEYS)
async def test_a_change_is_checked_compared_and_saved(file: Path, normalizer: FakeNormalizer, keys: str) -> None:
    normalizer.answers["p,second"] = stream(b"".join(anthropic_stream("Hello")))
    async with with_file(file, text(KEYS[keys]), normalizer.url) as router, Visitor(router.url) as visitor:
        page = await visitor.get("config")
        assert "canary" not in page.text
        edited = text_in(page.text).replace('"p,native"', '"p,second"')
        checked = await visitor.send("config", page, do="check", text=edited)
        assert "This can be served with." in checked.text
        assert "2 lines would change" in checked.text
        review = await visitor.send("config", page, do="review", text=edited)
        assert '<tr class="removed">' in review.text
        assert said(file) == text(KEYS[keys])
        saved = await visitor.send("config", review, do="save")
        assert "Requests that come from now on go by it" in saved.text
        assert said(file) == text(KEYS[keys]).replace('"p,native"', '"p,second"')
        async with httpx2.AsyncClient(base_url=router.url, headers={"x-api-key": CLIENT}) as client:
            answer = await client.post("/v1/messages", json=claude_code(stream=True))
        assert answer.headers["x-fairlead-route"] == "p,second"


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["config", "config/normalizer", "config/backup/config.20000101T000000.000000Z.json"])
async def test_nobody_sees_or_does_anything_without_the_key(
    file: Path, normalizer: FakeNormalizer, method: str, path: str
) -> None:
    kept = text(KEYS["with keys"])
    async with with_file(file, kept, normalizer.url) as router, httpx2.AsyncClient() as client:
        answer = await client.request(method, f"{router.url}/ui/{path}")
        assert answer.status_code == 303
        assert answer.headers["location"].endswith("login")
        shown = await client.request(method, f"{router.url}/ui/{path}", headers={"x-api-key": CLIENT})
        assert shown.status_code == 403
    assert said(file) == kept


async def test_a_form_without_the_token_of_a_page_changes_nothing(file: Path, normalizer: FakeNormalizer) -> None:
    async with with_file(file, text(), normalizer.url) as router, Visitor(router.url) as visitor:
        page = await visitor.get("config")
        answer = await visitor.send("config", page, do="save", text=text("PORT: 1"), csrf="0" * 48)
        assert answer.status_code == 403
    assert said(file) == text()


async def test_a_mistake_is_told_at_its_line_and_the_text_stays(file: Path, normalizer: FakeNormalizer) -> None:
    async with with_file(file, text(), normalizer.url) as router, Visitor(router.url) as visitor:
        page = await visitor.get("config")
        wrong = text_in(page.text).replace('"p,native"', '"q,native"')
        for deed in ("review", "save"):
            answer = await visitor.send("config", page, do=deed, text=wrong)
            assert answer.status_code == 400
            assert text_in(answer.text) == wrong
            assert 'href="#line-4" data-line="4"' in answer.text
            assert '<span id="line-4" class="bad">4</span>' in answer.text
        part = await visitor.client.post(
            "config",
            data={**fields_in(page.text), "do": "check", "text": "{"},
            headers={"hx-request": "true"},
        )
        assert "<html" not in part.text
        assert "this { is never closed" in part.text
    assert said(file) == text()


async def test_a_file_that_has_changed_meanwhile_is_told_and_nothing_is_lost(
    file: Path, normalizer: FakeNormalizer
) -> None:
    async with with_file(file, text(), normalizer.url) as router, Visitor(router.url) as visitor:
        page = await visitor.get("config")
        mine = text_in(page.text).replace("EXTRA", "") + "// mine\n"
        review = await visitor.send("config", page, do="review", text=mine)
        put(file, text("PORT: 1 // theirs"))
        await router.look()
        told = await visitor.send("config", review, do="save")
        assert told.status_code == 412
        assert "Somebody else has changed the file" in told.text
        assert said(file) == text("PORT: 1 // theirs")
        assert fields_in(told.text)["text"] == mine
        assert "PORT: 1 // theirs" in told.text
        saved = await visitor.send("config", told, do="save")
        assert saved.status_code == 200
    assert said(file) == text() + "// mine\n"


async def test_a_change_by_somebody_else_is_told_also_after_a_check_or_a_mistake(
    file: Path, normalizer: FakeNormalizer
) -> None:
    async with with_file(file, text(), normalizer.url) as router, Visitor(router.url) as visitor:
        page = await visitor.get("config")
        mine = text_in(page.text) + "// mine\n"
        put(file, text() + "// theirs\n")
        await router.look()
        for deed, typed in (("check", mine), ("review", "{"), ("save", "{"), ("edit", mine)):
            page = await visitor.send("config", page, do=deed, text=typed)
            assert "The file has changed since you opened it." in page.text
        for deed in ("review", "save"):
            told = await visitor.send("config", page, do=deed, text=mine)
            assert told.status_code == 412
            assert "Somebody else has changed the file" in told.text
    assert said(file) == text() + "// theirs\n"


async def test_a_backup_is_compared_and_restored(file: Path, normalizer: FakeNormalizer) -> None:
    async with with_file(file, text(), normalizer.url) as router, Visitor(router.url) as visitor:
        page = await visitor.get("config")
        assert "No backups yet" in page.text
        saved = await visitor.send("config", page, do="save", text=text_in(page.text) + "// more\n")
        (name,) = (file.parent / ".backups").iterdir()
        path = f"config/backup/{name.name}"
        assert path in saved.text
        backup = await visitor.get(path)
        assert "1 removed" in backup.text
        again = await visitor.send(path, backup, etag='"stale"')
        assert (again.status_code, said(file)) == (412, text() + "// more\n")
        restored = await visitor.send(path, again)
        assert (restored.status_code, said(file)) == (200, text())
        assert (await visitor.get("config/backup/config.20000101T000000.000000Z.json")).status_code == 404
        made = await visitor.send("config", restored, do="back up")
        assert made.text.count("Compare") == 3


async def test_a_file_that_cannot_be_written_costs_no_text(file: Path, normalizer: FakeNormalizer) -> None:
    async with with_file(file, text(), normalizer.url) as router, Visitor(router.url) as visitor:
        page = await visitor.get("config")
        put(file.parent / ".backups", "a file where the folder should be")
        mine = text_in(page.text) + "// mine\n"
        answer = await visitor.send("config", page, do="save", text=mine)
        assert "cannot be written" in answer.text
        assert text_in(answer.text) == mine


async def test_a_stream_goes_on_while_the_page_saves(file: Path, normalizer: FakeNormalizer) -> None:
    events, go_on = anthropic_stream("Hello"), asyncio.Event()
    normalizer.answers["p,native"] = stream(b"".join(events[:-2]), go_on, b"".join(events[-2:]))
    async with (
        with_file(file, text(), normalizer.url) as router,
        Visitor(router.url) as visitor,
        httpx2.AsyncClient(base_url=router.url) as client,
        client.stream("POST", "/v1/messages", json=claude_code(stream=True)) as response,
    ):
        chunks = response.aiter_raw()
        heard = await anext(chunks)
        page = await visitor.get("config")
        saved = await visitor.send("config", page, do="save", text=text_in(page.text).replace("p,native", "p,second"))
        assert "Saved." in saved.text
        go_on.set()
        async for chunk in chunks:
            heard += chunk
    assert heard.endswith(events[-1])


async def test_without_a_file_the_page_says_so(normalizer: FakeNormalizer) -> None:
    async with RunningRouter(text(), normalizer.url) as router, Visitor(router.url) as visitor:
        page = await visitor.get("config")
        assert "runs without a configuration file" in page.text
        assert (await visitor.send("config", page, do="save", text="{}")).status_code == 409


@pytest.mark.parametrize(
    ("sent", "file", "meant"),
    [("a\r\nb", "x\ny", "a\nb"), ("a\r\nb", "x\r\ny", "a\r\nb"), ("a\nb", "x\r\ny", "a\r\nb"), ("a", "", "a")],
)
def test_lines_end_as_those_of_the_file_do(sent: str, file: str, meant: str) -> None:
    assert as_written(sent, file) == meant
