"""The page of the logs, of files of our own folder and no others."""

import json
from pathlib import Path

import httpx2
import pytest

from ..fake_normalizer import FakeNormalizer
from ..running import RunningRouter
from ..serving_files import with_file
from .pages import CLIENT, KEYS, Visitor, put

CONFIG = """{
  Providers: [{name: "p", api_base_url: "https://p.example/v1", api_key: "x", models: ["native"]}],
  Router: {default: "p,native"}, EXTRA
}"""
DECISION = "dec_" + "0123456789ab" * 2


def lines(count: int) -> str:
    told = [
        {
            "time": f"2026-01-01T00:00:{number % 60:02}Z",
            "level": "error" if number % 10 == 9 else "info",
            "event": f"<event {number}>",
            "request_id": f"req_{number}",
            "decision": DECISION,
        }
        for number in range(count)
    ]
    return "".join(json.dumps(one) + "\n" for one in told)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    folder = tmp_path / "data/logs"
    folder.mkdir(parents=True)
    put(folder / "router.log", lines(450))
    put(folder / "normalizer.log", "secret=no\n")
    put(tmp_path / "data/other.log", "none of ours\n")
    return tmp_path / "config.json"


@pytest.mark.parametrize("keys", KEYS)
async def test_the_newest_lines_come_first_and_older_ones_can_be_asked_for(
    file: Path, normalizer: FakeNormalizer, keys: str
) -> None:
    async with with_file(file, CONFIG.replace("EXTRA", KEYS[keys]), normalizer.url) as router:
        async with Visitor(router.url) as visitor:
            page = await visitor.get("logs")
            assert page.text.index("&lt;event 449&gt;") < page.text.index("&lt;event 250&gt;")
            assert "&lt;event 249&gt;" not in page.text
            assert 'sse:connect="./live/logs"' in page.text
            assert f'href="./decisions/{DECISION}"' in page.text
            older = page.text.partition('href="./logs/older?name=router.log&amp;before=')[2].partition('"')[0]
            page = await visitor.get("logs/older", name="router.log", before=older)
            assert "&lt;event 249&gt;" in page.text
            assert "sse:connect" not in page.text
        async with httpx2.AsyncClient() as stranger:
            status = (await stranger.get(f"{router.url}/ui/logs", headers={"x-api-key": CLIENT})).status_code
            assert status == (403 if KEYS[keys] else 200)


async def test_lines_are_found_by_level_words_and_request(file: Path, normalizer: FakeNormalizer) -> None:
    async with with_file(file, CONFIG.replace("EXTRA", ""), normalizer.url) as router, Visitor(router.url) as visitor:
        page = (await visitor.get("logs", level="error", text="EVENT 44")).text
        assert page.count('<li id="at-') == 1
        assert "&lt;event 449&gt;" in page
        page = (await visitor.get("logs", request="req_7")).text
        assert (page.count('<li id="at-'), "&lt;event 7&gt;" in page) == (1, True)
        page = (await visitor.get("logs", text="nowhere")).text
        assert "No such line" in page
        assert "secret=no" in (await visitor.get("logs", name="normalizer.log")).text
        for wrong in ({"level": "loud"}, {"before": "-1"}, {"before": "9" * 40}):
            assert (await visitor.get("logs", **wrong)).status_code == 400


async def test_no_other_file_is_shown(file: Path, normalizer: FakeNormalizer) -> None:
    async with with_file(file, CONFIG.replace("EXTRA", ""), normalizer.url) as router, Visitor(router.url) as visitor:
        for name in ("../other.log", "other.log", "/etc/passwd", "router.log/../../other.log"):
            page = (await visitor.get("logs", name=name)).text
            assert "There is no " in page
            assert "none of ours" not in page


async def test_new_lines_come_by_themselves(file: Path, normalizer: FakeNormalizer) -> None:
    async with (
        with_file(file, CONFIG.replace("EXTRA", ""), normalizer.url) as router,
        httpx2.AsyncClient(timeout=20) as client,
        client.stream("GET", f"{router.url}/ui/live/logs?level=error&text=449") as response,
    ):
        told = ""
        async for chunk in response.aiter_text():
            told += chunk
            if told.endswith("\n\n") and "hx-partial" in told:
                break
    assert told.count('<li id="at-') == 1


async def test_without_files_the_page_says_where_lines_go(tmp_path: Path, normalizer: FakeNormalizer) -> None:
    config = CONFIG.replace("EXTRA", "")
    async with with_file(tmp_path / "config.json", config, normalizer.url) as router, Visitor(router.url) as visitor:
        assert "No log files" in (await visitor.get("logs")).text
    async with RunningRouter(config, normalizer.url) as router, Visitor(router.url) as visitor:
        assert "No folder is known" in (await visitor.get("logs")).text
