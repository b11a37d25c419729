"""The provider: requests in, deliveries out."""

import json
from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from fairlead.simulator.delivery import Close, Delivery, Hang, Write
from fairlead.simulator.http1 import Malformed, Request
from fairlead.simulator.provider import MAX_QUEUED, Canned, Provider, QueueFullError
from fairlead.simulator.script import Text, say
from fairlead.simulator.spec import SpecError

VERSION = ("anthropic-version", "2023-06-01")


def messages(model: str = "sim-text", *headers: tuple[str, str], **more: Any) -> Request:
    body = {"model": model, "max_tokens": 1000, "messages": [{"role": "user", "content": "hi"}], **more}
    return Request("POST", "/v1/messages", (VERSION, *headers), json.dumps(body).encode())


def chat(model: str = "sim-text", *headers: tuple[str, str], **more: Any) -> Request:
    body = {"model": model, "messages": [{"role": "user", "content": "hi"}], **more}
    return Request("POST", "/v1/chat/completions", headers, json.dumps(body).encode())


def responses(model: str = "sim-text", *headers: tuple[str, str], **more: Any) -> Request:
    body = {"model": model, "input": "hi", **more}
    return Request("POST", "/v1/responses", headers, json.dumps(body).encode())


def gemini(model: str = "sim-text", *headers: tuple[str, str], stream: str | None = None, **more: Any) -> Request:
    """`stream` is the query of a streaming call."""
    body = {"contents": [{"parts": [{"text": "hi"}]}], **more}
    verb = "generateContent" if stream is None else f"streamGenerateContent{stream}"
    return Request("POST", f"/v1beta/models/{quote(model, safe='')}:{verb}", headers, json.dumps(body).encode())


SSE = "?alt=sse"


def get(path: str, *headers: tuple[str, str], method: str = "GET") -> Request:
    return Request(method, path, headers, b"")


def sent(delivery: Delivery) -> tuple[str, bytes]:
    """Head and body of an answer that is one write."""
    (write,) = delivery.actions
    assert isinstance(write, Write)
    head, _, body = write.data.partition(b"\r\n\r\n")
    return head.decode(), body


def unchunked(request: Request) -> tuple[str, bytes]:
    """Head and body of a stream to a client that knows no chunks."""
    write, _ = Provider().respond(msgspec.structs.replace(request, chunked_answers=False)).actions
    assert isinstance(write, Write)
    head, _, body = write.data.partition(b"\r\n\r\n")
    return head.decode(), body


def answered(delivery: Delivery) -> Any:
    return json.loads(sent(delivery)[1])


def test_equal_requests_get_equal_bytes_from_any_provider() -> None:
    for request in (messages(stream=True), chat(stream=True), responses(stream=True), gemini(stream=SSE), messages()):
        assert Provider().respond(request) == Provider().respond(request)


def test_different_requests_get_different_ids() -> None:
    provider = Provider()
    first, second = (answered(provider.respond(messages(metadata={"n": n})))["id"] for n in (1, 2))
    assert first != second


def test_every_dialect_answers_whole_and_streamed() -> None:
    provider = Provider()
    text = "Hello from the simulator. This text is streamed in a few pieces."
    assert answered(provider.respond(messages()))["content"] == [{"type": "text", "text": text}]
    assert answered(provider.respond(chat()))["choices"][0]["message"]["content"] == text
    assert answered(provider.respond(responses()))["output"][0]["content"][0]["text"] == text
    assert answered(provider.respond(gemini()))["candidates"][0]["content"]["parts"] == [{"text": text}]
    for request, kind in (
        (messages(stream=True), b"message_stop"),
        (chat(stream=True), b"[DONE]"),
        (responses(stream=True), b"response.completed"),
        (gemini(stream=SSE), b'"finishReason":"STOP"'),
    ):
        head, body = sent(provider.respond(request))
        assert "content-type: text/event-stream" in head
        assert kind in body


def test_a_stream_that_is_no_event_stream_is_one_json_array() -> None:
    head, body = unchunked(gemini(stream=""))
    assert "content-type: application/json" in head
    *rest, last = json.loads(body)
    assert "".join(chunk["candidates"][0]["content"]["parts"][0]["text"] for chunk in rest).startswith("Hello")
    assert last["candidates"][0]["finishReason"] == "STOP"
    _, body = unchunked(gemini("sim-text!error-event=1,message=late", stream=""))
    assert [next(iter(chunk)) for chunk in json.loads(body)] == ["candidates", "error"]


def test_faults_reach_every_stream_at_its_own_places() -> None:
    for make, stream in ((responses, True), (gemini, SSE)):
        whole = sent(Provider().respond(make("sim-text", stream=stream)))[1]
        write, close = Provider().respond(make("sim-text!drop=e2", stream=stream)).actions
        assert isinstance(write, Write)
        assert close == Close()
        assert len(write.data) < len(whole)
        _, body = sent(Provider().respond(make("sim-text!no-done", stream=stream)))
        assert b"response.completed" not in body
        assert b"finishReason" not in body
        _, body = sent(Provider().respond(make("sim-text!error-event=1,message=late", stream=stream)))
        assert b'"message":"late"' in body
        assert answered(Provider().respond(make("sim-text!status=429")))["error"]["message"]


def test_a_wait_is_told_in_the_body_where_there_is_no_header_for_it() -> None:
    (detail,) = answered(Provider().respond(gemini("sim-text!status=429,retry-after=7")))["error"]["details"]
    assert detail["retryDelay"] == "7s"


def test_quirks_are_passed_on() -> None:
    found = answered(Provider().respond(gemini("sim-text!quirk=blocked")))
    assert "candidates" not in found
    _, body = sent(Provider().respond(responses("sim-text!error-first,quirk=failed", stream=True)))
    assert body.count(b"event: response.failed") == 1


def test_an_unknown_model_is_answered_and_an_unknown_scene_is_not_found() -> None:
    assert Provider().respond(messages("claude-opus-9")).status == 200
    refused = Provider().respond(messages("sim-nowhere"))
    assert refused.status == 404
    assert answered(refused)["error"] == {"type": "not_found_error", "message": "model: sim-nowhere"}


def test_a_status_comes_with_its_headers_in_the_shape_of_the_dialect() -> None:
    head, body = sent(Provider().respond(messages("sim-text!status=529,retry-after=7,header=request-id:mine")))
    assert head.startswith("HTTP/1.1 529 ")
    assert "\r\nretry-after: 7" in head
    assert head.count("request-id") == 1
    assert json.loads(body)["error"]["type"] == "overloaded_error"
    refused = answered(Provider().respond(chat("sim-text!status=429,message=slow")))
    assert refused["error"] == {
        "message": "slow",
        "type": "rate_limit_error",
        "param": None,
        "code": "rate_limit_exceeded",
    }


def test_an_error_can_hide_under_status_200() -> None:
    delivery = Provider().respond(messages("sim-text!error-200,error-type=api_error"))
    assert delivery.status == 200
    assert answered(delivery)["error"]["type"] == "api_error"


def test_a_page_can_stand_in_for_an_answer() -> None:
    head, body = sent(Provider().respond(messages("sim-text!html,status=502")))
    assert head.startswith("HTTP/1.1 502 ")
    assert "content-type: text/html" in head
    assert body.startswith(b"<!DOCTYPE html>")


def test_stream_and_whole_can_be_exchanged() -> None:
    head, body = sent(Provider().respond(messages("sim-text!sse-for-json")))
    assert "text/event-stream" in head
    assert b"event: message_start" in body
    head, body = sent(Provider().respond(chat("sim-text!json-for-sse", stream=True)))
    assert "application/json" in head
    assert json.loads(body)["object"] == "chat.completion"


def test_an_error_event_ends_the_stream() -> None:
    _, body = sent(Provider().respond(messages("sim-text!error-event=1,message=late", stream=True)))
    assert body.count(b"content_block_delta\n") == 1
    assert b'"message":"late"' in body
    assert b"message_stop" not in body
    _, body = sent(Provider().respond(chat("sim-text!error-first", stream=True)))
    assert b"chat.completion.chunk" not in body
    assert b'data: {"error":{' in body


def test_the_context_can_overflow() -> None:
    assert Provider().respond(messages("sim-text!context-limit=1000")).status == 200
    refused = answered(Provider().respond(messages("sim-text!context-limit=2")))
    assert refused["error"]["message"] == "prompt is too long: 9 tokens > 2 maximum"
    assert answered(Provider().respond(chat("sim-text!overflow")))["error"]["code"] == "context_length_exceeded"


def test_fail_first_fails_so_often_and_then_no_more() -> None:
    provider = Provider()
    statuses = [provider.respond(messages("sim-text!fail-first=2,status=503")).status for _ in range(4)]
    assert statuses == [503, 503, 200, 200]


def test_fail_first_is_counted_by_key_or_by_what_was_written() -> None:
    provider = Provider()

    def status(model: str, *headers: tuple[str, str]) -> int:
        return provider.respond(messages(model, *headers)).status

    assert status("sim-text!fail-first=1,key=a") == 529
    assert status("sim-echo!fail-first=1,key=a") == 200
    assert status("sim-text!fail-first=1,key=b") == 529
    assert status("sim-text!fail-first=1") == 529
    assert status("sim-text", ("x-simulator", "!fail-first=1")) == 529
    assert status("sim-text!fail-first=1") == 200
    provider.reset()
    assert status("sim-text!fail-first=1,key=a") == 529


def test_the_control_header_wins() -> None:
    request = messages("sim-text!status=500", ("X-Simulator", "echo"))
    assert answered(Provider().respond(request))["content"] == [{"type": "text", "text": "hi"}]


def test_a_broken_spec_is_refused_with_its_reason() -> None:
    refused = Provider().respond(messages("sim-text!cut"))
    assert refused.status == 400
    assert answered(refused)["error"]["message"] == "simulator: option 'cut' needs a value"


def test_strictness_is_the_default_and_can_be_lifted() -> None:
    assert Provider().respond(messages(stop="x")).status == 400
    assert Provider().respond(messages("sim-text!lenient", stop="x")).status == 200


def test_max_tokens_cuts_but_not_an_explicit_number_of_chunks() -> None:
    assert answered(Provider().respond(messages(max_tokens=2)))["stop_reason"] == "max_tokens"
    paced = answered(Provider().respond(messages("sim-text!chunks=10,size=8", max_tokens=2)))
    assert (len(paced["content"][0]["text"]), paced["stop_reason"]) == (80, "end_turn")


def test_tokens_are_counted() -> None:
    body = json.dumps({"model": "any", "messages": [{"role": "user", "content": "hi"}]}).encode()
    delivery = Provider().respond(Request("POST", "/v1/messages/count_tokens?beta=true", (VERSION,), body))
    assert answered(delivery) == {"input_tokens": 9}


def test_models_are_listed_in_the_shape_of_the_client() -> None:
    ours = answered(Provider().respond(get("/v1/models?limit=1000", VERSION)))
    theirs = answered(Provider().respond(get("/base/v1/models")))
    assert [row["id"] for row in ours["data"]] == [row["id"] for row in theirs["data"]]
    assert ours["first_id"] == "simulated"
    assert theirs["object"] == "list"
    google = answered(Provider().respond(get("/v1beta/models?pageSize=50")))
    assert [row["name"].removeprefix("models/") for row in google["models"]] == [row["id"] for row in ours["data"]]
    assert "sim-write-file" in {row["id"] for row in theirs["data"]}


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (get("/"), 200),
        (get("/api/hello", method="HEAD"), 200),
        (get("/health"), 200),
        (get("/v1/models", method="HEAD"), 200),
        (get("/nowhere"), 404),
        (get("/v1/messages", VERSION), 405),
        (get("/v1/models", method="POST"), 405),
        (get("/health", method="DELETE"), 404),
    ],
)
def test_other_paths_and_methods_have_their_status(request_: Request, status: int) -> None:
    delivery = Provider().respond(request_)
    assert delivery.status == status
    assert sent(delivery)[1] == b"" if request_.method == "HEAD" else answered(delivery)


@pytest.mark.parametrize(
    "header", [("x-api-key", "K"), ("Authorization", "Bearer K"), ("x-goog-api-key", "K"), ("api-key", "K")]
)
def test_a_key_is_taken_from_either_header(header: tuple[str, str]) -> None:
    assert Provider("K").respond(messages("sim-text", header)).status == 200
    assert Provider("other").respond(messages("sim-text", header)).status == 401
    assert Provider("K").respond(get("/v1/models", header)).status == 200


def test_a_key_is_taken_from_the_query() -> None:
    assert Provider("K").respond(gemini(stream="?alt=sse&key=K")).status == 200
    refused = Provider("K").respond(gemini(stream="?key=k"))
    assert refused.status == 400
    assert answered(refused)["error"]["details"][0]["reason"] == "API_KEY_INVALID"


def test_a_missing_key_is_refused_in_the_shape_of_the_dialect() -> None:
    assert answered(Provider("K").respond(messages()))["error"]["type"] == "authentication_error"
    assert answered(Provider("K").respond(chat()))["error"]["code"] == "invalid_api_key"
    assert Provider("K").respond(get("/v1/models")).status == 401
    assert Provider("K").respond(get("/health")).status == 200


def test_queued_answers_come_first_and_in_order() -> None:
    provider = Provider()
    provider.enqueue(Canned(status=418, headers=(("X-A", "b"),), body=b"tea"))
    provider.enqueue(say(Text("queued")))
    provider.enqueue(Canned(chunks=(b"data: a\n\n", b"data: b\n\n"), faults="drop=e1"))
    assert provider.respond(get("/v1/models")).status == 200
    assert sent(provider.respond(messages())) == (
        "HTTP/1.1 418 I'm a Teapot\r\ncontent-type: application/json\r\nx-a: b\r\ncontent-length: 3",
        b"tea",
    )
    assert answered(provider.respond(chat()))["choices"][0]["message"]["content"] == "queued"
    write, close = provider.respond(chat()).actions
    assert isinstance(write, Write)
    assert write.data.endswith(b"data: a\n\n\r\n")
    assert close == Close()
    assert answered(provider.respond(messages("sim-echo")))["content"] == [{"type": "text", "text": "hi"}]


def test_what_cannot_be_queued_is_refused() -> None:
    provider = Provider()
    with pytest.raises(SpecError):
        provider.enqueue(Canned(faults="nonsense"))
    with pytest.raises(SpecError):
        provider.enqueue(Canned(headers=(("a", "b\r\nc: d"),)))
    for _ in range(MAX_QUEUED):
        provider.enqueue(Canned())
    with pytest.raises(QueueFullError):
        provider.enqueue(Canned())


def test_malformed_bytes_end_the_connection() -> None:
    delivery = Provider().malformed(Malformed(431, "too large"))
    assert delivery.status == 431
    assert delivery.actions[-1] == Close()


def test_a_stalled_answer_hangs_after_its_bytes() -> None:
    *_, last = Provider().respond(messages("sim-text!stall=e1", stream=True)).actions
    assert last == Hang()
