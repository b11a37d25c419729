"""The configuration's file changes while the router runs: new requests see it, running ones do not."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import httpx2

from .answers import anthropic_error, anthropic_stream
from .bodies import claude_code
from .fake_normalizer import FakeNormalizer, stream, whole
from .serving_files import WithFile, with_file

STREAMS, EDITS = 50, 10
CONFIG = """{
  Providers: [{name: "p", api_base_url: "https://p.example/v1", models: ["native", "second"]}],
  Router: {default: "p,MODEL"},
  limits: {ping_s: 5},
  EXTRA
}"""


def config(model: str = "native", extra: str = "") -> str:
    return CONFIG.replace("MODEL", model).replace("EXTRA", extra)


async def whole_stream(client: httpx2.AsyncClient, begun: asyncio.Event) -> bytes:
    """One answer from its first byte to its last."""
    heard = b""
    async with client.stream("POST", "/v1/messages", json=claude_code(stream=True)) as response:
        assert response.status_code == 200
        async for chunk in response.aiter_raw():
            heard += chunk
            begun.set()
    return heard


async def until(holds: Callable[[], bool]) -> None:
    """Editions close beside what is served."""
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110 - nobody else wants to hear of it
            await asyncio.sleep(0)


async def route(client: httpx2.AsyncClient) -> str:
    answer = await client.post("/v1/messages", json=claude_code(stream=True))
    return answer.headers["x-fairlead-route"]


async def test_no_stream_notices_that_the_file_changes(tmp_path: Path, normalizer: FakeNormalizer) -> None:
    events, go_on = anthropic_stream("Hello"), asyncio.Event()
    normalizer.answers["p,native"] = stream(b"".join(events[:-2]), go_on, b"".join(events[-2:]))
    normalizer.answers["p,second"] = stream(b"".join(events))
    file = tmp_path / "config.json"
    async with (
        with_file(file, config(), normalizer.url) as router,
        httpx2.AsyncClient(base_url=router.url, timeout=20) as client,
    ):
        begun = [asyncio.Event() for _ in range(STREAMS)]
        running = [asyncio.create_task(whole_stream(client, one)) for one in begun]
        for one in begun:
            await one.wait()
        for number in range(EDITS):
            limit = f"fallback: {{default: ['p,native']}}, API_TIMEOUT_MS: {number + 1}"
            file.write_text(config("second", limit))
            await router.look()
            assert await route(client) == "p,second"
        assert not any(task.done() for task in running)
        # All of them began with the first configuration; those in between have nobody left.
        await until(lambda: router.serving.editions.retired == 1)
        go_on.set()
        answers = await asyncio.gather(*running)
    assert all(answer.endswith(events[-1]) and b"Hello" in answer for answer in answers)
    assert len(router.log.of("configuration changed")) == EDITS


async def test_the_old_pools_close_when_the_last_stream_is_over(tmp_path: Path, normalizer: FakeNormalizer) -> None:
    events, go_on = anthropic_stream("Hello"), asyncio.Event()
    normalizer.answers["p,native"] = stream(b"".join(events[:-2]), go_on, b"".join(events[-2:]))
    file, begun = tmp_path / "config.json", asyncio.Event()
    async with (
        with_file(file, config(), normalizer.url) as router,
        httpx2.AsyncClient(base_url=router.url, timeout=20) as client,
    ):
        running = asyncio.create_task(whole_stream(client, begun))
        await begun.wait()
        file.write_text(config("second"))
        await router.look()
        go_on.set()
        await running
        await until(lambda: router.serving.editions.retired == 0)


async def test_a_bad_edit_is_told_in_the_log_and_changes_nothing(tmp_path: Path, normalizer: FakeNormalizer) -> None:
    normalizer.answers["p,native"] = stream(b"".join(anthropic_stream("Hello")))
    file = tmp_path / "config.json"
    async with (
        with_file(file, config(), normalizer.url) as router,
        httpx2.AsyncClient(base_url=router.url, timeout=20) as client,
    ):
        file.write_text(config().replace('"p,native"', '"nobody,native"'))
        await router.look()
        assert await route(client) == "p,native"
        (line,) = router.log.of("configuration not changed: the old one goes on")
    assert f"{file}:3: Router.default" in line["problems"][0]


async def test_client_keys_follow_the_file(tmp_path: Path, normalizer: FakeNormalizer) -> None:
    file = tmp_path / "config.json"
    async with (
        with_file(file, config(), normalizer.url) as router,
        httpx2.AsyncClient(base_url=router.url, timeout=20) as client,
    ):
        assert (await client.get("/api/decisions")).status_code == 200
        file.write_text(config(extra='APIKEY: "client-key-0123456789"'))
        await router.look()
        assert (await client.get("/api/decisions")).status_code == 401
        allowed = await client.get("/api/decisions", headers={"x-api-key": "client-key-0123456789"})
        assert allowed.status_code == 200


async def test_what_was_decided_and_counted_outlives_an_edit(tmp_path: Path, normalizer: FakeNormalizer) -> None:
    normalizer.answers["p,native"] = normalizer.answers["p,second"] = stream(b"".join(anthropic_stream("Hello")))
    file = tmp_path / "config.json"
    async with (
        with_file(file, config(), normalizer.url) as router,
        httpx2.AsyncClient(base_url=router.url, timeout=20) as client,
    ):
        await route(client)
        file.write_text(config("second"))
        await router.look()
        await route(client)
        decisions = (await client.get("/api/decisions")).json()["decisions"]
        metrics = (await client.get("/metrics")).text
        providers = (await client.get("/api/providers")).json()["providers"]
    assert len(decisions) == 2
    assert 'fairlead_router_requests_total{scenario="default",result="answered"} 2' in metrics
    assert {model["model"]: model["calls"] for model in providers[0]["models"]} == {"native": 1, "second": 1}


async def test_a_key_cannot_be_taken_away_from_a_router_that_others_reach(
    tmp_path: Path, normalizer: FakeNormalizer
) -> None:
    file = tmp_path / "config.json"
    file.write_text(config(extra='APIKEY: "client-key-0123456789"'))
    async with WithFile(file, normalizer.url, host="0.0.0.0") as router:
        file.write_text(config())
        await router.look()
        async with httpx2.AsyncClient(base_url=router.url, timeout=20) as client:
            assert (await client.get("/api/decisions")).status_code == 401
        assert router.log.of("configuration not changed: the old one goes on")


async def test_a_provider_that_the_normalizer_reads_of_later_is_asked_for_again(
    tmp_path: Path, normalizer: FakeNormalizer
) -> None:
    normalizer.unknown = whole(404, anthropic_error("not_found_error", "model: q,native is not served here"))
    file = tmp_path / "config.json"
    async with (
        with_file(file, config(), normalizer.url) as router,
        httpx2.AsyncClient(base_url=router.url, timeout=20) as client,
    ):
        assert (await client.post("/v1/messages", json=claude_code())).status_code == 404
        assert len(normalizer.messages) == 1
        file.write_text(config().replace('"p', '"q'))
        await router.look()
        asked = asyncio.create_task(client.post("/v1/messages", json=claude_code()))
        while len(normalizer.messages) < 2:  # noqa: ASYNC110 - nobody else wants to hear of it
            await asyncio.sleep(0.01)
        normalizer.models = [{"id": "q,native", "provider": "q", "dialect": "anthropic", "type": "model"}]
        normalizer.answers["q,native"] = stream(b"".join(anthropic_stream("Hello")))
        answer = await asked
    assert (answer.status_code, answer.headers["x-fairlead-attempts"]) == (200, "2")
    assert [asked.target for asked in normalizer.messages][1:] == ["/v1/chat/completions", "/v1/messages"]
