"""The control paths."""

import base64
import json
from typing import Any

import pytest

from fairlead.simulator import control
from fairlead.simulator.delivery import Answer
from fairlead.simulator.http1 import Request
from fairlead.simulator.provider import Canned, Provider
from fairlead.simulator.recorder import Recorder


def ask(
    method: str,
    path: str,
    body: Any = None,
    *,
    provider: Provider | None = None,
    recorder: Recorder | None = None,
    **headers: str,
) -> tuple[int, Any]:
    data = b"" if body is None else json.dumps(body).encode()
    request = Request(method, control.PREFIX + path, tuple(headers.items()), data)
    assert control.is_control(request)
    answer: Answer = control.respond(request, provider or Provider(), recorder or Recorder())
    return answer.status, json.loads(answer.events[0].data)


def recorded(*bodies: bytes) -> Recorder:
    recorder = Recorder()
    for body in bodies:
        recorder.opened(Request("POST", "/v1/messages", (("x-api-key", "secret"),), body), connection=1, at=0.5)
    return recorder


def test_requests_are_shown_without_their_credentials() -> None:
    status, shown = ask("GET", "/requests", recorder=recorded('{"a":"é"}'.encode(), b"\xff"))
    assert status == 200
    first, second = shown["requests"]
    assert (first["number"], first["method"], first["target"], first["body"]) == (
        1,
        "POST",
        "/v1/messages",
        '{"a":"é"}',
    )
    assert second["body"] == {"base64": base64.b64encode(b"\xff").decode()}
    assert "secret" not in json.dumps(shown)


def test_requests_can_be_asked_for_since_a_number() -> None:
    _, shown = ask("GET", "/requests?since=1", recorder=recorded(b"a", b"b"))
    assert [each["body"] for each in shown["requests"]] == ["b"]


def test_requests_can_be_forgotten() -> None:
    recorder = recorded(b"a")
    assert ask("DELETE", "/requests", recorder=recorder) == (200, {})
    assert len(recorder) == 0


@pytest.mark.parametrize(
    ("described", "canned"),
    [
        ({}, Canned()),
        (
            {"status": 500, "headers": {"a": "b"}, "body": "text"},
            Canned(status=500, headers=(("a", "b"),), body=b"text"),
        ),
        ({"headers": [["a", "1"], ["a", "2"]]}, Canned(headers=(("a", "1"), ("a", "2")))),
        ({"body": {"json": [1]}}, Canned(body=b'{"json":[1]}')),
        ({"body": {"base64": "/w=="}}, Canned(body=b"\xff")),
        ({"chunks": ["a", {"base64": "/w=="}], "fault": "cut=1"}, Canned(chunks=(b"a", b"\xff"), faults="cut=1")),
    ],
)
def test_a_next_answer_is_read(described: dict[str, Any], canned: Canned) -> None:
    assert control.canned(json.dumps(described).encode()) == canned


def test_a_next_answer_is_queued() -> None:
    provider = Provider()
    assert ask("POST", "/next", {"status": 418}, provider=provider) == (200, {})
    body = b'{"model":"m","messages":[]}'
    assert provider.respond(Request("POST", "/v1/chat/completions", (), body)).status == 418


@pytest.mark.parametrize(
    "described",
    [
        {"statsu": 1},
        {"status": "x"},
        {"status": 99},
        {"fault": "nonsense"},
        {"body": {"base64": "!"}},
        {"body": {"base64": 1}},
        {"headers": {"a b": "c"}},
        [],
    ],
)
def test_a_next_answer_that_cannot_be_is_refused(described: Any) -> None:
    status, answer = ask("POST", "/next", described)
    assert status == 400
    assert answer["error"]


def test_everything_can_be_forgotten_at_once() -> None:
    provider, recorder = Provider(), recorded(b"a")
    provider.enqueue(Canned(status=418))
    assert ask("DELETE", "", provider=provider, recorder=recorder) == (200, {})
    assert len(recorder) == 0
    body = b'{"model":"m","messages":[{"role":"user","content":"hi"}]}'
    assert provider.respond(Request("POST", "/v1/chat/completions", (), body)).status == 200


def test_browsers_and_unknown_paths_are_turned_away() -> None:
    assert ask("GET", "/requests", Origin="http://evil.example")[0] == 403
    assert ask("GET", "/nowhere")[0] == 404


def test_other_paths_are_not_for_control() -> None:
    assert not control.is_control(Request("GET", "/__simulator__ish", (), b""))
