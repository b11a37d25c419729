"""Factory: what its proxy wants before it passes a request on, and whose answers come back."""

import json
from typing import Any

import pytest

from fairlead.simulator.delivery import Write
from fairlead.simulator.dialects.factory import IDENTITY
from fairlead.simulator.http1 import Request
from fairlead.simulator.provider import Provider

HEADERS = {
    "authorization": "Bearer fk-x",
    "anthropic-version": "2023-06-01",
    "x-client-version": "1.2.3",
    "x-session-id": "s",
    "x-assistant-message-id": "m",
    "x-api-provider": "anthropic",
}
TURN = {"role": "user", "content": "hi"}
ASKS: dict[str, dict[str, Any]] = {
    "/a/v1/messages": {"max_tokens": 900, "system": [{"type": "text", "text": IDENTITY}], "messages": [TURN]},
    "/o/v1/responses": {"instructions": f"{IDENTITY}\n\nAnd more.", "input": "hi"},
    "/o/v1/chat/completions": {"messages": [{"role": "system", "content": IDENTITY}, TURN]},
    "/g/v1/generate": {
        "systemInstruction": {"parts": [{"text": IDENTITY}]},
        "contents": [{"role": "user", "parts": [{"text": "hi"}]}],
    },
}


def respond(path: str, *, without: str = "", **changes: Any) -> tuple[int, str]:
    body = {"model": "sim-text", **ASKS[path], **changes}
    headers = tuple((name, value) for name, value in HEADERS.items() if name != without)
    asked = Request("POST", f"/api/llm{path}", headers, json.dumps(body).encode(), chunked_answers=False)
    delivery = Provider().respond(asked)
    head, _, told = b"".join(one.data for one in delivery.actions if isinstance(one, Write)).partition(b"\r\n\r\n")
    return int(head.split()[1]), told.decode()


@pytest.mark.parametrize("path", ASKS)
def test_a_request_of_its_own_client_is_answered_in_the_models_dialect(path: str) -> None:
    status, told = respond(path)
    assert (status, "Hello" in told) == (200, True), told


def test_google_is_always_streamed() -> None:
    _, told = respond("/g/v1/generate")
    assert told.startswith("data: {")


@pytest.mark.parametrize("name", ["x-client-version", "x-session-id", "x-assistant-message-id", "x-api-provider"])
@pytest.mark.parametrize("path", ASKS)
def test_a_request_without_its_clients_headers_is_refused(path: str, name: str) -> None:
    status, told = respond(path, without=name)
    assert status == 400
    assert json.loads(told)["title"] == "Bad Request"


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        ("/a/v1/messages", {"system": f"Hello. {IDENTITY}"}),
        ("/a/v1/messages", {"system": [{"type": "text", "text": "You are another."}]}),
        ("/o/v1/responses", {"instructions": None}),
        ("/o/v1/chat/completions", {"messages": [TURN]}),
        ("/g/v1/generate", {"systemInstruction": None}),
    ],
)
def test_a_request_that_does_not_begin_with_its_words_is_forbidden(path: str, changes: dict[str, Any]) -> None:
    status, told = respond(path, **changes)
    assert status == 403
    assert set(json.loads(told)) == {"detail", "status", "title", "requestId"}


def test_tokens_are_not_counted() -> None:
    asked = Request("POST", "/api/llm/a/v1/messages/count_tokens", tuple(HEADERS.items()), b'{"model":"m"}')
    [first, *_] = [one.data for one in Provider().respond(asked).actions if isinstance(one, Write)]
    assert first.startswith(b"HTTP/1.1 404")
