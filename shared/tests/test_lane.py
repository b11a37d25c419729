"""The openai lane is lossless: from Anthropic to chat and back is the identity on meaning."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw
from msgspec.structs import replace

from fairlead.shared.codec import peek
from fairlead.shared.conversation import (
    Base64Source,
    CacheHint,
    Citation,
    Document,
    Extras,
    FileSource,
    Finish,
    FinishReason,
    Image,
    Message,
    RedactedThinking,
    Request,
    ServerCall,
    Text,
    TextSource,
    Thinking,
    ToolCall,
    ToolResult,
    Turn,
    Unknown,
    UrlSource,
    Usage,
)
from fairlead.shared.dialect import ReplyContext
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.events import CitationDelta, Closed, Counted, Ended, Finished, Opened, Started, TextDelta
from fairlead.shared.profile import BETWEEN_SERVICES, PLAIN
from fairlead.shared.sse import EventParser
from fairlead.shared.tool_ids import ToolIds
from fairlead.shared.translation import Translated, answer_from_stream, stream_from_answer

from .conftest import anthropic_stream, delta, start, stop

ANTHROPIC, OPENAI = DIALECTS["anthropic"], DIALECTS["openai"]
CONTEXT = ReplyContext("r1", 5, "m")
LANE = ReplyContext("r1", 5, "m", extensions=True)


def there_and_back(request: dict[str, Any]) -> dict[str, Any]:
    lane = OPENAI.encode_request(ANTHROPIC.decode_request(peek(json.dumps(request).encode())), BETWEEN_SERVICES)
    assert lane.losses == ()
    back = ANTHROPIC.encode_request(OPENAI.decode_request(peek(lane.body)), PLAIN)
    assert back.losses == ()
    return json.loads(back.body)  # type: ignore[no-any-return]


def test_an_agents_request_comes_through_whole(agent_request: dict[str, Any]) -> None:
    assert there_and_back(agent_request) == agent_request


def test_arguments_and_schemas_keep_every_byte(agent_request: dict[str, Any]) -> None:
    body = json.dumps(agent_request).replace('{"n": 1.0', '{"n":  1.50e1').encode()
    lane = OPENAI.encode_request(ANTHROPIC.decode_request(peek(body)), BETWEEN_SERVICES)
    back = ANTHROPIC.encode_request(OPENAI.decode_request(peek(lane.body)), PLAIN)
    assert b'{"n":  1.50e1, "file_path": "\\u00e9"}' in back.body
    assert json.dumps(agent_request["tools"][0]["input_schema"]).encode() in back.body


UNKNOWN_BLOCKS = [
    {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "q"}},
    {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": [{"type": "web_search_result"}]},
    {"type": "text", "text": "as they say", "citations": [{"type": "web_search_result_location"}]},
    {"type": "block_of_next_year", "anything": [1, {"a": None}]},
    {"type": "text", "text": "with a new field", "mood": {"a": 1}},
]


@pytest.mark.parametrize("block", UNKNOWN_BLOCKS, ids=lambda block: "-".join(block))
def test_what_only_anthropic_knows_is_carried_verbatim(block: dict[str, Any], agent_request: dict[str, Any]) -> None:
    agent_request["messages"][2]["content"].insert(2, block)
    assert there_and_back(agent_request) == agent_request


def test_a_new_field_on_a_message_or_a_tool_is_carried(agent_request: dict[str, Any]) -> None:
    agent_request["messages"][1]["clear_at"] = "next_user_message"
    agent_request["tools"][0]["input_examples"] = [{"file_path": "x"}]
    agent_request["tools"].append({"type": "web_search_20250305", "name": "web_search", "max_uses": 8})
    agent_request["tools"].append({"name": "Late", "input_schema": {"type": "object"}, "defer_loading": True})
    assert there_and_back(agent_request) == agent_request


def test_a_result_finds_its_call_though_an_earlier_one_of_that_id_has_none() -> None:
    call = ToolCall("call_0", "f", "{}")
    said = (Turn("user", (Text("q"),)), Turn("assistant", (call,))) * 2
    request = Request("m", (*said, Turn("user", (ToolResult("call_0", (Text("r"),)),))), max_tokens=9)
    lane = OPENAI.decode_request(peek(OPENAI.encode_request(request, BETWEEN_SERVICES).body))
    told = json.loads(ANTHROPIC.encode_request(lane, PLAIN).body)["messages"]
    assert told[-1]["content"][0]["content"] == [{"type": "text", "text": "r"}]
    assert told == json.loads(ANTHROPIC.encode_request(request, PLAIN).body)["messages"]


def test_the_same_request_gives_the_same_bytes_every_time(agent_request: dict[str, Any]) -> None:
    body = json.dumps(agent_request).encode()
    first, second = (
        OPENAI.encode_request(ANTHROPIC.decode_request(peek(body)), BETWEEN_SERVICES).body for _ in range(2)
    )
    assert first == second


def test_an_answer_comes_through_whole() -> None:
    answer = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-x",
        "content": [
            {"type": "thinking", "thinking": "hm", "signature": "c2ln"},
            {"type": "redacted_thinking", "data": "ZGF0"},
            {"type": "text", "text": "ok"},
            {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"a": [1, 2]}},
        ],
        "stop_reason": "tool_use",
        "stop_sequence": None,
        "usage": {
            "input_tokens": 7,
            "cache_creation_input_tokens": 1,
            "cache_read_input_tokens": 2,
            "output_tokens": 3,
            "output_tokens_details": {"thinking_tokens": 1},
        },
    }
    lane = OPENAI.encode_response(ANTHROPIC.decode_response(json.dumps(answer).encode()), LANE).body
    back = ANTHROPIC.encode_response(OPENAI.decode_response(lane), CONTEXT).body
    assert json.loads(back) == {**answer, "id": "msg_r1"}


def test_a_stream_comes_through_whole(agent_stream: bytes) -> None:
    there, back = Translated(ANTHROPIC, OPENAI, LANE), Translated(OPENAI, ANTHROPIC, CONTEXT)
    out = back.feed(there.feed(agent_stream) + there.close()) + back.close()
    told, original = answer_from_stream(ANTHROPIC, out), answer_from_stream(ANTHROPIC, agent_stream)
    assert told.content == original.content
    assert told.finish == original.finish
    assert told.usage == original.usage
    assert there.encoder.violations == back.encoder.violations == {}


def test_what_the_start_says_of_usage_stands_at_the_start_after_the_lane() -> None:
    at_start = {
        "input_tokens": 7,
        "cache_creation_input_tokens": 30,
        "cache_read_input_tokens": 2,
        "output_tokens": 1,
        "cache_creation": {"ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 20},
        "service_tier": "standard",
        "inference_geo": "eu",
    }
    at_end = {**dict(list(at_start.items())[:3]), "output_tokens": 9, "server_tool_use": {"web_search_requests": 1}}
    message = {"id": "msg_01", "type": "message", "role": "assistant", "model": "claude-x", "content": []}
    given = anthropic_stream(
        {
            "type": "message_start",
            "message": {**message, "stop_reason": None, "stop_sequence": None, "usage": at_start},
        },
        start(0, type="text", text=""),
        delta(0, type="text_delta", text="a"),
        stop(0),
        {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": at_end},
        {"type": "message_stop"},
    )
    there, back = Translated(ANTHROPIC, OPENAI, LANE), Translated(OPENAI, ANTHROPIC, CONTEXT)
    lane = there.feed(given) + there.close()
    out = back.feed(lane) + back.close()
    events = [json.loads(event.data) for event in EventParser().feed(out)]
    assert events[0]["message"]["usage"] == at_start
    assert events[-2]["usage"] == at_end
    assert there.encoder.violations == back.encoder.violations == {}
    plain = Translated(ANTHROPIC, OPENAI, CONTEXT)
    assert b"fairlead" not in plain.feed(given)


def test_figures_known_before_the_beginning_do_not_take_its_name_from_an_answer() -> None:
    usage = Usage(3, extras=Extras("gemini", {"promptTokensDetails": Raw(b"[1]")}))
    told = OPENAI.stream_encoder(LANE).feed([Counted(usage), Started("chatcmpl-7", "gemini-x")])
    back = OPENAI.stream_decoder()
    (event,) = EventParser().feed(told)
    assert back.feed(event) == [Counted(usage), Started("chatcmpl-7", "gemini-x")]


def test_an_empty_text_and_a_citation_before_its_text_come_through_a_stream() -> None:
    cited = Citation("https://e.example/", raw=Unknown("anthropic", Raw(b'{"type":"web_search_result_location"}')))
    events = [
        Started("msg_1", "m"),
        Opened(0, Text("")),
        Closed(0),
        Opened(1, Text("")),
        CitationDelta(1, cited),
        TextDelta(1, "so"),
        Closed(1),
        Finished(Finish(FinishReason.STOP)),
        Ended(),
    ]
    back = Translated(OPENAI, ANTHROPIC, CONTEXT)
    told = back.feed(OPENAI.stream_encoder(LANE).feed(events)) + back.close()
    first, second = answer_from_stream(ANTHROPIC, told).content
    assert first == Text("")
    assert isinstance(second, Text)
    assert (second.text, len(second.citations)) == ("so", 1)


def test_a_refusal_after_a_text_comes_through_a_stream_as_it_is() -> None:
    events = [
        Started("msg_1", "m"),
        Opened(0, Text("")),
        TextDelta(0, "a"),
        Closed(0),
        Opened(1, Text("", refusal=True)),
        TextDelta(1, "no"),
        Closed(1),
        Finished(Finish(FinishReason.REFUSAL)),
        Ended(),
    ]
    answer = answer_from_stream(OPENAI, OPENAI.stream_encoder(LANE).feed(events))
    assert answer.content == (Text("a"), Text("no", refusal=True))
    assert answer.finish.reason is FinishReason.REFUSAL


BEGUN: list[tuple[Any, ...]] = [
    (Text("a"), Text("b")),
    (Thinking("hm"), Thinking("", "c2ln", "gemini"), ToolCall("t", "f", "{}")),
    (Thinking("hm", "c2ln", "anthropic"), Text("a")),
    (Thinking("hm", extras=Extras("openai-responses", {"id": Raw(b'"rs_1"')})), Text("a")),
    (ToolCall("t", "f", "{}"), ToolCall("t", "f", "{}"), ToolCall("t", "f", "a", custom=True)),
]


@pytest.mark.parametrize("blocks", BEGUN, ids=lambda blocks: "-".join(type(block).__name__ for block in blocks))
def test_blocks_that_begin_with_all_they_say_come_through_a_stream_once_and_apart(blocks: tuple[Any, ...]) -> None:
    said = [event for at, block in enumerate(blocks) for event in (Opened(at, block), Closed(at))]
    events = [Started("msg_1", "m"), *said, Finished(Finish(FinishReason.STOP)), Ended()]
    ids = ToolIds()
    told = answer_from_stream(OPENAI, OPENAI.stream_encoder(LANE).feed(events)).content
    assert told == tuple(replace(one, id=ids.call(one.id)) if isinstance(one, ToolCall) else one for one in blocks)


def test_a_delta_nobody_knows_before_the_first_words_of_a_text_comes_through_a_stream() -> None:
    later = {"type": "later_delta", "z": 1}
    said = [start(0, type="text", text=""), delta(0, **later), delta(0, type="text_delta", text="a"), stop(0)]
    there, back = Translated(ANTHROPIC, OPENAI, LANE), Translated(OPENAI, ANTHROPIC, CONTEXT)
    told = back.feed(there.feed(anthropic_stream(*said)))
    assert [json.loads(one.data) for one in EventParser().feed(told)][1:] == said[:-1]


def test_a_user_who_said_nothing_is_there_after_the_lane() -> None:
    asked = {"model": "m", "messages": [{"role": "user", "content": ""}, {"role": "assistant", "content": "a"}]}
    request = OPENAI.decode_request(peek(json.dumps(asked).encode()))
    assert OPENAI.decode_request(peek(OPENAI.encode_request(request, BETWEEN_SERVICES).body)).turns == request.turns


# Whatever may come ----------------------------------------------------------------------------------------------------

RAW = st.sampled_from([b'{"a":1}', b"[1, 2.0]", b'"x"', b"null", b'{"n":{"e":"\\u00e9"}}']).map(Raw)
EXTRAS = st.none() | st.dictionaries(st.sampled_from(["caller", "later"]), RAW, min_size=1).map(
    lambda fields: Extras("anthropic", fields)
)
WORDS = st.text(min_size=1).filter(str.strip)
CACHE = st.sampled_from([None, CacheHint(), CacheHint("1h")])
ARGUMENTS = st.dictionaries(st.text(max_size=3), st.integers() | st.text(max_size=5), max_size=3).map(
    lambda value: json.dumps(value, ensure_ascii=False)
)
CITATION = st.builds(
    lambda url: Citation(
        url, "t", "q", raw=Unknown("anthropic", Raw(json.dumps({"type": "later", "url": url}).encode()))
    ),
    st.text(),
)
TEXT = st.builds(Text, WORDS, CACHE, EXTRAS, st.lists(CITATION, max_size=2).map(tuple))
SOURCE = st.sampled_from(
    [Base64Source("image/png", "AAAA"), UrlSource("https://e.example/x.png"), FileSource("file_1")]
)
UNKNOWN = st.builds(
    lambda value: Unknown("anthropic", Raw(json.dumps({"type": "new", "x": value}).encode())), st.text()
)
PART = TEXT | st.builds(Image, SOURCE, cache=CACHE, extras=EXTRAS) | UNKNOWN
DOCUMENT = st.builds(Document, SOURCE | st.builds(TextSource, st.text()), st.none() | st.text(), CACHE, EXTRAS)
THINKING = st.builds(Thinking, st.text(), WORDS, st.just("anthropic")) | st.builds(
    RedactedThinking, WORDS, st.just("anthropic")
)
SERVER = st.builds(
    lambda text: ServerCall("srvtoolu_1", "web_search", text, Unknown("anthropic", Raw(b'{"type":"server_tool_use"}'))),
    ARGUMENTS,
)


@st.composite
def exchanges(draw: st.DrawFn) -> tuple[Turn, ...]:
    """A question, an answer with calls, and a turn that answers the calls in another order."""
    asked = Turn("user", tuple(draw(st.lists(PART | DOCUMENT, min_size=1, max_size=3))))
    number = draw(st.integers(0, 3))
    calls = [
        ToolCall(f"toolu_{draw(st.integers(0, 9**9))}_{index}", "f", draw(ARGUMENTS), draw(CACHE), draw(EXTRAS))
        for index in range(number)
    ]
    said = draw(st.lists(TEXT | THINKING | UNKNOWN | SERVER, min_size=0 if calls else 1, max_size=4))
    answered = Turn("assistant", tuple(draw(st.permutations([*said, *calls]))))
    results = [
        ToolResult(call.id, tuple(draw(st.lists(PART, max_size=2))), draw(st.sampled_from([None, True])), draw(CACHE))
        for call in draw(st.permutations(calls))
    ]
    back = Turn("user", (*results, *draw(st.lists(PART, min_size=0 if results else 1, max_size=2))))
    return asked, answered, back


@given(st.lists(exchanges(), min_size=1, max_size=3), st.lists(TEXT, max_size=2))
def test_any_conversation_comes_through_whole(rounds: list[tuple[Turn, ...]], instructions: list[Text]) -> None:
    request = Request("m", tuple(turn for turns in rounds for turn in turns), tuple(instructions), max_tokens=9)
    lane = OPENAI.encode_request(request, BETWEEN_SERVICES)
    assert lane.losses == ()
    back = OPENAI.decode_request(peek(lane.body))
    assert ANTHROPIC.encode_request(back, PLAIN).body == ANTHROPIC.encode_request(request, PLAIN).body


ANSWER_BLOCKS = st.lists(
    TEXT.map(lambda text: replace(text, cache=None))
    | THINKING
    | st.builds(Thinking, WORDS)
    | st.builds(Thinking, st.just(""), WORDS, st.just("gemini"))
    | UNKNOWN
    | st.builds(ToolCall, st.integers(0, 9**9).map(str), st.just("f"), ARGUMENTS, extras=EXTRAS, custom=st.booleans())
    | SERVER.map(lambda call: replace(call, raw=None)),
    max_size=6,
    unique_by=lambda block: getattr(block, "id", id(block)),
)
FINISH = st.builds(Finish, st.sampled_from(FinishReason)) | st.builds(
    Finish, st.just(FinishReason.STOP_SEQUENCE), st.text()
)


@given(ANSWER_BLOCKS, FINISH)
def test_any_answer_comes_through_whole_and_streamed(blocks: list[Any], finish: Finish) -> None:
    if finish.reason in (FinishReason.STOP, FinishReason.TOOL_CALLS):  # which of them it is, the calls tell
        called = any(isinstance(block, ToolCall) for block in blocks)
        finish = Finish(FinishReason.TOOL_CALLS if called else FinishReason.STOP)
    message = Message("msg_1", "m", tuple(blocks), finish, Usage(1, 2, 3, 4, 5))
    direct = ANTHROPIC.encode_response(message, CONTEXT).body
    lane = OPENAI.decode_response(OPENAI.encode_response(message, LANE).body)
    assert json.loads(ANTHROPIC.encode_response(lane, CONTEXT).body) | {"id": ""} == json.loads(direct) | {"id": ""}
    streamed = stream_from_answer(message, OPENAI, LANE).body
    back = Translated(OPENAI, ANTHROPIC, CONTEXT)
    told = answer_from_stream(ANTHROPIC, back.feed(streamed) + back.close())
    plain = answer_from_stream(ANTHROPIC, stream_from_answer(message, ANTHROPIC, CONTEXT).body)
    assert told.content == plain.content
    assert told.finish == plain.finish
    assert told.usage == plain.usage
