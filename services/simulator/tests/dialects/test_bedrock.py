"""Bedrock: what is around the dialect of a model, in requests, answers and streams."""

import base64
import json
import struct
from typing import Any
from urllib.parse import quote
from zlib import crc32

import msgspec
import pytest

from fairlead.simulator.delivery import Delivery, Write
from fairlead.simulator.http1 import Request
from fairlead.simulator.provider import Provider

ASK = {
    "anthropic_version": "bedrock-2023-05-31",
    "max_tokens": 900,
    "messages": [{"role": "user", "content": "hi"}],
}
TOOL = {"name": "get_weather", "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}}}
KEY = (("authorization", "Bearer bedrock-key"),)
SIGNED = (
    "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/{}/aws4_request, SignedHeaders=host;x-amz-date, Signature="
    + "0" * 64
)


def respond(
    body: dict[str, Any], model: str = "sim-text", action: str = "invoke", headers: tuple[tuple[str, str], ...] = KEY
) -> Delivery:
    path = f"/model/{quote(model, safe='')}/{action}"
    return Provider().respond(Request("POST", path, headers, json.dumps(body).encode(), chunked_answers=False))


def parts(delivery: Delivery) -> tuple[str, bytes]:
    head, _, body = b"".join(each.data for each in delivery.actions if isinstance(each, Write)).partition(b"\r\n\r\n")
    return head.decode(), body


def refused(delivery: Delivery) -> tuple[int, str, str]:
    head, body = parts(delivery)
    name = next(line for line in head.split("\r\n") if line.startswith("x-amzn-errortype: "))
    assert json.loads(body).keys() == {"message"}
    return delivery.status, name.removeprefix("x-amzn-errortype: ").partition(":")[0], json.loads(body)["message"]


def messages(stream: bytes) -> list[tuple[dict[str, str], dict[str, Any]]]:
    found = []
    while stream:
        total, length, crc = struct.unpack_from(">III", stream)
        assert crc == crc32(stream[:8])
        assert struct.unpack_from(">I", stream, total - 4)[0] == crc32(stream[: total - 4])
        found.append((named(stream[12 : 12 + length]), json.loads(stream[12 + length : total - 4])))
        stream = stream[total:]
    return found


def named(block: bytes) -> dict[str, str]:
    found = {}
    while block:
        end = 1 + block[0]
        assert block[end] == 7
        value = end + 3
        size = struct.unpack_from(">H", block, end + 1)[0]
        found[block[1:end].decode()] = block[value : value + size].decode()
        block = block[value + size :]
    return found


def test_a_whole_answer_is_the_models_own() -> None:
    head, body = parts(respond(ASK))
    assert "content-type: application/json" in head
    assert json.loads(body)["type"] == "message"
    assert json.loads(body)["model"] == "sim-text"


@pytest.mark.parametrize("scene", ["sim-text", "sim-thinking-tools", "sim-tool"])
def test_a_stream_is_messages_with_one_event_each(scene: str) -> None:
    head, body = parts(respond({**ASK, "tools": [TOOL]}, scene, "invoke-with-response-stream"))
    assert "content-type: application/vnd.amazon.eventstream" in head
    found = messages(body)
    events = [json.loads(base64.b64decode(payload["bytes"])) for _, payload in found]
    assert all(headers[":event-type"] == "chunk" and headers[":message-type"] == "event" for headers, _ in found)
    assert (events[0]["type"], events[-1]["type"]) == ("message_start", "message_stop")
    assert events[-1]["amazon-bedrock-invocationMetrics"]["outputTokenCount"] > 0
    assert "ping" not in {event["type"] for event in events}


def test_an_error_in_the_stream_is_an_exception() -> None:
    model = "sim-text!error-event=2,error-type=ThrottlingException,message=slow"
    found = messages(parts(respond(ASK, model, "invoke-with-response-stream"))[1])
    assert found[-1] == (
        {":exception-type": "throttlingException", ":content-type": "application/json", ":message-type": "exception"},
        {"message": "slow"},
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"anthropic_version": None}, "anthropic_version: Field required"),
        ({"model": "m"}, "model: Extra inputs are not permitted"),
        ({"stream": True}, "stream: Extra inputs are not permitted"),
        ({"max_tokens": None}, "max_tokens: Field required"),
        ({"service_tier": "auto"}, "service_tier: Extra inputs are not permitted"),
        ({"anthropic_beta": ["claude-code-20250219"]}, "invalid beta flag"),
        (
            {"tools": [{**TOOL, "eager_input_streaming": True}]},
            "tools.0.custom.eager_input_streaming: Extra inputs are not permitted",
        ),
        (
            {"system": [{"type": "text", "text": "s", "cache_control": {"type": "ephemeral", "scope": "global"}}]},
            "system.0.cache_control.ephemeral.scope: Extra inputs are not permitted",
        ),
        (
            {"context_management": {"edits": [{"type": "clear_thinking_20251015"}]}},
            "context_management.edits.0: Input tag 'clear_thinking_20251015' is not supported",
        ),
        ({"messages": [{"role": "user", "content": []}]}, None),
    ],
)
def test_a_body_that_bedrock_refuses_is_refused_in_its_words(change: dict[str, Any], said: str | None) -> None:
    body = {name: value for name, value in {**ASK, **change}.items() if value is not None}
    status, name, message = refused(respond(body))
    assert (status, name) == (400, "ValidationException")
    assert said is None or message == said


def test_known_betas_are_taken() -> None:
    body = {**ASK, "anthropic_beta": ["interleaved-thinking-2025-05-14", "context-1m-2025-08-07"]}
    assert respond(body).status == 200


def test_counting_is_of_a_wrapped_body_and_not_for_profiles() -> None:
    body = {"input": {"invokeModel": {"body": base64.b64encode(json.dumps(ASK).encode()).decode()}}}
    assert json.loads(parts(respond(body, action="count-tokens"))[1])["inputTokens"] > 0
    status, _, message = refused(respond(body, "us.anthropic.claude-x", "count-tokens"))
    assert (status, "counting tokens" in message) == (400, True)
    assert refused(respond(ASK, action="count-tokens"))[0] == 400


@pytest.mark.parametrize(
    ("authorization", "name"),
    [
        ("", "MissingAuthenticationTokenException"),
        ("AWS4-HMAC-SHA256 nonsense", "MissingAuthenticationTokenException"),
        (SIGNED.format("s3"), "InvalidSignatureException"),
    ],
)
def test_who_does_not_sign_for_bedrock_is_refused(authorization: str, name: str) -> None:
    assert refused(respond(ASK, headers=(("authorization", authorization),)))[:2] == (403, name)
    assert respond(ASK, headers=(("authorization", SIGNED.format("bedrock")),)).status == 200


def test_a_wrong_signature_is_refused_where_there_is_a_secret() -> None:
    request = Request(
        "POST", "/model/m/invoke", (("authorization", SIGNED.format("bedrock")),), json.dumps(ASK).encode()
    )
    assert refused(Provider("secret").respond(request))[:2] == (403, "InvalidSignatureException")


def test_a_prompt_that_is_too_long_is_told_without_numbers() -> None:
    status, name, message = refused(respond(ASK, "sim-text!overflow"))
    assert (status, name, message) == (400, "ValidationException", "Input is too long for requested model.")


def test_the_same_request_gives_the_same_bytes() -> None:
    assert msgspec.json.encode(respond(ASK)) == msgspec.json.encode(respond(ASK))
