"""Google's own client reads what we send and is read by us: whole answers, streams, chats, functions and errors."""

import json
import warnings
from base64 import b64decode
from collections.abc import Callable, Iterator

import httpx2
import pytest

from fairlead.shared.assembly import disassemble
from fairlead.shared.codec import peek
from fairlead.shared.conversation import (
    Citation,
    Finish,
    FinishReason,
    Message,
    Request,
    SearchHit,
    ServerCall,
    ServerResult,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
    Usage,
)
from fairlead.shared.dialect import ReplyContext
from fairlead.shared.dialects.gemini import GEMINI
from fairlead.shared.events import Event
from fairlead.shared.failure import Failure, Kind

with warnings.catch_warnings():
    warnings.simplefilter("ignore", SyntaxWarning)
    warnings.simplefilter("ignore", DeprecationWarning)  # what its own source is written with
    from google import genai
    from google.genai import errors, types

CONTEXT = ReplyContext("r1", 5, "m")
Answer = Callable[[Request], Message | Failure]


class Fairlead:
    """Answers requests as an endpoint would: model and verb from the URL, the rest from the body."""

    def __init__(self, answer: Answer) -> None:
        self.requests: list[Request] = []
        self._answer = answer

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        model, _, verb = request.url.path.rpartition("/")[2].partition(":")
        stream = verb == "streamGenerateContent"
        named = {"model": json.dumps(model).encode(), "stream": json.dumps(stream).encode()}
        fields = peek(
            request.read()[:-1] + b"".join(b',"%b":%b' % (key.encode(), value) for key, value in named.items()) + b"}"
        )
        self.requests.append(GEMINI.decode_request(fields))
        answer = self._answer(self.requests[-1])
        if isinstance(answer, Failure):
            return httpx2.Response(GEMINI.failure_status(answer), content=GEMINI.encode_failure(answer, "req_1"))
        if not stream:
            return httpx2.Response(200, content=GEMINI.encode_response(answer, CONTEXT).body)
        return httpx2.Response(
            200, headers={"content-type": "text/event-stream"}, content=streamed(disassemble(answer))
        )


def streamed(events: list[Event]) -> Iterator[bytes]:
    """One event at a time, with a sign of life before each."""
    encoder = GEMINI.stream_encoder(CONTEXT)
    for event in events:
        yield encoder.keepalive() + encoder.feed([event])


@pytest.fixture
def connect() -> Iterator[Callable[[Answer], tuple[genai.Client, Fairlead]]]:
    opened: list[httpx2.Client] = []

    def to(answer: Answer) -> tuple[genai.Client, Fairlead]:
        server = Fairlead(answer)
        http = httpx2.Client(transport=httpx2.MockTransport(server))
        opened.append(http)
        options = types.HttpOptions(base_url="http://fairlead.test", httpx_client=http)
        return genai.Client(api_key="k", vertexai=False, http_options=options), server

    yield to
    for http in opened:
        http.close()


Connect = Callable[[Answer], tuple[genai.Client, Fairlead]]

CALL = ToolCall("toolu_1", "look", '{"where": "é"}')
THOUGHT = Thinking("because", "c2lnbmVk", "anthropic")
ANSWER = Message(
    "id7",
    "some-model",
    (THOUGHT, Text("I löok."), CALL),
    Finish(FinishReason.TOOL_CALLS),
    Usage(10, 20, 0, 7, 3),
)
CONFIG = types.GenerateContentConfig(
    system_instruction="be brief",
    temperature=0.5,
    max_output_tokens=99,
    stop_sequences=["END"],
    thinking_config=types.ThinkingConfig(include_thoughts=True, thinking_budget=2000),
    tools=[
        types.Tool(
            function_declarations=[
                types.FunctionDeclaration(
                    name="look",
                    description="looks",
                    parameters=types.Schema(
                        type=types.Type.OBJECT,
                        properties={"where": types.Schema(type=types.Type.STRING, nullable=True)},
                    ),
                )
            ]
        )
    ],
    tool_config=types.ToolConfig(
        function_calling_config=types.FunctionCallingConfig(mode=types.FunctionCallingConfigMode.ANY)
    ),
    automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
)


def checked(response: types.GenerateContentResponse, id: str = "id7") -> None:
    """What the client understood of `ANSWER`."""
    assert response.response_id == id
    assert response.model_version == "some-model"
    assert response.candidates is not None
    assert response.candidates[0].finish_reason is types.FinishReason.STOP
    usage = response.usage_metadata
    assert usage is not None
    counts = (usage.prompt_token_count, usage.cached_content_token_count, usage.candidates_token_count)
    assert (*counts, usage.thoughts_token_count, usage.total_token_count) == (30, 20, 4, 3, 37)


def test_what_the_client_asks_is_understood(connect: Connect) -> None:
    client, server = connect(lambda _: ANSWER)
    image = types.Part.from_bytes(data=b64decode("iVBORw0="), mime_type="image/png")
    client.models.generate_content(model="gemini-x", contents=["what is this", image], config=CONFIG)
    (request,) = server.requests
    assert (request.model, request.stream, request.max_tokens, request.stop) == ("gemini-x", False, 99, ("END",))
    assert request.instructions == (Text("be brief"),)
    assert [type(block).__name__ for block in request.turns[0].content] == ["Text", "Image"]
    assert request.reasoning.budget_tokens == 2000
    (tool,) = request.tools
    assert isinstance(tool, Tool)
    assert tool.parameters is not None
    assert json.loads(bytes(tool.parameters)) == {
        "type": "object",
        "properties": {"where": {"type": ["string", "null"]}},
    }


def test_the_client_understands_a_whole_answer(connect: Connect) -> None:
    client, _ = connect(lambda _: ANSWER)
    response = client.models.generate_content(model="gemini-x", contents="q", config=CONFIG)
    checked(response)
    thought, text, call = response.parts or ()
    assert (thought.text, thought.thought) == ("because", True)
    assert text.text == "I löok."
    assert call.function_call is not None
    assert (call.function_call.id, call.function_call.name, call.function_call.args) == (
        "toolu_1",
        "look",
        {"where": "é"},
    )


def test_the_client_understands_a_stream(connect: Connect) -> None:
    client, server = connect(lambda _: ANSWER)
    chunks = list(client.models.generate_content_stream(model="gemini-x", contents="q", config=CONFIG))
    assert server.requests[0].stream
    assert {chunk.response_id for chunk in chunks} == {"r1"}
    checked(chunks[-1], "r1")
    parts = [part for chunk in chunks for part in chunk.parts or ()]
    assert "".join(part.text or "" for part in parts if part.thought) == "because"
    assert "".join(part.text or "" for part in parts if not part.thought) == "I löok."
    assert [part.function_call.args for part in parts if part.function_call] == [{"where": "é"}]


@pytest.mark.parametrize("stream", [False, True])
def test_a_chat_brings_reasoning_of_others_back_to_its_maker(connect: Connect, stream: bool) -> None:
    client, server = connect(lambda _: ANSWER)
    chat = client.chats.create(model="gemini-x", config=CONFIG)
    result = types.Part.from_function_response(name="look", response={"output": "seen"})
    if stream:
        list(chat.send_message_stream("q"))
        list(chat.send_message_stream(result))
    else:
        chat.send_message("q")
        chat.send_message(result)
    _, answered, asked = server.requests[1].turns
    call = ToolCall(CALL.id, CALL.name, json.dumps({"where": "é"}))
    assert answered.content == (THOUGHT, Text("I löok."), call)
    assert asked.content == (ToolResult("toolu_1", (Text("seen"),)),)


def test_functions_are_called_by_the_client_and_answered(connect: Connect) -> None:
    answers = iter([ANSWER, Message("id8", "m", (Text("done"),), Finish(FinishReason.STOP), Usage())])

    def look(where: str) -> str:
        """Looks."""
        return f"saw {where}"

    client, server = connect(lambda _: next(answers))
    response = client.models.generate_content(
        model="gemini-x", contents="q", config=types.GenerateContentConfig(tools=[look])
    )
    assert response.text == "done"
    assert server.requests[1].turns[-1].content[0] == ToolResult(
        "toolu_1",
        (Text("saw é"),),
        extras=server.requests[1].turns[-1].content[0].extras,  # type: ignore[union-attr]
    )


def test_the_client_understands_grounding(connect: Connect) -> None:
    url = "https://e.example/"
    message = Message(
        "id",
        "m",
        (
            ServerCall("s", "web_search", '{"query":"q"}'),
            ServerResult("s", "web_search", (SearchHit(url, "E"),)),
            Text("Löok", citations=(Citation(url, "E", None, 1, 4),)),
        ),
        Finish(FinishReason.STOP),
        Usage(),
    )
    client, _ = connect(lambda _: message)
    candidates = client.models.generate_content(model="gemini-x", contents="q").candidates
    assert candidates is not None
    grounding = candidates[0].grounding_metadata
    assert grounding is not None
    assert grounding.web_search_queries == ["q"]
    supports = grounding.grounding_supports
    assert supports is not None
    assert supports[0].segment is not None
    assert (supports[0].segment.start_index, supports[0].segment.end_index) == (1, 5)


@pytest.mark.parametrize(
    ("kind", "code", "status", "error"),
    [
        (Kind.BAD_REQUEST, 400, "INVALID_ARGUMENT", errors.ClientError),
        (Kind.RATE_LIMIT, 429, "RESOURCE_EXHAUSTED", errors.ClientError),
        (Kind.OVERLOADED, 503, "UNAVAILABLE", errors.ServerError),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_the_client_understands_a_failure(
    connect: Connect, stream: bool, kind: Kind, code: int, status: str, error: type[errors.APIError]
) -> None:
    client, _ = connect(lambda _: Failure(kind, "because", retry_after=1))
    ask = client.models.generate_content_stream if stream else client.models.generate_content
    with pytest.raises(error) as caught:
        list(ask(model="gemini-x", contents="q"))
    assert (caught.value.code, caught.value.status, caught.value.message) == (code, status, "because")


def test_the_client_notices_a_stream_that_breaks_off() -> None:
    encoder = GEMINI.stream_encoder(CONTEXT)
    *begun, _closed, _counted, _finished, _ended = disassemble(ANSWER)
    out = encoder.feed(begun) + GEMINI.failure_event(Failure(Kind.CUT, "cut"), "r1")
    http = httpx2.Client(transport=httpx2.MockTransport(lambda _: httpx2.Response(200, content=out)))
    options = types.HttpOptions(base_url="http://fairlead.test", httpx_client=http)
    client = genai.Client(api_key="k", vertexai=False, http_options=options)
    with http, pytest.raises(errors.APIError) as caught:
        list(client.models.generate_content_stream(model="gemini-x", contents="q"))
    assert caught.value.message == "cut"
