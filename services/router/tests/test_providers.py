"""How providers and models do can be asked: those of the configuration, and those somebody asked for by name."""

import httpx2

from .answers import anthropic_error, anthropic_stream
from .bodies import claude_code
from .fake_normalizer import FakeNormalizer, stream, whole
from .running import RunningRouter


async def test_everybody_in_the_configuration_is_there_before_anybody_was_asked(client: httpx2.AsyncClient) -> None:
    told = (await client.get("/api/providers")).json()
    assert told["redis"] == "not used"
    [p] = told["providers"]
    assert (p["provider"], p["state"], p["calls"], p["disabled"]) == ("p", "closed", 0, None)
    assert sorted(one["model"] for one in p["models"]) == ["chat", "chat2", "native", "second", "small"]
    assert {one["in_flight"] for one in p["models"]} == {0}


async def test_what_targets_did_is_told(normalizer: FakeNormalizer, client: httpx2.AsyncClient) -> None:
    limited = anthropic_error("rate_limit_error", "slow down")
    normalizer.answers["p,native"] = whole(429, limited, retry_after="30")
    normalizer.answers["p,second"] = stream(*anthropic_stream())
    await client.post("/v1/messages", json=claude_code())
    await client.post("/v1/messages", json=claude_code(model="p,unlisted"))
    [p] = (await client.get("/api/providers")).json()["providers"]
    models = {one["model"]: one for one in p["models"]}
    native, second, unlisted = models["native"], models["second"], models["unlisted"]
    assert (native["throttled"], native["calls"], native["failures"]) == (True, 1, 1)
    assert 29 < native["until_s"] <= 30
    assert (second["throttled"], second["calls"], second["failures"], second["until_s"]) == (False, 2, 0, 0)
    assert second["speed"]["p50"] > 0
    assert (unlisted["calls"], unlisted["failures"]) == (1, 1)


async def test_how_they_do_is_for_those_who_show_the_key(normalizer: FakeNormalizer) -> None:
    config = """{APIKEY: "secret-of-the-router", client_keys: [{name: "some", key: "k-some", models: ["p,*"]}]}"""
    async with RunningRouter(config, normalizer.url) as router, httpx2.AsyncClient(base_url=router.url) as client:

        async def status(key: str) -> int:
            return (await client.get("/api/providers", headers={"x-api-key": key})).status_code

        assert (await client.get("/api/providers")).status_code == 401
        assert await status("k-some") == 403
        assert await status("secret-of-the-router") == 200
        assert (await client.post("/api/providers")).status_code == 405
