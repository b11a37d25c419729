"""The router sends each kind of work where the configuration says, over the right lane, and says what it did."""

import json
from typing import Any

import httpx2
import pytest

from .provider import Provider, header
from .stack import CLIENT_KEY, PROVIDER_KEY, Stack
from .surfaces import ROUTER, refusal

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"
PICTURE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}}
LONG = "All work and no play makes a long context. " * 8000
WORK: dict[str, tuple[dict[str, Any], str, str]] = {
    "default": ({}, "native,claude-main", "native"),
    "think": ({"thinking": {"type": "adaptive"}}, "native,claude-think", "native"),
    "background": ({"model": "claude-haiku-5-5"}, "chat,gpt-small", "openai"),
    "webSearch": (
        {"tools": [{"type": "web_search_20250305", "name": "web_search", "max_uses": 8}]},
        "native,claude-search",
        "native",
    ),
    "longContext": ({"messages": [{"role": "user", "content": LONG}]}, "chat,gpt-long", "openai"),
}


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("scenario", WORK)
async def test_work_goes_where_its_scenario_says(
    stack: Stack, router: httpx2.AsyncClient, provider: Provider, scenario: str, streamed: bool
) -> None:
    fields, route, lane = WORK[scenario]
    response = await router.post("/v1/messages", json=ROUTER.body("claude-opus-5-5", stream=streamed) | fields)
    assert response.status_code == 200, response.text
    assert response.headers["x-fairlead-scenario"] == scenario
    assert response.headers["x-fairlead-route"] == route
    assert response.headers["x-fairlead-attempts"] == "1"
    assert response.headers["x-fairlead-decision"].startswith("dec_")
    assert float(response.headers["x-fairlead-overhead-ms"]) >= 0
    [sent] = provider.requests()
    assert json.loads(sent["body"])["model"] == route.partition(",")[2]
    assert sent["target"].endswith("/messages" if lane == "native" else "/chat/completions")


async def test_thinking_that_is_switched_off_is_no_thinking(router: httpx2.AsyncClient, provider: Provider) -> None:
    body = ROUTER.body("claude-opus-5-5", thinking={"type": "disabled"})
    assert (await router.post("/v1/messages", json=body)).headers["x-fairlead-scenario"] == "default"


async def test_the_title_of_a_session_is_made_by_the_model_for_small_errands(
    router: httpx2.AsyncClient, provider: Provider
) -> None:
    """As Claude Code asks for it: a small model, no tools, an answer that fits a schema."""
    schema = {
        "type": "object",
        "properties": {"title": {"type": "string"}},
        "required": ["title"],
        "additionalProperties": False,
    }
    body = ROUTER.body(
        "claude-haiku-5-5",
        tools=[],
        system=[{"type": "text", "text": "Name this session."}],
        thinking={"type": "disabled"},
        output_config={"format": {"type": "json_schema", "schema": schema}},
    )
    response = await router.post("/v1/messages?beta=true", json=body)
    assert response.headers["x-fairlead-route"] == "chat,gpt-small"
    assert isinstance(json.loads(response.json()["content"][0]["text"])["title"], str)
    assert "tools" not in json.loads(provider.requests()[0]["body"])


async def test_a_picture_goes_to_a_model_that_sees_when_the_first_is_away(
    router: httpx2.AsyncClient, provider: Provider
) -> None:
    body = ROUTER.body("m", messages=[{"role": "user", "content": [PICTURE, {"type": "text", "text": "What is it?"}]}])
    response = await router.post("/v1/messages", json=body)
    assert response.status_code == 200, response.text
    assert response.headers["x-fairlead-scenario"] == "image"
    assert response.headers["x-fairlead-route"] == "chat,gpt-vision"
    assert response.headers["x-fairlead-attempts"] == "2"
    assert PIXEL in provider.requests()[0]["body"]


FAILURES: dict[str, dict[str, Any]] = {
    "429": {"status": 429, "body": "{}"},
    "500": {"status": 500, "body": "{}"},
    "503": {"status": 503, "body": "<html></html>", "headers": {"content-type": "text/html"}},
    "529": {"status": 529, "body": "{}"},
    "401": {"status": 401, "body": "{}"},
    "404": {"status": 404, "body": "{}"},
    "closed": {"status": 200, "body": "{}", "fault": "drop=0"},
    "reset": {"status": 200, "body": "{}", "fault": "reset=0"},
    "empty": {"status": 200, "body": ""},
    "html": {"status": 200, "body": "<html>sign in</html>", "headers": {"content-type": "text/html"}},
}


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
@pytest.mark.parametrize(
    ("fields", "route"),
    [
        ({"thinking": {"type": "adaptive"}}, "chat,gpt-think"),
        ({"model": "claude-haiku-5-5"}, "native,claude-small"),
        ({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}, "chat,gpt-search"),
    ],
    ids=["list", "fallback-of-the-route", "section-fallback"],
)
async def test_the_next_target_answers_when_one_fails(
    router: httpx2.AsyncClient,
    provider: Provider,
    fields: dict[str, Any],
    route: str,
    failure: dict[str, Any],
    streamed: bool,
) -> None:
    provider.answers_next(failure)
    response = await router.post("/v1/messages", json=ROUTER.body("claude-opus-5-5", stream=streamed) | fields)
    assert response.status_code == 200, response.text
    assert response.headers["x-fairlead-route"] == route
    assert response.headers["x-fairlead-attempts"] == "2"
    assert "simulated" in response.text
    assert len(provider.requests()) == 2


async def test_what_is_wrong_with_the_request_is_told_and_not_tried_elsewhere(
    router: httpx2.AsyncClient, provider: Provider
) -> None:
    error = {"type": "error", "error": {"type": "invalid_request_error", "message": "max_tokens: too many"}}
    provider.answers_next({"status": 400, "body": error})
    response = await router.post("/v1/messages", json=ROUTER.body("m", thinking={"type": "adaptive"}))
    assert refusal(response, "anthropic", 400)["message"] == ("max_tokens: too many")
    assert len(provider.requests()) == 1


async def test_when_everybody_fails_the_most_telling_failure_is_told(
    router: httpx2.AsyncClient, provider: Provider
) -> None:
    provider.answers_next(
        {"status": 500, "body": "{}"},
        {"status": 429, "headers": {"retry-after": "61"}, "body": {"error": {"message": "slow down"}}},
    )
    response = await router.post("/v1/messages", json=ROUTER.body("m", thinking={"type": "adaptive"}))
    refusal(response, "anthropic", 429)
    assert response.headers["retry-after"] == "61"


async def test_a_key_the_provider_refuses_is_told_as_a_fault_of_ours(
    router: httpx2.AsyncClient, provider: Provider
) -> None:
    response = await router.post("/v1/messages", json=ROUTER.body("refused,claude-refused"))
    refusal(response, "anthropic", 401)
    assert "canary" not in response.text


@pytest.mark.parametrize("route", ["gone,claude-gone", "gone-chat,gpt-gone"])
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "stream"])
async def test_a_provider_that_is_away_is_named(
    router: httpx2.AsyncClient, provider: Provider, route: str, streamed: bool
) -> None:
    response = await router.post("/v1/messages", json=ROUTER.body(route, stream=streamed))
    assert route.partition(",")[0] in refusal(response, "anthropic", 502)["message"]


async def test_the_fields_of_a_request_on_the_native_lane_arrive_as_they_were_written(
    router: httpx2.AsyncClient, provider: Provider
) -> None:
    fields = (
        '"new_field":{"b":1.50, "a":[ ]}',
        '"messages":[{"role":"user", "content":"h\\u00e9"}]',
        '"max_tokens":100',
    )
    body = '{"model":"native,sim-text!lenient",' + ",".join(fields) + "}"
    headers = {"content-type": "application/json", "anthropic-beta": "a-2026-01-01,b-2026-02-02", "anthropic-new": "x"}
    await router.post("/v1/messages?beta=true", content=body, headers=headers)
    [sent] = provider.requests()
    assert sent["status"] == 200
    assert sent["body"] == body.replace("native,", "", 1)
    assert header(sent, "anthropic-beta") == "a-2026-01-01,b-2026-02-02"
    assert header(sent, "anthropic-new") == "x"


async def test_an_answer_on_the_native_lane_comes_back_as_it_was_written(
    router: httpx2.AsyncClient, provider: Provider
) -> None:
    answer = '{"id":"msg_1", "type":"message","role":"assistant","model":"m","content":[ ],"x":1.50,"usage":{}}'
    provider.answers_next({"body": answer})
    response = await router.post("/v1/messages", json=ROUTER.body("native,m"))
    assert response.text == answer


async def test_the_clients_own_credential_goes_where_it_belongs_and_nowhere_else(
    stack: Stack, provider: Provider
) -> None:
    headers = {"x-api-key": CLIENT_KEY, "authorization": f"Bearer {PROVIDER_KEY}"}
    async with httpx2.AsyncClient(base_url=stack.router, headers=headers, trust_env=False) as client:
        answered = await client.post("/v1/messages", json=ROUTER.body("own,claude-own"))
        assert answered.status_code == 200, answered.text
        elsewhere = await client.post("/v1/messages", json=ROUTER.body("refused,claude-refused"))
        assert elsewhere.status_code == 401
    own, refused = provider.requests()
    assert "sha256:" in (header(own, "authorization") or "")
    assert header(refused, "authorization") is None
    async with httpx2.AsyncClient(base_url=stack.router, headers={"x-api-key": CLIENT_KEY}, trust_env=False) as client:
        refusal(await client.post("/v1/messages", json=ROUTER.body("own,claude-own")), "anthropic", 401)
    assert len(provider.requests()) == 2
