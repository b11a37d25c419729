"""Claude at Bedrock: its addresses, its body, its streams and its errors."""

import json
from base64 import b64decode, b64encode
from typing import Any

import pytest

from fairlead.normalizer.providers import vendor_of
from fairlead.normalizer.providers.bedrock_claude import BEDROCK_CLAUDE, chunks
from fairlead.shared.config.inference import infer
from fairlead.shared.config.schema import Provider
from fairlead.shared.dialects.anthropic import ANTHROPIC
from fairlead.shared.failure import Failure, FailureError, Kind
from fairlead.shared.surfaces import Operation
from fairlead.simulator.eventstream import exception, framed

HOST = "https://bedrock-runtime.us-east-1.amazonaws.com"
ID = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
CODED = "us.anthropic.claude-sonnet-4-5-20250929-v1%3A0"


@pytest.mark.parametrize("base", [HOST, HOST + "/", HOST + "/model", HOST + "/model/any/invoke"])
def test_the_model_and_the_method_are_in_the_path(base: str) -> None:
    urls = BEDROCK_CLAUDE.urls(base)
    assert urls.of_answer(ID, stream=False) == f"{HOST}/model/{CODED}/invoke"
    assert urls.of_answer(ID, stream=True) == f"{HOST}/model/{CODED}/invoke-with-response-stream"


def test_counting_is_asked_of_the_model_behind_a_profile() -> None:
    urls = BEDROCK_CLAUDE.urls(HOST)
    assert urls.of_count(ID) == f"{HOST}/model/anthropic.claude-sonnet-4-5-20250929-v1%3A0/count-tokens"
    assert urls.of_count("global.anthropic.claude-x") == f"{HOST}/model/anthropic.claude-x/count-tokens"


def test_an_arn_is_one_segment() -> None:
    arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc"
    url = BEDROCK_CLAUDE.urls(HOST).of_answer(arn, stream=False)
    assert url.endswith(
        "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Aapplication-inference-profile%2Fabc/invoke"
    )


@pytest.mark.parametrize("model", ["../../x", "..", "a/../../b"])
def test_no_model_leads_elsewhere(model: str) -> None:
    with pytest.raises(FailureError):
        BEDROCK_CLAUDE.urls(HOST).of_answer(model, stream=True)


@pytest.mark.parametrize(
    "url",
    [
        HOST,
        "https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com/model",
        "https://bedrock-runtime.cn-north-1.amazonaws.com.cn",
    ],
)
def test_the_address_tells_the_type(url: str) -> None:
    assert infer(url, ()) == "bedrock-claude"
    assert vendor_of(Provider(name="p", api_base_url=url, type="bedrock-claude", dialect="anthropic")) is BEDROCK_CLAUDE


BODY = (
    b'{"model":"m","stream":true,"max_tokens":9,"metadata":{"user_id":"u"},"thinking":{"type":"enabled", "budget_tokens":1024},'
    b'"system":[{"type":"text","text":"s","cache_control":{"type":"ephemeral","scope":"global"}}],'
    b'"messages":[{"role":"user","content":[{"type":"text","text":"1.0e5","cache_control":{"type":"ephemeral"}}]}],'
    b'"tools":[{"name":"t","input_schema":{"type":"object","properties":{"scope":{"type":"string"}}},"eager_input_streaming":true}],'
    b'"context_management":{"edits":[{"type":"clear_thinking_20251015","keep":"all"}]},"service_tier":"auto"}'
)


def test_a_body_is_changed_in_the_declared_places_and_nowhere_else() -> None:
    headers = {"anthropic-beta": "claude-code-20250219,interleaved-thinking-2025-05-14,advanced-tool-use-2025-11-20"}
    fitted = BEDROCK_CLAUDE.fitted(Operation.ANSWER, "m", headers, BODY)
    assert fitted.body == (
        b'{"max_tokens":9,"metadata":{"user_id":"u"},"thinking":{"type":"enabled", "budget_tokens":1024},'
        b'"system":[{"type":"text","text":"s","cache_control":{"type":"ephemeral"}}],'
        b'"messages":[{"role":"user","content":[{"type":"text","text":"1.0e5","cache_control":{"type":"ephemeral"}}]}],'
        b'"tools":[{"name":"t","input_schema":{"type":"object","properties":{"scope":{"type":"string"}}}}],'
        b'"anthropic_version":"bedrock-2023-05-31",'
        b'"anthropic_beta":["interleaved-thinking-2025-05-14","tool-search-tool-2025-10-19"]}'
    )
    assert fitted.headers == {}
    assert [loss.where for loss in fitted.losses] == [
        "service_tier",
        "system.*.cache_control.scope",
        "tools.*.eager_input_streaming",
        "context_management.edits",
        "claude-code-20250219",
    ]


def test_only_the_betas_of_a_clients_headers_are_taken() -> None:
    headers = BEDROCK_CLAUDE.headers(
        {"anthropic-beta": "b", "anthropic-version": "v", "x-claude-code-x": "y"}, native=True
    )
    assert headers == {"anthropic-beta": "b"}


def test_a_count_is_wrapped_and_has_room_for_an_answer() -> None:
    fitted = BEDROCK_CLAUDE.fitted(Operation.COUNT, "m", {}, b'{"model":"m","messages":[]}')
    inner = b64decode(json.loads(fitted.body)["input"]["invokeModel"]["body"])
    assert inner == b'{"messages":[],"max_tokens":4096,"anthropic_version":"bedrock-2023-05-31"}'
    unwrap = BEDROCK_CLAUDE.unwrap_of(Operation.COUNT)
    assert unwrap is not None
    assert unwrap(b'{"inputTokens":42}') == b'{"input_tokens":42}'
    assert unwrap(b'{"message":"no"}') == b'{"message":"no"}'


def test_streams_are_asked_for_by_their_name() -> None:
    assert BEDROCK_CLAUDE.accept(stream=True) == "application/vnd.amazon.eventstream"
    assert BEDROCK_CLAUDE.accept(stream=False) == "application/json"


START = {"type": "message_start", "message": {"id": "msg_bdrk_1", "content": []}}
DELTA = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "h\u00e9"}}
STOP = {"type": "message_stop"}
METRICS = {"amazon-bedrock-invocationMetrics": {"inputTokenCount": 8, "outputTokenCount": 1}}


def compact(event: dict[str, Any]) -> bytes:
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()


STREAM = framed(compact(START)) + framed(compact(DELTA)) + framed(compact({**STOP, **METRICS}))
EVENTS = b"".join(b"event: %s\ndata: %s\n\n" % (one["type"].encode(), compact(one)) for one in (START, DELTA, STOP))


def read(*pieces: bytes) -> tuple[bytes, Failure | None]:
    unwrapper = chunks(1024)
    out = b"".join(unwrapper.feed(chunk) for chunk in pieces) + unwrapper.close()
    return out, unwrapper.failure


def test_a_stream_comes_out_as_server_sent_events_without_bedrocks_own_figures() -> None:
    assert read(STREAM) == (EVENTS, None)


def test_a_stream_may_be_split_anywhere() -> None:
    for at in range(len(STREAM)):
        assert read(STREAM[:at], STREAM[at:]) == (EVENTS, None)


def test_a_stream_cut_inside_a_message_is_told_from_one_that_ends() -> None:
    for cut in range(1, len(STREAM)):
        out, failure = read(STREAM[:cut])
        assert EVENTS.startswith(out)
        boundary = cut in (len(framed(compact(START))), len(framed(compact(START)) + framed(compact(DELTA))))
        assert (failure is None) is boundary
        assert boundary or (failure is not None and failure.kind is Kind.CUT)


def test_what_came_before_a_broken_message_is_read() -> None:
    broken = bytearray(STREAM)
    broken[len(framed(compact(START))) + 20] ^= 1
    out, failure = read(bytes(broken))
    assert out == b"event: message_start\ndata: " + compact(START) + b"\n\n"
    assert failure is not None
    assert (failure.kind, "checksum" in failure.message) == (Kind.MALFORMED, True)


@pytest.mark.parametrize(
    ("name", "message", "kind"),
    [
        ("throttlingException", "Too many tokens, please wait before trying again.", Kind.RATE_LIMIT),
        ("throttlingException", "Too many tokens per day, please wait before trying again.", Kind.BILLING),
        ("modelStreamErrorException", "The model stopped.", Kind.UPSTREAM),
        ("modelTimeoutException", "Took too long.", Kind.UPSTREAM),
        ("internalServerException", "Oops.", Kind.UPSTREAM),
        ("serviceUnavailableException", "Busy.", Kind.OVERLOADED),
        ("validationException", "messages.1: odd", Kind.BAD_REQUEST),
        ("validationException", "Input is too long for requested model.", Kind.CONTEXT_OVERFLOW),
        ("somethingNewException", "Who knows.", Kind.UPSTREAM),
    ],
)
def test_an_exception_in_the_stream_ends_it_with_its_kind(name: str, message: str, kind: Kind) -> None:
    out, failure = read(framed(compact(START)) + exception(name, message) + framed(compact(DELTA)))
    assert out == b"event: message_start\ndata: " + compact(START) + b"\n\n"
    assert failure is not None
    assert failure.kind is kind
    assert failure.message in (message, "prompt is too long")


@pytest.mark.parametrize("payload", [b"{", b'{"bytes":"!"}', b'{"bytes":"%s"}' % b64encode(b"{"), b"[]"])
def test_a_payload_that_is_none_is_malformed(payload: bytes) -> None:
    out, failure = read(framed(b"", payload=payload))
    assert out == b""
    assert failure is not None
    assert failure.kind is Kind.MALFORMED


def test_line_breaks_in_an_event_do_not_end_it() -> None:
    out, _ = read(framed(b'{"type":\n"ping"\r\n}'))
    assert out == b'event: ping\ndata: {"type": "ping"  }\n\n'


ERRORS = [
    (400, "ValidationException", "Input is too long for requested model.", Kind.CONTEXT_OVERFLOW, 400),
    (400, "ValidationException", "max_tokens: field required", Kind.BAD_REQUEST, 400),
    (400, "ValidationException", "The provided model identifier is invalid.", Kind.NOT_FOUND, 404),
    (400, "ValidationException", "The provided model doesn't support counting tokens.", Kind.UNSUPPORTED, 501),
    (400, "ServiceQuotaExceededException", "Your account has spent it.", Kind.BILLING, 402),
    (403, "AccessDeniedException", "You don't have access to the model.", Kind.PERMISSION, 403),
    (403, "AccessDeniedException", "Authentication failed: check your API Key.", Kind.AUTHENTICATION, 401),
    (403, "ExpiredTokenException", "The security token included in the request is expired", Kind.AUTHENTICATION, 401),
    (403, "UnrecognizedClientException", "The security token is invalid.", Kind.AUTHENTICATION, 401),
    (403, "InvalidSignatureException", "The request signature does not match.", Kind.AUTHENTICATION, 401),
    (404, "ResourceNotFoundException", "No such model.", Kind.NOT_FOUND, 404),
    (408, "ModelTimeoutException", "Took too long.", Kind.UPSTREAM, 500),
    (424, "ModelErrorException", "The model failed.", Kind.UPSTREAM, 500),
    (429, "ThrottlingException", "Too many requests, please wait before trying again.", Kind.RATE_LIMIT, 429),
    (429, "ModelNotReadyException", "The model is warming up.", Kind.OVERLOADED, 529),
    (503, "ServiceUnavailableException", "Busy.", Kind.OVERLOADED, 529),
    (500, "InternalServerException", "Oops.", Kind.UPSTREAM, 500),
]


@pytest.mark.parametrize(("status", "name", "message", "kind", "told"), ERRORS)
def test_a_refusal_means_what_its_name_and_its_message_say(
    status: int, name: str, message: str, kind: Kind, told: int
) -> None:
    assert BEDROCK_CLAUDE.refusal is not None
    headers = {"x-amzn-errortype": f"{name}:http://internal.amazon.com/coral/com.amazon.bedrock/"}
    failure = BEDROCK_CLAUDE.refusal(status, headers, json.dumps({"message": message}).encode())
    assert (failure.kind, failure.code, ANTHROPIC.failure_status(failure)) == (kind, name, told)
    assert failure.message == ("prompt is too long" if kind is Kind.CONTEXT_OVERFLOW else message)
    assert failure.body is None


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (b'{"__type":"com.amazon.coral#ThrottlingException","Message":"slow"}', "ThrottlingException", "slow"),
        (b'{"Message":"slow"}', None, "slow"),
        (b"<html>", None, "the provider answered 429 with a web page instead of an API answer"),
        (b"", None, "the provider answered 429 without a body"),
    ],
)
def test_a_refusal_without_its_header_is_read_from_its_body(body: bytes, code: str | None, message: str) -> None:
    assert BEDROCK_CLAUDE.refusal is not None
    failure = BEDROCK_CLAUDE.refusal(429, {}, body)
    assert (failure.kind, failure.code, failure.message) == (Kind.RATE_LIMIT, code, message)
