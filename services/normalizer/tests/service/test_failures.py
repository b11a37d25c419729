"""Every way a provider can fail, as the client gets to hear of it."""

from typing import Any

import httpx2
import pytest

from fairlead.simulator import Canned, Simulator

from ..conftest import CANARY
from ..talk import CHAT, MESSAGES, PAIRS, TEXT, body, events, text_of, text_of_stream, told

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("path", "provider"), PAIRS)
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("status=400,message=odd", "bad_request"),
        ("status=401", "authentication"),
        ("status=429,retry-after=60", "rate_limit"),
        ("status=500", "upstream_error"),
        ("status=529", "overloaded"),
        ("html", "malformed"),
        ("overflow", "context_overflow"),
        ("error-200", "upstream_error"),
    ],
)
async def test_a_failing_provider_is_told_by_status_kind_and_words(
    fault: str, kind: str, path: str, provider: str, stream: bool, client: httpx2.AsyncClient
) -> None:
    response = await client.post(path, json=body(f"{provider},sim-text!{fault}", stream=stream))
    assert response.status_code >= 400
    assert response.headers["x-fairlead-failure"] == kind
    assert told(response)[0] == ("openai" if path == CHAT else "anthropic")
    assert response.headers.get("retry-after") == ("60" if "retry-after" in fault else None)


async def test_a_context_overflow_is_told_so_that_claude_code_compacts(client: httpx2.AsyncClient) -> None:
    response = await client.post(MESSAGES, json=body("oai,sim-text!overflow"))
    assert response.status_code == 400
    assert told(response)[1].startswith("prompt is too long")


async def test_a_rate_limit_that_passes_is_waited_for_unless_somebody_else_can_take_the_request(
    client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    model = "ant,sim-text!fail-first=1,status=429"
    first = await client.post(MESSAGES, json=body(model), headers={"x-fairlead-attempt": "1"})
    again = await client.post(MESSAGES, json=body(model.replace("429", "429,key=second")))
    assert (first.status_code, again.status_code) == (429, 200)
    assert len(simulator.requests) == 3


@pytest.mark.parametrize("stream", [False, True])
async def test_a_provider_that_is_down_is_said_to_be(stream: bool, client: httpx2.AsyncClient) -> None:
    response = await client.post(MESSAGES, json=body("down,m", stream=stream))
    assert response.status_code == 502
    assert response.headers["x-fairlead-failure"] == "unreachable"
    assert "down" in told(response)[1]


@pytest.mark.parametrize("fault", ["cut=e2", "reset=e2", "error-event=2,delay-at=e1:0.05"])
@pytest.mark.parametrize(("path", "provider"), PAIRS)
async def test_a_stream_that_breaks_off_ends_with_an_error_in_the_clients_words(
    fault: str, path: str, provider: str, client: httpx2.AsyncClient
) -> None:
    response = await client.post(path, json=body(f"{provider},sim-text!{fault}", stream=True))
    assert response.status_code == 200
    assert text_of_stream_so_far(path, response.text)
    last = events(response.text)[-1]
    assert "error" in last
    assert '"message_stop"' not in response.text


def text_of_stream_so_far(path: str, text: str) -> bool:
    kind = "choices" if path == CHAT else "delta"
    return any(kind in event for event in events(text))


@pytest.mark.parametrize(("path", "provider"), PAIRS)
async def test_an_answer_of_the_other_kind_is_turned_into_what_was_asked_for(
    path: str, provider: str, client: httpx2.AsyncClient
) -> None:
    whole = await client.post(path, json=body(f"{provider},sim-text!sse-for-json"))
    stream = await client.post(path, json=body(f"{provider},sim-text!json-for-sse", stream=True))
    assert text_of(path, whole.json()) == TEXT
    assert text_of_stream(path, stream.text) == TEXT


async def test_no_credential_shows_in_logs_errors_metrics_or_headers(
    client: httpx2.AsyncClient, simulator: Simulator, logged: list[Any]
) -> None:
    echo = b'{"type":"error","error":{"type":"authentication_error","message":"bad key: %s"}}' % CANARY.encode()
    simulator.enqueue(Canned(status=401, body=echo), Canned(status=401, body=echo))
    own = "canary-9d2e-of-the-client"
    responses = [
        await client.post(path, json=body("ant,sim-text"), headers={"authorization": f"Bearer {own}"})
        for path in (MESSAGES, CHAT)
    ]
    for path in ("/", "/health", "/ready", "/metrics", "/v1/models"):
        responses.append(await client.get(path, headers={"authorization": f"Bearer {own}"}))
    responses.append(await client.post(MESSAGES, json=body("down,m"), headers={"x-api-key": own}))
    shown = "".join(f"{response.text}{response.headers}" for response in responses) + repr(logged)
    assert [response.status_code for response in responses[:2]] == [401, 401]
    assert len(logged) >= 3
    assert "canary" not in shown
