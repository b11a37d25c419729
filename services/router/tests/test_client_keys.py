"""Several client keys: each opens the targets it may, within its limits."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from fairlead.router.serving import own_key
from fairlead.shared.config import parse

from .answers import anthropic_message
from .bodies import claude_code
from .conftest import CONFIG
from .fake_normalizer import FakeNormalizer, whole
from .running import Lines, RunningRouter

KEYS = """client_keys: [
  {name: "main", key: "canary-main"},
  {name: "laptop", key: "canary-laptop", models: ["p,second", "chat*"]},
  {name: "narrow", key: "canary-narrow", models: ["other,*"]},
  {name: "ci", key: "canary-ci", rpm: 1},
  {name: "former", key: "canary-former", expires: "2020-01-01"},
]}"""


@pytest.fixture
async def router(normalizer: FakeNormalizer) -> AsyncIterator[RunningRouter]:
    for model in ("native", "second"):
        normalizer.answers[f"p,{model}"] = whole(200, anthropic_message())
    async with RunningRouter(CONFIG[:-1] + KEYS, normalizer.url, normalizer_key="canary-between") as running:
        yield running


async def ask(client: httpx2.AsyncClient, key: str, path: str = "/v1/messages") -> httpx2.Response:
    return await client.post(path, json=claude_code(stream=False), headers={"x-api-key": key})


async def test_a_target_that_is_not_open_is_passed_over(client: httpx2.AsyncClient) -> None:
    assert (await ask(client, "canary-main")).headers["x-fairlead-route"] == "p,native"
    assert (await ask(client, "canary-laptop")).headers["x-fairlead-route"] == "p,second"


async def test_whoever_may_use_a_model_may_say_how_hard_it_is_to_think(
    client: httpx2.AsyncClient, normalizer: FakeNormalizer
) -> None:
    normalizer.answers["p,second(high)"] = whole(200, anthropic_message())
    body = {**claude_code(stream=False), "model": "p,second(high)"}
    answer = await client.post("/v1/messages", json=body, headers={"x-api-key": "canary-laptop"})
    assert (answer.status_code, answer.headers["x-fairlead-route"]) == (200, "p,second(high)")
    refused = await client.post("/v1/messages", json=body, headers={"x-api-key": "canary-narrow"})
    assert refused.status_code == 403


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/messages/count_tokens"])
async def test_where_no_target_is_open_the_request_is_refused(
    path: str, client: httpx2.AsyncClient, normalizer: FakeNormalizer
) -> None:
    refused = await ask(client, "canary-narrow", path)
    assert refused.status_code == 403
    assert refused.json()["error"] == {
        "type": "permission_error",
        "message": "the client key narrow may not use p,native; it may use other,*",
    }
    assert normalizer.messages == []


async def test_requests_beyond_a_minutes_are_refused(client: httpx2.AsyncClient) -> None:
    answers = [await ask(client, "canary-ci") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert 0 < int(answers[1].headers["retry-after"]) <= 60


async def test_a_key_that_has_expired_is_named(client: httpx2.AsyncClient) -> None:
    refused = await ask(client, "canary-former")
    assert refused.status_code == 401
    assert refused.json()["error"]["message"].startswith("the client key former has expired")


async def test_the_normalizer_sees_the_routers_own_key_and_the_log_the_names(
    client: httpx2.AsyncClient, normalizer: FakeNormalizer, router: RunningRouter
) -> None:
    await ask(client, "canary-laptop")
    await ask(client, "canary-narrow")
    assert {asked.headers["authorization"] for asked in normalizer.messages} == {"Bearer canary-between"}
    assert "canary-laptop" not in repr(normalizer.messages)
    assert [(line["key"], line["result"]) for line in router.log.of("request")] == [
        ("laptop", "answered"),
        ("narrow", "permission"),
    ]
    assert 'key_requests_total{key="narrow",result="permission"} 1' in (await client.get("/metrics")).text
    assert "canary" not in repr(router.log.written)


async def test_a_restricted_key_sees_the_models_it_opens(client: httpx2.AsyncClient) -> None:
    async def seen(key: str) -> list[str]:
        told = (await client.get("/v1/models", headers={"x-api-key": key})).json()
        return [model["id"] for model in told["data"]]

    assert await seen("canary-laptop") == ["p,second", "p,chat", "p,chat2"]
    assert await seen("canary-narrow") == []
    assert len(await seen("canary-main")) == 5


async def test_decisions_do_not_tell_the_keys_they_were_made_for(client: httpx2.AsyncClient) -> None:
    answered = await ask(client, "canary-laptop")
    for path in ("/api/decisions", f"/api/decisions/{answered.headers['x-fairlead-decision']}"):
        told = await client.get(path, headers={"x-api-key": "canary-main"})
        assert told.status_code == 200
        assert "canary" not in told.text
        assert (await client.get(path, headers={"x-api-key": "canary-laptop"})).status_code == 403


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        ("APIKEY: 'a', client_keys: [{name: 'b', key: 'b'}]", "a"),
        ("client_keys: [{name: 'b', key: 'b', rpm: 1}, {name: 'c', key: 'c'}]", "c"),
        ("", None),
    ],
)
def test_the_router_shows_the_normalizer_the_first_key_without_limits(keys: str, shown: str | None) -> None:
    log = Lines()
    own = own_key(parse(f"{{{keys}}}", {}, file="c").config, log)
    assert (own.value if own else None) == shown
    assert log.written == []


def test_a_router_without_a_key_for_the_normalizer_is_told_what_to_set() -> None:
    log = Lines()
    config = parse("{client_keys: [{name: 'b', key: 'canary-b', models: ['x']}]}", {}, file="c").config
    assert own_key(config, log) is None
    [line] = log.written
    assert "NORMALIZER_API_KEY" in line["message"]
    assert "canary" not in repr(line)
