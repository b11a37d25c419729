"""The configuration, seen and changed over HTTP."""

import asyncio
import json
import stat
from pathlib import Path
from typing import Any

import httpx2
import pyjson5
import pytest

from .answers import anthropic_stream
from .bodies import claude_code
from .fake_normalizer import FakeNormalizer, stream, whole
from .serving_files import WithFile, with_file

TEXT = """{
  // who is asked
  Providers: [{name: "p", api_base_url: "https://p.example/v1", api_key: "canary-of-p", models: ["native", "second"]}],
  Router: {default: "p,native"}, // where to
  EXTRA
}
"""
CLIENT, ADMIN = "client-key-0123456789", "admin-key-0123456789"
KEYS = {
    "no key": "",
    "a client key": f'APIKEY: "{CLIENT}"',
    "an admin key": f'APIKEY: "{CLIENT}", ADMIN_KEY: "{ADMIN}"',
}
GOOD = {"no key": {}, "a client key": {"x-api-key": CLIENT}, "an admin key": {"authorization": f"Bearer {ADMIN}"}}
ENDPOINTS = [
    ("GET", "/api/config"),
    ("POST", "/api/config"),
    ("POST", "/api/config/validate"),
    ("GET", "/api/config/backup"),
    ("POST", "/api/config/backup"),
    ("POST", "/api/config/restore"),
    ("GET", "/api/logs"),
    ("POST", "/api/restart"),
]


def text(extra: str = "") -> str:
    return TEXT.replace("EXTRA", extra)


def said(file: Path) -> str:
    return file.read_text()


def mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def put(file: Path, content: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.json"


def calling(router: WithFile, headers: dict[str, str] | None = None) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(base_url=router.url, timeout=20, headers=headers or {})


@pytest.mark.parametrize("keys", KEYS)
async def test_whoever_may_sees_it_without_secrets_and_changes_it(
    file: Path, normalizer: FakeNormalizer, keys: str
) -> None:
    normalizer.answers["p,second"] = stream(b"".join(anthropic_stream("Hello")))
    async with with_file(file, text(KEYS[keys]), normalizer.url) as router, calling(router, GOOD[keys]) as client:
        got = await client.get("/api/config")
        shown = got.json()
        assert (got.status_code, got.headers["etag"], shown["problems"]) == (200, shown["etag"], [])
        assert "canary" not in got.text
        assert CLIENT not in got.text
        assert ADMIN not in got.text
        config = shown["config"]
        config["Router"]["default"] = "p,second"
        posted = await client.post("/api/config", json={"config": config}, headers={"if-match": shown["etag"]})
        assert (posted.status_code, posted.json()["changed"], posted.json()["comments_lost"]) == (200, True, [])
        route = await client.post("/v1/messages", json=claude_code(stream=True), headers={"x-api-key": CLIENT})
        assert route.headers["x-fairlead-route"] == "p,second"
    assert said(file) == text(KEYS[keys]).replace('"p,native"', '"p,second"')
    assert mode(file) == 0o600


@pytest.mark.parametrize(("method", "path"), ENDPOINTS)
async def test_without_its_key_nothing_is_told_or_done(
    file: Path, normalizer: FakeNormalizer, method: str, path: str
) -> None:
    async with with_file(file, text(KEYS["an admin key"]), normalizer.url) as router, calling(router) as client:
        body = json.dumps({"config": {}}) if method == "POST" else None
        statuses = [
            (await client.request(method, path, content=body, headers=headers)).status_code
            for headers in ({}, {"x-api-key": "wrong"}, {"x-api-key": CLIENT})
        ]
    assert statuses == [401, 401, 403]
    assert said(file) == text(KEYS["an admin key"])


@pytest.mark.parametrize("keys", KEYS)
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://localhost:1"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
    ids=str,
)
async def test_pages_of_other_sites_change_nothing_whatever_they_show(
    file: Path, normalizer: FakeNormalizer, headers: dict[str, str], keys: str
) -> None:
    async with with_file(file, text(KEYS[keys]), normalizer.url) as router, calling(router, GOOD[keys]) as client:
        answers = [
            await client.request(method, path, headers=headers, content="{}" if method == "POST" else None)
            for method, path in ENDPOINTS
        ]
        own = {"origin": router.url, "sec-fetch-site": "same-origin"}
        assert (await client.get("/api/config", headers=own)).status_code == 200
    assert {answer.status_code for answer in answers} == {403}
    assert said(file) == text(KEYS[keys])


async def test_a_name_that_anybody_could_point_here_is_no_way_in_without_a_key(
    file: Path, normalizer: FakeNormalizer
) -> None:
    async with with_file(file, text(), normalizer.url) as router, calling(router) as client:
        answer = await client.get("/api/config", headers={"host": "rebound.example:3456"})
        assert answer.status_code == 403


async def test_an_invalid_one_changes_nothing_and_says_where(file: Path, normalizer: FakeNormalizer) -> None:
    async with with_file(file, text(), normalizer.url) as router, calling(router) as client:
        config = (await client.get("/api/config")).json()["config"]
        config["Router"]["default"] = "nobody,m"
        checked = (await client.post("/api/config/validate", json={"config": config})).json()
        answer = await client.post("/api/config", json={"config": config})
        assert (await client.get("/api/config/backup")).json() == {"backups": []}
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request_error")
    assert f"{file}:4: Router.default" in answer.json()["error"]["message"]
    assert checked["valid"] is False
    assert checked["problems"] == answer.json()["problems"]
    (problem,) = checked["problems"]
    assert (problem["file"], problem["line"], problem["key"]) == (str(file), 4, "Router.default")
    assert said(file) == text()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b"\xff",
        b'{"config": {"HOST": "***"}}',
        b'{"text": "{"}',
        b"1",
        b'{"text": 5}',
        b'{"config": []}',
        b'{"config": {}, "text": "{}"}',
    ],
)
async def test_what_is_no_configuration_is_refused(file: Path, normalizer: FakeNormalizer, body: bytes) -> None:
    async with with_file(file, text(), normalizer.url) as router, calling(router) as client:
        assert (await client.post("/api/config", content=body)).status_code == 400
    assert said(file) == text()


async def test_a_whole_text_is_taken_with_its_comments_and_its_masks(file: Path, normalizer: FakeNormalizer) -> None:
    async with with_file(file, text(), normalizer.url) as router, calling(router) as client:
        new = text("PORT: 1 // new").replace("canary-of-p", "***")
        answer = await client.post("/api/config", json={"text": new})
        assert (answer.status_code, answer.json()["after_restart"]) == (200, ["PORT"])
    assert said(file) == text("PORT: 1 // new")


async def test_the_configuration_alone_is_taken_as_claude_code_router_does(
    file: Path, normalizer: FakeNormalizer
) -> None:
    async with with_file(file, text(), normalizer.url) as router, calling(router) as client:
        config = (await client.get("/api/config")).json()["config"]
        answer = await client.post("/api/config", json={**config, "PORT": 1})
        assert answer.status_code == 200
        again = await client.post("/api/config", json={**config, "PORT": 1})
        assert (again.json()["changed"], again.json()["backup"]) == (False, None)
    assert pyjson5.decode(said(file)) == {**pyjson5.decode(text()), "PORT": 1}


async def test_backups_are_made_listed_and_restored(file: Path, normalizer: FakeNormalizer) -> None:
    async with with_file(file, text(), normalizer.url) as router, calling(router) as client:
        changed = (await client.post("/api/config", json={"text": text("PORT: 1")})).json()
        made = (await client.post("/api/config/backup")).json()["backup"]
        names = [one["name"] for one in (await client.get("/api/config/backup")).json()["backups"]]
        assert names == [made, changed["backup"]]
        restored = await client.post("/api/config/restore", json={"backup": changed["backup"]})
        assert (restored.status_code, restored.json()["changed"]) == (200, True)
        assert said(file) == text()
        for name in ("../config.json", "config.20000101T000000.000000Z.json", ""):
            assert (await client.post("/api/config/restore", json={"backup": name})).status_code == 404
        assert (await client.post("/api/config/restore", json={"nonsense": 1})).status_code == 400


async def test_changes_at_once_take_turns_and_a_stale_one_is_told(file: Path, normalizer: FakeNormalizer) -> None:
    async with with_file(file, text(), normalizer.url) as router, calling(router) as client:
        etag = (await client.get("/api/config")).json()["etag"]
        posts = [
            client.post("/api/config", json={"text": text(f"PORT: {number}")}, headers={"if-match": etag})
            for number in range(1, 9)
        ]
        answers = await asyncio.gather(*posts)
        statuses = sorted(answer.status_code for answer in answers)
        assert statuses == [200] + [412] * 7
        free = [client.post("/api/config", json={"text": text(f"PORT: {number}")}) for number in range(11, 19)]
        assert {answer.status_code for answer in await asyncio.gather(*free)} == {200}
        shown = (await client.get("/api/config")).json()
        assert shown["config"]["PORT"] in range(11, 19)
        assert len((await client.get("/api/config/backup")).json()["backups"]) == 9


async def test_a_stream_goes_on_while_the_configuration_is_changed(file: Path, normalizer: FakeNormalizer) -> None:
    events, go_on = anthropic_stream("Hello"), asyncio.Event()
    normalizer.answers["p,native"] = stream(b"".join(events[:-2]), go_on, b"".join(events[-2:]))
    async with (
        with_file(file, text(), normalizer.url) as router,
        calling(router) as client,
        client.stream("POST", "/v1/messages", json=claude_code(stream=True)) as response,
    ):
        chunks = response.aiter_raw()
        heard = await anext(chunks)
        for number in range(1, 11):
            await client.post("/api/config", json={"text": text(f"API_TIMEOUT_MS: {number}")})
        go_on.set()
        async for chunk in chunks:
            heard += chunk
    assert heard.endswith(events[-1])


async def test_a_file_broken_by_hand_is_told_and_can_be_mended(file: Path, normalizer: FakeNormalizer) -> None:
    async with with_file(file, text(), normalizer.url) as router, calling(router) as client:
        put(file, "{ Router: ")
        await router.look()
        shown = (await client.get("/api/config")).json()
        assert shown["config"] is None
        assert shown["problems"][0]["line"] == 1
        assert (await client.post("/api/config", json={"config": {"PORT": 1}})).status_code == 400
        assert (await client.post("/api/config", json={"text": text()})).status_code == 200
        assert (await client.get("/api/config")).json()["problems"] == []


async def test_a_folder_that_cannot_be_written_changes_nothing(file: Path, normalizer: FakeNormalizer) -> None:
    async with with_file(file, text(), normalizer.url) as router, calling(router) as client:
        put(file.parent / ".backups", "a file where the folder should be")
        answer = await client.post("/api/config", json={"text": text("PORT: 1")})
        assert answer.status_code == 409
        assert "cannot be written" in answer.json()["error"]["message"]
        assert (await client.get("/api/config")).json()["after_restart"] == []
    assert said(file) == text()


async def test_a_mask_under_a_new_address_keeps_the_key_and_any_other_value_replaces_it(
    file: Path, normalizer: FakeNormalizer
) -> None:
    async with with_file(file, text(), normalizer.url) as router, calling(router) as client:
        config: dict[str, Any] = (await client.get("/api/config")).json()["config"]
        config["Providers"][0]["models"] = ["native"]
        assert (await client.post("/api/config", json=config)).status_code == 200
        assert pyjson5.decode(said(file))["Providers"][0]["api_key"] == "canary-of-p"
        config["Providers"][0]["api_key"] = "$P_KEY"
        assert (await client.post("/api/config", json=config)).status_code == 200
        assert (await client.get("/api/config")).json()["config"]["Providers"][0]["api_key"] == "$P_KEY"


async def test_what_the_normalizer_refuses_is_told_beside_it(file: Path, normalizer: FakeNormalizer) -> None:
    problem = {"file": "c", "line": 2, "key": "Providers[0].api_key", "message": "is not set", "column": None}
    taken = {"file": "c", "problems": [problem], "warnings": [], "after_restart": []}
    async with with_file(file, text(), normalizer.url) as router, calling(router) as client:
        normalizer.lists = whole(200, taken)
        assert (await client.get("/api/config")).json()["normalizer"] == taken
        normalizer.lists = whole(503, {})
        assert "does not tell" in (await client.get("/api/config")).json()["normalizer"]["unknown"]


async def test_transformers_and_the_routing_in_effect_are_told(file: Path, normalizer: FakeNormalizer) -> None:
    used = text().replace("models:", 'transformer: {use: ["maxtoken", "Mine"], native: {use: ["tooluse"]}}, models:')
    used = used.replace("{", '{transformers: [{path: "/mine.js"}],', 1)
    async with with_file(file, used, normalizer.url) as router, calling(router) as client:
        told = {one["name"]: one for one in (await client.get("/api/transformers")).json()["transformers"]}
        assert told["maxtoken"] == {
            "name": "maxtoken",
            "options": ["max_tokens"],
            "used_by": ["p"],
            "sets_dialect": False,
            "custom": False,
        }
        assert told["mine"] == {
            "name": "mine",
            "options": None,
            "used_by": ["p"],
            "sets_dialect": False,
            "custom": True,
        }
        assert told["tooluse"]["used_by"] == ["p,native"]
        active = (await client.get("/api/routing/active")).json()
    assert active["categories"]["default"]["providers"] == [{"provider": "p", "model": "native", "weight": 1.0}]
    assert active["credentials_unknown"]


async def test_only_log_files_of_our_own_folder_are_shown_page_by_page(file: Path, normalizer: FakeNormalizer) -> None:
    logs = file.parent / "data" / "logs"
    put(logs / "services.log", "".join(f"line {number}\n" for number in range(450)))
    put(logs / "services.log.1", "key sk-ant-0123456789abcdef0123\n")
    put(logs / "notes.txt", "no log")
    (logs / "link.log").symlink_to(file)
    (logs / "folder.log").mkdir()
    async with with_file(file, text(), normalizer.url) as router, calling(router) as client:
        listed = (await client.get("/api/logs")).json()
        assert {one["name"] for one in listed["files"]} == {"services.log", "services.log.1"}
        seen: list[str] = []
        before: int | None = None
        for _ in range(3):
            query = f"?before={before}" if before is not None else ""
            page = (await client.get(f"/api/logs/services.log{query}")).json()
            seen, before = page["lines"] + seen, page["before"]
        assert before is None
        assert seen == [f"line {number}" for number in range(450)]
        assert (await client.get("/api/logs/services.log?limit=2")).json()["lines"] == ["line 448", "line 449"]
        assert (await client.get("/api/logs/services.log.1")).json()["lines"] == ["key ***"]
        for name in ("notes.txt", "link.log", "folder.log", "..%2F..%2Fconfig.json", "%2e%2e", "none.log"):
            assert (await client.get(f"/api/logs/{name}")).status_code == 404
        for query in ("limit=0", "limit=many", "limit=99999", "before=-1"):
            assert (await client.get(f"/api/logs/services.log?{query}")).status_code == 400


async def test_a_router_that_cannot_start_itself_again_says_so(file: Path, normalizer: FakeNormalizer) -> None:
    async with with_file(file, text(), normalizer.url) as router, calling(router) as client:
        answer = await client.post("/api/restart")
    assert answer.status_code == 409
    assert "its own command" in answer.json()["error"]["message"]
