"""Who may see the dashboard, and what keeps others out of it."""

import asyncio
import re
from collections.abc import AsyncIterator

import httpx2
import pytest

from fairlead.router.ui.live import MOST

from ..answers import anthropic_message
from ..bodies import claude_code
from ..fake_normalizer import FakeNormalizer, whole
from ..running import RunningRouter

CONFIG = """{
  Providers: [{name: "p", api_base_url: "https://p.example/v1", api_key: "x", models: ["native"]}],
  Router: {default: "p,native"}, EXTRA
}"""
ADMIN, CLIENT = "admin-key-0123456789", "client-key-0123456789"
SAME = {"sec-fetch-site": "same-origin"}


def client_of(running: RunningRouter) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(base_url=running.url, timeout=10)


@pytest.fixture
async def keyless(normalizer: FakeNormalizer) -> AsyncIterator[httpx2.AsyncClient]:
    async with RunningRouter(CONFIG.replace("EXTRA", ""), normalizer.url) as running, client_of(running) as made:
        yield made


@pytest.fixture
async def guarded(normalizer: FakeNormalizer) -> AsyncIterator[httpx2.AsyncClient]:
    config = CONFIG.replace("EXTRA", f'APIKEY: "{CLIENT}", ADMIN_KEY: "{ADMIN}"')
    async with RunningRouter(config, normalizer.url) as running, client_of(running) as made:
        yield made


def token_in(page: str) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]+)"|"x-csrf-token": "([0-9a-f]+)"', page)
    assert found is not None
    return found[1] or found[2]


async def log_in(client: httpx2.AsyncClient, key: str, **headers: str) -> httpx2.Response:
    token = token_in((await client.get("/ui/login")).text)
    return await client.post("/ui/login", data={"csrf": token, "key": key}, headers=headers)


async def test_without_a_key_this_machine_sees_the_overview_at_once(keyless: httpx2.AsyncClient) -> None:
    moved = await keyless.get("/ui")
    assert (moved.status_code, moved.headers["location"]) == (303, "ui/")
    page = await keyless.get("/ui/")
    assert page.status_code == 200
    assert "<h1>Overview</h1>" in page.text
    assert "Log out" not in page.text


async def test_without_a_key_a_name_that_may_be_anybodys_is_refused(keyless: httpx2.AsyncClient) -> None:
    page = await keyless.get("/ui/", headers={"host": "rebound.example:3456"})
    assert page.status_code == 403
    assert "localhost" in page.text


async def test_a_page_of_another_site_is_refused_and_may_lead_on(keyless: httpx2.AsyncClient) -> None:
    page = await keyless.get("/ui/", headers={"sec-fetch-site": "cross-site"})
    assert page.status_code == 403
    assert 'href="./">Go on' in page.text


async def test_every_answer_keeps_others_out(guarded: httpx2.AsyncClient) -> None:
    await log_in(guarded, ADMIN)
    for path in ("/ui", "/ui/", "/ui/login", "/ui/nothing"):
        headers = (await guarded.get(path)).headers
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"


async def test_with_a_key_pages_lead_to_the_login(guarded: httpx2.AsyncClient) -> None:
    page = await guarded.get("/ui/")
    assert (page.status_code, page.headers["location"]) == (303, "./login")
    part = await guarded.get("/ui/", headers={"hx-request": "true"})
    assert (part.status_code, part.headers["hx-redirect"]) == (401, "./login")
    assert (await guarded.get("/ui/live/")).status_code == 303


async def test_the_admin_key_logs_in_until_it_logs_out(guarded: httpx2.AsyncClient) -> None:
    answer = await log_in(guarded, ADMIN)
    assert (answer.status_code, answer.headers["location"]) == (303, "./")
    assert re.fullmatch(
        r"fairlead_ui=[0-9a-f]{64}; Max-Age=43200; HttpOnly; SameSite=Strict", answer.headers["set-cookie"]
    )
    page = await guarded.get("/ui/")
    assert page.status_code == 200
    cookie = answer.headers["set-cookie"].partition(";")[0]
    await guarded.post("/ui/logout", data={"csrf": token_in(page.text)})
    assert (await guarded.get("/ui/", headers={"cookie": cookie})).status_code == 303
    assert "the login is over" in (await guarded.get("/ui/login", headers={"cookie": cookie})).text
    assert "the login is over" not in (await guarded.get("/ui/login")).text


async def test_a_login_over_https_gives_a_secure_cookie(guarded: httpx2.AsyncClient) -> None:
    origin = f"https://{guarded.base_url.host}:{guarded.base_url.port}"
    assert (await log_in(guarded, ADMIN, origin=origin)).headers["set-cookie"].endswith("; Secure")


async def test_a_clients_key_does_not_log_in_where_there_is_an_admins(guarded: httpx2.AsyncClient) -> None:
    answer = await log_in(guarded, CLIENT)
    assert answer.status_code == 403
    assert "ADMIN_KEY" in answer.text
    assert "set-cookie" not in answer.headers


async def test_wrong_keys_are_not_tried_for_ever(guarded: httpx2.AsyncClient) -> None:
    statuses = [(await log_in(guarded, f"guess-{number}")).status_code for number in range(12)]
    assert statuses == [401] * 10 + [429] * 2
    assert (await log_in(guarded, ADMIN)).status_code == 429


async def test_nor_many_at_once(guarded: httpx2.AsyncClient) -> None:
    token = token_in((await guarded.get("/ui/login")).text)
    begun = asyncio.Barrier(40)

    async def guess(number: int) -> AsyncIterator[bytes]:
        yield f"csrf={token}&".encode()
        await begun.wait()
        yield f"key=guess-{number}".encode()

    guesses = [guarded.post("/ui/login", content=guess(number)) for number in range(40)]
    statuses = [answer.status_code for answer in await asyncio.gather(*guesses)]
    assert (statuses.count(401), statuses.count(429)) == (10, 30)


@pytest.mark.parametrize("headers", [{"origin": "http://other.example"}, {"sec-fetch-site": "cross-site"}])
async def test_forms_of_other_sites_are_refused(guarded: httpx2.AsyncClient, headers: dict[str, str]) -> None:
    assert (await log_in(guarded, ADMIN, **headers)).status_code == 403
    await log_in(guarded, ADMIN)
    token = token_in((await guarded.get("/ui/")).text)
    assert (await guarded.post("/ui/logout", data={"csrf": token}, headers=headers)).status_code == 403


async def test_a_form_without_the_pages_token_is_refused(guarded: httpx2.AsyncClient) -> None:
    await log_in(guarded, ADMIN)
    for form in ({}, {"csrf": "0" * 48}):
        refused = await guarded.post("/ui/logout", data=form, headers=SAME)
        assert refused.status_code == 403
        assert "out of date" in refused.text
    assert (await guarded.get("/ui/")).status_code == 200


async def test_a_page_that_is_not_there_is_said_to_be_none(keyless: httpx2.AsyncClient) -> None:
    page = await keyless.get("/ui/some/where")
    assert page.status_code == 404
    assert 'href="../"' in page.text
    assert (await keyless.post("/ui/", data={"csrf": token_in((await keyless.get("/ui/")).text)})).status_code == 405


async def test_files_are_kept_by_browsers_for_as_long_as_they_are_the_same(keyless: httpx2.AsyncClient) -> None:
    paths = re.findall(r'(?:href|src)="\./(static/[^"]+)"', (await keyless.get("/ui/")).text)
    assert len(paths) == 9
    for path in paths:
        file = await keyless.get(f"/ui/{path}")
        assert file.status_code == 200
        assert file.headers["cache-control"] == "public, max-age=31536000, immutable"
        again = await keyless.get(f"/ui/{path}", headers={"if-none-match": file.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    assert (await keyless.get("/ui/static/0000000000000000/app.css")).status_code == 404
    assert (await keyless.get("/ui/static/../dashboard.py")).status_code == 404


async def test_behind_a_proxys_prefix_every_link_leads_on(keyless: httpx2.AsyncClient) -> None:
    page = (await keyless.get("/tools/fairlead/ui/")).text
    assert not re.findall(r'(?:href|src|action)="/', page)


async def test_no_page_has_a_script_or_a_style_of_its_own(keyless: httpx2.AsyncClient) -> None:
    for path in ("/ui/", "/ui/login", "/ui/nothing"):
        page = (await keyless.get(path, follow_redirects=True)).text
        assert not re.search(r"<style|\sstyle=|<script(?![^>]* src=)|\son\w+=|javascript:", page)


@pytest.mark.parametrize("path", ["", "decisions", "decisions?failed=1", "sessions", "providers"])
async def test_every_page_says_so_where_there_is_nothing_yet_and_is_live(
    keyless: httpx2.AsyncClient, path: str
) -> None:
    page = await keyless.get(f"/ui/{path}")
    assert page.status_code == 200
    assert f'hx-sse:connect="./live/{path}"' in page.text
    async with keyless.stream("GET", f"/ui/live/{path}") as live:
        assert live.headers["content-type"] == "text/event-stream; charset=utf-8"
        lines = live.aiter_lines()
        assert [await anext(lines), await anext(lines)] == [": open", ""]
        assert (await anext(lines)).startswith('data: <hx-partial hx-target="#')


async def test_what_is_not_there_is_said_to_be_none(keyless: httpx2.AsyncClient) -> None:
    for path in ("decisions/dec_none", "session?id=none"):
        page = await keyless.get(f"/ui/{path}")
        assert page.status_code == 404
        assert "none" in page.text
    part = await keyless.get("/ui/decisions/dec_none", headers={"hx-request": "true"})
    assert part.text.startswith('<div class="notice bad" role="alert">')
    assert (await keyless.get("/ui/live/decisions/dec_none")).status_code == 404
    assert (await keyless.get("/ui/providers/test")).status_code == 405


async def test_what_clients_say_is_text_and_never_markup(
    normalizer: FakeNormalizer, keyless: httpx2.AsyncClient
) -> None:
    evil = '<img src=x onerror="alert(1)">'
    normalizer.unknown = whole(200, anthropic_message("hi"))
    body = claude_code(stream=False) | {"model": f"p,{evil}"}
    answer = await keyless.post("/v1/messages", json=body, headers={"x-claude-code-session-id": evil})
    pages = [
        f"/ui/decisions/{answer.headers['x-fairlead-decision']}",
        "/ui/decisions",
        "/ui/sessions",
        "/ui/",
        "/ui/providers",
    ]
    for path in pages:
        page = (await keyless.get(path)).text
        assert "&lt;img src=x" in page, path
        assert "<img" not in page, path


async def test_a_target_can_be_tried_from_a_page_of_ours(
    normalizer: FakeNormalizer, keyless: httpx2.AsyncClient
) -> None:
    normalizer.unknown = whole(200, {"choices": [{"message": {"content": "ok"}}]})
    token = token_in((await keyless.get("/ui/providers")).text)
    form = {"provider": "p", "model": "native"}
    assert (await keyless.post("/ui/providers/test", data=form)).status_code == 403
    whole_page = await keyless.post("/ui/providers/test", data=form | {"csrf": token})
    assert "<h1>Test call</h1>" in whole_page.text
    tried = await keyless.post("/ui/providers/test", data=form, headers={"x-csrf-token": token, "hx-request": "true"})
    assert tried.text.startswith('<div class="notice good"')
    missing = await keyless.post("/ui/providers/test", data={"provider": "p"}, headers={"x-csrf-token": token})
    assert missing.status_code == 400


async def test_without_usage_pages_say_what_they_cannot_tell(normalizer: FakeNormalizer) -> None:
    config = CONFIG.replace("EXTRA", "usage: {enabled: false}")
    async with RunningRouter(config, normalizer.url) as running, client_of(running) as client:
        for path in ("", "sessions", "session?id=x"):
            page = await client.get(f"/ui/{path}")
            assert page.status_code == 200
            assert "usage.enabled" in page.text


async def test_a_normalizer_that_is_away_is_said_to_be_so() -> None:
    async with (
        RunningRouter(CONFIG.replace("EXTRA", ""), "http://127.0.0.1:9") as running,
        client_of(running) as client,
    ):
        page = await client.get("/ui/providers")
        assert page.status_code == 200
        assert "does not tell how its credentials stand" in page.text


async def test_a_stream_ends_with_the_login_it_was_opened_with(guarded: httpx2.AsyncClient) -> None:
    await log_in(guarded, ADMIN)
    token = token_in((await guarded.get("/ui/")).text)
    async with guarded.stream("GET", "/ui/live/") as live:
        lines = live.aiter_lines()
        assert await anext(lines) == ": open"
        await guarded.post("/ui/logout", data={"csrf": token})
        await guarded.post("/v1/messages", json=claude_code(stream=False), headers={"x-api-key": CLIENT})
        async for _ in lines:
            pass
    assert (await guarded.head("/ui/live/")).status_code == 303


async def test_a_login_is_no_large_form(guarded: httpx2.AsyncClient) -> None:
    assert (await log_in(guarded, "x" * 20_000)).status_code == 413


async def test_a_stream_that_is_refused_takes_nobodys_place(keyless: httpx2.AsyncClient) -> None:
    for _ in range(MOST):
        assert (await keyless.get("/ui/live/logs?" + "a=1&" * 600)).status_code == 400
    async with keyless.stream("GET", "/ui/live/logs") as live:
        assert live.status_code == 200
