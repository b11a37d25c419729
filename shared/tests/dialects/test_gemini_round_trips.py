"""Generated conversations and answers: there and back they mean the same, and no input breaks a decoder."""

import json
from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fairlead.shared.assembly import assemble, disassemble
from fairlead.shared.codec import peek
from fairlead.shared.conversation import (
    Base64Source,
    Citation,
    Finish,
    FinishReason,
    Image,
    Message,
    RedactedThinking,
    Request,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    Turn,
    Usage,
)
from fairlead.shared.dialect import ReplyContext
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.dialects.gemini import GEMINI
from fairlead.shared.dialects.gemini.names import legal_name, original_name
from fairlead.shared.dialects.gemini.offsets import Offsets
from fairlead.shared.dialects.gemini.signatures import read_signature, sealed_signature
from fairlead.shared.failure import FailureError
from fairlead.shared.profile import BETWEEN_SERVICES, PLAIN
from fairlead.shared.sse import EventParser, ServerEvent

CONTEXT = ReplyContext("r1", 5, "m")
OPENAI = DIALECTS["openai"]

words = st.text(st.characters(codec="utf-8"), min_size=1, max_size=6)
signatures = st.sampled_from(["c2ln", "dGhl", "b3Ro"])
objects = st.dictionaries(words, st.integers() | words | st.none(), max_size=2)


def parts_of_a_model() -> st.SearchStrategy[list[dict[str, Any]]]:
    """Parts as a model sends them: what is signed, what is thought, calls with ids of their own."""
    text = st.builds(lambda text: {"text": text}, words)
    signed = st.builds(lambda text, sign: {"text": text, "thoughtSignature": sign}, words | st.just(""), signatures)
    thought = st.builds(lambda text: {"text": text, "thought": True}, words)
    call = st.builds(lambda args: {"functionCall": {"name": "f", "args": args}}, objects)
    signed_call = st.builds(lambda part, sign: {**part, "thoughtSignature": sign}, call, signatures)
    code = st.builds(lambda text: {"executableCode": {"code": text}}, words)
    return st.lists(text | signed | thought | call | signed_call | code, min_size=1, max_size=5)


def numbered(parts: list[dict[str, Any]], turn: int) -> list[dict[str, Any]]:
    told = []
    for place, part in enumerate(parts):
        call = part.get("functionCall")
        told.append(part if call is None else {**part, "functionCall": {"id": f"c{turn}_{place}", **call}})
    return told


def joined(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Pieces of one text or thought as one part: a client may record them either way."""
    told: list[dict[str, Any]] = []
    for part in parts:
        plain = set(part) - {"thought"} == {"text"}
        if told and plain and set(told[-1]) == set(part):
            told[-1] = {**part, "text": told[-1]["text"] + part["text"]}
        else:
            told.append(part)
    return told


@st.composite
def conversations(draw: st.DrawFn) -> list[dict[str, Any]]:
    contents: list[dict[str, Any]] = []
    for turn in range(draw(st.integers(1, 3))):
        contents.append(
            {"role": "user", "parts": [{"text": text} for text in draw(st.lists(words, min_size=1, max_size=2))]}
        )
        parts = numbered(draw(parts_of_a_model()), turn)
        contents.append({"role": "model", "parts": parts})
        calls = [part["functionCall"] for part in parts if "functionCall" in part]
        if calls:
            answers = [
                {"functionResponse": {"id": call["id"], "name": "f", "response": draw(objects)}} for call in calls
            ]
            contents.append({"role": "user", "parts": answers})
    return [*contents, {"role": "user", "parts": [{"text": "last"}]}]


def decoded(contents: list[dict[str, Any]]) -> Request:
    return GEMINI.decode_request(peek(json.dumps({"model": "gemini-3.8-flash", "contents": contents}).encode()))


@given(conversations())
def test_a_conversation_comes_back_as_it_was(contents: list[dict[str, Any]]) -> None:
    written = json.loads(GEMINI.encode_request(decoded(contents), PLAIN).body)["contents"]
    assert [{**one, "parts": joined(one["parts"])} for one in written] == [
        {**one, "parts": joined(one["parts"])} for one in contents
    ]


def lane_knows(content: dict[str, Any]) -> bool:
    """Chat's reasoning details do not say that a signature stands on an empty text, which matters only before others."""
    return all(part.get("text") != "" for part in content["parts"][:-1])


@given(conversations().filter(lambda contents: all(map(lane_knows, contents))))
def test_a_conversation_crosses_between_the_services_unchanged(contents: list[dict[str, Any]]) -> None:
    request = decoded(contents)
    lane = OPENAI.decode_request(peek(OPENAI.encode_request(request, BETWEEN_SERVICES).body))
    assert GEMINI.encode_request(lane, PLAIN).body == GEMINI.encode_request(request, PLAIN).body


@given(parts_of_a_model(), st.integers(1, 4))
def test_an_answer_means_the_same_whole_and_in_pieces(parts: list[dict[str, Any]], size: int) -> None:
    def body(some: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
        return {"candidates": [{"content": {"parts": some}, **more}], "responseId": "r", "modelVersion": "m"}

    whole = GEMINI.decode_response(json.dumps(body(numbered(parts, 0), finishReason="STOP")).encode())
    decoder = GEMINI.stream_decoder()
    events = []
    for at in range(0, len(parts), size):
        events += decoder.feed(ServerEvent("", json.dumps(body(numbered(parts, 0)[at : at + size])).encode()))
    events += decoder.feed(ServerEvent("", b'{"candidates":[{"finishReason":"STOP"}]}')) + decoder.close()
    streamed = assemble(events)
    assert [str(block) for block in streamed.content if not unlike(block)] == [
        str(block) for block in whole.content if not unlike(block)
    ]
    assert streamed.finish == whole.finish


def unlike(block: Any) -> bool:
    """Raw text has no equality of its own."""
    return hasattr(block, "raw")


makers = st.sampled_from(["anthropic", "openai", "", "gemini"])
reasoning = st.builds(Thinking, words, words | st.just(""), makers) | st.builds(RedactedThinking, words, makers)


@st.composite
def answers(draw: st.DrawFn) -> Message:
    """Any answer of any provider."""
    calls = st.builds(ToolCall, st.sampled_from("abc"), st.just("f"), st.sampled_from(["{}", '{"a":1}', "[", "", "1"]))
    cited = st.builds(Citation, st.just("https://e.example/"), words, words, st.none() | st.integers(0, 9), st.none())
    texts = st.builds(lambda text, one: Text(text, citations=(one,)), words, cited) | st.builds(
        Text, words | st.just("")
    )
    content = tuple(draw(st.lists(reasoning | calls | texts, max_size=6)))
    reason = draw(st.sampled_from(list(FinishReason)))
    usage = draw(st.builds(Usage, *[st.integers(0, 99)] * 3, st.integers(50, 99), st.integers(0, 50)))
    return Message("id", "model", content, Finish(reason), usage)


@given(answers())
def test_any_answer_means_the_same_to_a_client_that_reads_it_whole_or_streamed(message: Message) -> None:
    whole = json.loads(GEMINI.encode_response(message, CONTEXT).body)
    parser = EventParser()
    out = GEMINI.stream_encoder(CONTEXT).feed(disassemble(message))
    chunks = [json.loads(event.data) for event in parser.feed(out)]
    candidate, last = whole["candidates"][0], chunks[-1]["candidates"][0]
    told = [part for one in chunks for part in one["candidates"][0]["content"]["parts"] if part != {"text": ""}]
    assert told == [part for part in candidate["content"]["parts"] if part != {"text": ""}]
    assert {**candidate, "content": None} == {**last, "content": None}
    assert chunks[-1]["usageMetadata"] == whole["usageMetadata"]


@given(answers())
def test_usage_comes_back_as_it_was(message: Message) -> None:
    plain = Message("id", "m", (Text("a"),), Finish(FinishReason.STOP), message.usage)
    again = GEMINI.decode_response(GEMINI.encode_response(plain, CONTEXT).body).usage
    assert (again.prompt, again.output, again.reasoning) == (
        message.usage.prompt,
        message.usage.output,
        message.usage.reasoning,
    )


@given(st.lists(reasoning, min_size=1, max_size=3))
def test_sealed_reasoning_opens_again(blocks: list[Any]) -> None:
    sealed = sealed_signature(blocks)
    assert not set(sealed) & set("+/-_")
    assert read_signature(sealed) == tuple(blocks)


@given(st.text(max_size=40))
def test_a_signature_of_any_form_is_read(text: str) -> None:
    blocks = read_signature(text)
    assert len(blocks) <= 1
    assert all(isinstance(block, Thinking) and block.signature == text for block in blocks)


@given(st.text(min_size=1, max_size=12))
def test_every_name_is_known_again(name: str) -> None:
    assert original_name(legal_name(name)) == name
    assert legal_name(legal_name("x")) == "x"


@given(st.lists(st.text(max_size=5), max_size=5))
def test_places_are_the_same_counted_either_way(fragments: list[str]) -> None:
    text, offsets = "".join(fragments), Offsets()
    for fragment in fragments:
        offsets.grow(fragment)
    for char in range(len(text) + 1):
        byte = len(text[:char].encode("utf-8", "surrogatepass"))
        assert (offsets.byte(char), offsets.char(byte)) == (byte, char)


# Arbitrary input -------------------------------------------------------------------------------------------------------

anything: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "candidates",
                    "content",
                    "parts",
                    "text",
                    "thought",
                    "thoughtSignature",
                    "functionCall",
                    "functionResponse",
                    "name",
                    "id",
                    "args",
                    "response",
                    "inlineData",
                    "mimeType",
                    "data",
                    "fileData",
                    "fileUri",
                    "role",
                    "index",
                    "finishReason",
                    "usageMetadata",
                    "promptTokenCount",
                    "error",
                    "code",
                    "message",
                    "status",
                    "details",
                    "promptFeedback",
                    "blockReason",
                    "groundingMetadata",
                    "webSearchQueries",
                    "groundingChunks",
                    "web",
                    "uri",
                    "groundingSupports",
                    "segment",
                    "contents",
                    "tools",
                    "functionDeclarations",
                    "parameters",
                    "toolConfig",
                    "functionCallingConfig",
                    "generationConfig",
                    "thinkingConfig",
                    "thinkingBudget",
                    "responseSchema",
                    "systemInstruction",
                    "model",
                    "stream",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(anything)
def test_any_request_is_read_or_refused_and_what_is_read_can_be_written(value: Any) -> None:
    body = value if isinstance(value, dict) else {"contents": value}
    try:
        request = GEMINI.decode_request(peek(json.dumps({"model": "gemini-3", **body}).encode()))
        GEMINI.encode_request(request, PLAIN)
    except FailureError as error:
        refused = error.failure.http_status
    else:
        refused = 400
    assert refused == 400


@given(anything)
def test_any_answer_is_read_or_a_failure(value: Any) -> None:
    body = json.dumps(value).encode()
    for one in (body, json.dumps({"candidates": [value]}).encode(), json.dumps([value]).encode()):
        with suppress(FailureError):
            GEMINI.encode_response(GEMINI.decode_response(one), CONTEXT)
    GEMINI.decode_failure(500, body)
    for make in (GEMINI.stream_decoder, GEMINI.stream_watcher):
        decoder = make()
        events = decoder.feed(ServerEvent("", body)) + decoder.close()
        assert GEMINI.stream_encoder(CONTEXT).feed(events)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_failure_or_an_answer(data: bytes) -> None:
    decoder = GEMINI.stream_decoder()
    assert decoder.feed(ServerEvent("", data)) + decoder.close()
    assert GEMINI.decode_failure(500, data).message
    with suppress(FailureError):
        GEMINI.decode_response(data)


def test_a_picture_in_a_result_crosses_between_the_services() -> None:
    result = ToolResult("a", (Text("see"), Image(Base64Source("image/png", "AAAA"))))
    turns = (Turn("user", (Text("q"),)), Turn("assistant", (ToolCall("a", "f", "{}"),)), Turn("user", (result,)))
    request = Request("gemini-3.8-flash", turns)
    lane = OPENAI.decode_request(peek(OPENAI.encode_request(request, BETWEEN_SERVICES).body))
    assert GEMINI.encode_request(lane, PLAIN).body == GEMINI.encode_request(request, PLAIN).body
