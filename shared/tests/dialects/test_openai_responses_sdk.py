"""The official SDK reads what we write, and what it accumulates is what was said."""

from collections.abc import Iterator

import httpx2
import openai
import pytest
from msgspec import Raw
from openai.types.responses import (
    Response,
    ResponseCustomToolCall,
    ResponseFunctionToolCall,
    ResponseFunctionWebSearch,
    ResponseOutputMessage,
    ResponseReasoningItem,
)

from fairlead.shared.assembly import disassemble
from fairlead.shared.conversation import (
    Citation,
    Finish,
    FinishReason,
    Message,
    SearchHit,
    ServerCall,
    ServerResult,
    Text,
    Thinking,
    Tool,
    ToolCall,
    Usage,
)
from fairlead.shared.dialect import Passed, ReplyContext
from fairlead.shared.dialects.openai_responses import OPENAI_RESPONSES
from fairlead.shared.events import Failed
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.sse import EventParser

TOOLS = (
    Tool("f", "d", Raw(b'{"type":"object","properties":{"a":{"type":"integer"}}}')),
    Tool("patch", None, None, custom=True),
    Tool("spawn", None, None, namespace="agents"),
)
CONTEXT = ReplyContext("r1", 5, "gpt-x", tools=TOOLS)
MESSAGE = Message(
    "resp_7",
    "gpt-x",
    (
        Thinking("hm", "c2ln", "anthropic"),
        ServerCall("srvtoolu_1", "web_search", '{"query":"q"}'),
        ServerResult("srvtoolu_1", "web_search", (SearchHit("https://e.example"),)),
        Text("Héllo ", citations=(Citation("https://e.example", "E"),)),
        Text("wörld"),
        ToolCall("c1", "f", '{"a":1}'),
        ToolCall("c2", "patch", '{"input":"raw"}'),
        ToolCall("c3", "agents__spawn", "{}"),
    ),
    Finish(FinishReason.TOOL_CALLS),
    Usage(7, 900, 100, 88, 40),
)


def client(status: int, kind: str, *chunks: bytes, **headers: str) -> openai.OpenAI:
    """An SDK client whose server answers with these bytes."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        assert request.url.path == "/v1/responses"
        body: Iterator[bytes] = iter(chunks)
        return httpx2.Response(status, headers={"content-type": kind, **headers}, content=body)

    transport = httpx2.Client(transport=httpx2.MockTransport(answer))
    return openai.OpenAI(api_key="k", base_url="http://fairlead.test/v1", http_client=transport, max_retries=0)


def streamed(*chunks: bytes) -> openai.OpenAI:
    return client(200, "text/event-stream", *chunks)


def check(response: Response) -> None:
    """That the SDK has understood all of MESSAGE."""
    thought, search, message, function, patch, spawn = response.output
    assert isinstance(thought, ResponseReasoningItem)
    assert thought.summary[0].text == "hm"
    assert isinstance(search, ResponseFunctionWebSearch)
    assert search.action.type == "search"
    assert isinstance(message, ResponseOutputMessage)
    assert response.output_text == "Héllo wörld"
    assert isinstance(function, ResponseFunctionToolCall)
    assert (function.call_id, function.arguments) == ("c1", '{"a":1}')
    assert isinstance(patch, ResponseCustomToolCall)
    assert patch.input == "raw"
    assert isinstance(spawn, ResponseFunctionToolCall)
    assert (spawn.name, spawn.namespace) == ("spawn", "agents")
    assert response.usage is not None
    assert (response.usage.input_tokens, response.usage.output_tokens_details.reasoning_tokens) == (1007, 40)
    assert response.status == "completed"
    assert [tool.type for tool in response.tools] == ["function", "custom", "namespace"]


def test_a_whole_answer_is_read() -> None:
    body = OPENAI_RESPONSES.encode_response(MESSAGE, CONTEXT).body
    check(client(200, "application/json", body).responses.create(model="m", input="x"))


def test_a_whole_answer_fits_the_sdks_own_model_strictly() -> None:
    response = Response.model_validate_json(OPENAI_RESPONSES.encode_response(MESSAGE, CONTEXT).body)
    check(response)


def test_a_stream_is_accumulated_by_the_helper() -> None:
    stream = OPENAI_RESPONSES.stream_encoder(CONTEXT).feed(disassemble(MESSAGE))
    with streamed(stream[:1000], stream[1000:]).responses.stream(model="m", input="x") as helper:
        events = list(helper)
        final = helper.get_final_response()
    check(final)
    texts = [event.snapshot for event in events if event.type == "response.output_text.delta"]
    assert texts == ["Héllo ", "wörld"]


def test_a_stream_with_signs_of_life_in_it_is_accumulated_too() -> None:
    encoder = OPENAI_RESPONSES.stream_encoder(CONTEXT)
    stream = b"".join(encoder.feed([event]) + encoder.keepalive() for event in disassemble(MESSAGE))
    with streamed(stream).responses.stream(model="m", input="x") as helper:
        check(helper.get_final_response())


def test_raw_events_are_read_strictly_and_numbered() -> None:
    stream = OPENAI_RESPONSES.stream_encoder(CONTEXT).feed(disassemble(MESSAGE))
    events = list(streamed(stream).responses.create(model="m", input="x", stream=True))
    assert [event.sequence_number for event in events] == list(range(len(events)))
    for event, sent in zip(events, EventParser().feed(stream), strict=True):
        assert type(event).model_validate_json(sent.data).type == event.type


def test_a_failed_stream_is_never_taken_for_complete() -> None:
    events = [*disassemble(MESSAGE)[:12], Failed(Failure(Kind.CUT, "cut"))]
    stream = OPENAI_RESPONSES.stream_encoder(CONTEXT).feed(events)
    last = list(streamed(stream).responses.create(model="m", input="x", stream=True))[-1]
    assert last.type == "response.failed"
    assert last.response.error is not None
    assert (last.response.error.code, last.response.error.message) == ("server_error", "cut")
    helper = streamed(stream).responses.stream(model="m", input="x")
    with helper as opened, pytest.raises(RuntimeError):
        opened.get_final_response()


def test_a_failure_told_into_a_foreign_stream_is_read() -> None:
    passed = Passed("resp_x", "m", b'{"sequence_number":6}')
    told = OPENAI_RESPONSES.failure_event(Failure(Kind.IDLE_TIMEOUT, "silence"), "r1", passed)
    (event,) = list(streamed(told).responses.create(model="m", input="x", stream=True))
    assert event.type == "response.failed"
    assert (event.sequence_number, event.response.id) == (7, "resp_x")
    assert event.response.error is not None
    assert event.response.error.message == "silence"


@pytest.mark.parametrize(
    ("kind", "error", "code"),
    [
        (Kind.BAD_REQUEST, openai.BadRequestError, None),
        (Kind.CONTEXT_OVERFLOW, openai.BadRequestError, "context_length_exceeded"),
        (Kind.AUTHENTICATION, openai.AuthenticationError, "invalid_api_key"),
        (Kind.BILLING, openai.RateLimitError, "insufficient_quota"),
        (Kind.PERMISSION, openai.PermissionDeniedError, None),
        (Kind.NOT_FOUND, openai.NotFoundError, "not_found"),
        (Kind.RATE_LIMIT, openai.RateLimitError, "rate_limit_exceeded"),
        (Kind.OVERLOADED, openai.InternalServerError, "server_is_overloaded"),
        (Kind.UPSTREAM, openai.InternalServerError, "upstream_error"),
    ],
)
def test_errors_are_raised_as_what_they_are(kind: Kind, error: type[openai.APIStatusError], code: str | None) -> None:
    failure = Failure(kind, "no")
    body = OPENAI_RESPONSES.encode_failure(failure, "r1")
    answering = client(OPENAI_RESPONSES.failure_status(failure), "application/json", body)
    with pytest.raises(error, match=r"- no$") as caught:
        answering.responses.create(model="m", input="x")
    assert caught.value.code == code
