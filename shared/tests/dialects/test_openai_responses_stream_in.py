"""Facts about Responses streams as they are read, in the many ways servers send them."""

import json

import pytest
from msgspec import Raw

from fairlead.shared.conversation import (
    Citation,
    Extras,
    Finish,
    FinishReason,
    Message,
    RedactedThinking,
    ServerCall,
    ServerResult,
    Text,
    Thinking,
    ToolCall,
    Unknown,
    Usage,
)
from fairlead.shared.events import (
    ArgumentsDelta,
    Closed,
    Counted,
    Ended,
    Finished,
    Opened,
    Pinged,
    Started,
    TextDelta,
)
from fairlead.shared.provenance import seal
from fairlead.shared.sse import ServerEvent

from .responses_shapes import (
    CREATED,
    NAME,
    WHOLE,
    added,
    answer,
    arguments,
    call,
    decode,
    done,
    end,
    event,
    message,
    reasoning,
    said,
    text,
)

# Texts ------------------------------------------------------------------------------------------


def test_a_text_is_told_once() -> None:
    assert decode(*WHOLE) == [
        Started("resp_1", "m"),
        Opened(0, Text("")),
        TextDelta(0, "a"),
        TextDelta(0, "b"),
        Closed(0),
        Counted(Usage(9, 0, 0, 2, 0)),
        Finished(Finish(FinishReason.STOP)),
        Ended(),
    ]
    assert answer(*WHOLE) == Message("resp_1", "m", (Text("ab"),), Finish(FinishReason.STOP), Usage(9, 0, 0, 2, 0))


@pytest.mark.parametrize("missing", [0, 1, 2, 4, 5, 6, 7])
def test_a_stream_that_leaves_out_one_event_tells_the_same(missing: int) -> None:
    told = answer(*WHOLE[:missing], *WHOLE[missing + 1 :])
    assert told.content == (Text("ab"),)
    assert told.finish == Finish(FinishReason.STOP)


@pytest.mark.parametrize(
    "events",
    [
        [CREATED, *WHOLE[1:3], *WHOLE[5:]],
        [CREATED, done(0, **message(said("ab"))), end()],
        [CREATED, end(message(said("ab")))],
        [end(message(said("ab")))],
        [CREATED, text("a"), text("b"), end()],
        [CREATED, added(0, **message()), event("output_text.done", output_index=0, content_index=0, text="ab"), end()],
        [CREATED, text("a"), end(message(said("ab")))],
        [CREATED, event("output_text.delta", item_id="x", delta="ab"), end()],
    ],
)
def test_what_only_some_events_say_is_told_once(events: list[ServerEvent]) -> None:
    assert answer(*events).content == (Text("ab"),)


def test_events_without_names_are_known_by_their_type() -> None:
    assert answer(*[ServerEvent("", one.data) for one in WHOLE]).content == (Text("ab"),)


def test_parts_of_a_message_are_blocks_and_its_phase_is_kept() -> None:
    phase = Extras(NAME, {"phase": Raw(b'"commentary"')})
    told = answer(
        CREATED,
        added(0, **message(phase="commentary")),
        text("a"),
        text("b", part=1),
        done(0, **message(said("a"), said("b"), phase="commentary")),
        end(),
    )
    assert told.content == (Text("a", extras=phase), Text("b", extras=phase))


def test_annotations_are_citations_told_once() -> None:
    cited = {"type": "url_citation", "url": "https://e.example", "title": "E", "start_index": 0, "end_index": 1}
    late = {**cited, "url": "https://f.example"}
    told = answer(
        CREATED,
        added(0, **message()),
        text("ab"),
        event("output_text.annotation.added", output_index=0, content_index=0, annotation_index=0, annotation=cited),
        done(0, **message(said("ab", cited, late))),
        end(),
    )
    raws = [Raw(json.dumps(one).encode()) for one in (cited, late)]
    assert told.content == (
        Text(
            "ab",
            citations=(
                Citation("https://e.example", "E", None, 0, 1, Unknown(NAME, raws[0])),
                Citation("https://f.example", "E", None, 0, 1, Unknown(NAME, raws[1])),
            ),
        ),
    )


def test_a_refusal_is_a_text_and_a_finish() -> None:
    told = answer(
        CREATED,
        added(0, **message()),
        event("content_part.added", output_index=0, content_index=0, part={"type": "refusal", "refusal": ""}),
        event("refusal.delta", output_index=0, content_index=0, delta="no"),
        done(0, **message({"type": "refusal", "refusal": "no"})),
        end(),
    )
    assert told.content == (Text("no", refusal=True),)
    assert told.finish == Finish(FinishReason.REFUSAL)


# Reasoning --------------------------------------------------------------------------------------


def thought(delta: str, part: int = 0) -> ServerEvent:
    return event("reasoning_summary_text.delta", output_index=0, summary_index=part, delta=delta)


def test_summary_parts_are_one_text_with_blank_lines_between() -> None:
    secret = reasoning("one", "two", encrypted_content="gA")
    told = answer(
        CREATED, added(0, **reasoning()), thought("on"), thought("e"), thought("two", 1), done(0, **secret), end()
    )
    (block,) = told.content
    assert isinstance(block, Thinking)
    assert (block.text, block.maker) == ("one\n\ntwo", NAME)
    assert json.loads(block.signature) == {"id": "rs_1", "encrypted_content": "gA", "parts": [3, 3]}
    assert block.extras == Extras(NAME, {"id": Raw(b'"rs_1"')})


@pytest.mark.parametrize(
    "pieces",
    [
        [],
        [thought("on")],
        [thought("one"), thought("t", 1)],
        [event("reasoning_summary_text.done", output_index=0, summary_index=0, text="one")],
        [thought("o"), event("reasoning_summary_text.done", output_index=0, summary_index=0, text="one")],
    ],
)
def test_a_summary_without_all_its_deltas_is_completed(pieces: list[ServerEvent]) -> None:
    told = answer(CREATED, added(0, **reasoning()), *pieces, done(0, **reasoning("one", "two")), end())
    assert [block.text for block in told.content if isinstance(block, Thinking)] == ["one\n\ntwo"]


def test_the_secret_of_an_announced_item_is_not_trusted_yet() -> None:
    partial, whole = reasoning(encrypted_content="gA"), reasoning(encrypted_content="gAAA")
    (block,) = answer(CREATED, added(0, **partial), done(0, **whole), end()).content
    assert isinstance(block, Thinking)
    assert json.loads(block.signature)["encrypted_content"] == "gAAA"


def test_open_reasoning_is_read() -> None:
    content = [{"type": "reasoning_text", "text": "hm"}]
    told = answer(
        CREATED,
        added(0, **reasoning()),
        event("content_part.added", output_index=0, content_index=0, part={"type": "reasoning_text", "text": ""}),
        event("reasoning_text.delta", output_index=0, content_index=0, delta="hm"),
        event("reasoning_text.done", output_index=0, content_index=0, text="hm"),
        event("content_part.done", output_index=0, content_index=0, part=content[0]),
        done(0, **reasoning(content=content)),
        end(),
    )
    (block,) = told.content
    assert isinstance(block, Thinking)
    assert (block.text, block.signature) == ("hm", '{"id":"rs_1","content":true}')


def test_a_summary_beside_open_reasoning_is_what_is_shown() -> None:
    content = [{"type": "reasoning_text", "text": "long"}]
    told = answer(
        CREATED,
        thought("short"),
        event("reasoning_text.delta", output_index=0, content_index=0, delta="long"),
        done(0, **reasoning("short", content=content)),
        end(),
    )
    (block,) = told.content
    assert isinstance(block, Thinking)
    assert (block.text, json.loads(block.signature)["beside"]) == ("short", ["long"])


def test_sealed_reasoning_returns_to_its_maker() -> None:
    sealed, redacted = seal("anthropic", "c2ln"), seal("anthropic", "redacted:b3Bh")
    told = answer(
        CREATED,
        added(0, **reasoning()),
        done(0, **reasoning("hm", encrypted_content=sealed)),
        added(1, **reasoning(encrypted_content=redacted)),
        done(1, **reasoning(encrypted_content=redacted)),
        end(),
    )
    first, second = told.content
    assert isinstance(first, Thinking)
    assert (first.text, first.signature, first.maker) == ("hm", "c2ln", "anthropic")
    assert second == RedactedThinking("b3Bh", "anthropic")


# Calls ------------------------------------------------------------------------------------------


def test_a_call_is_told_once_and_asks_to_be_run() -> None:
    events = decode(
        CREATED,
        added(0, **call(namespace="n")),
        arguments('{"a":'),
        arguments("1}"),
        event("function_call_arguments.done", output_index=0, arguments='{"a":1}'),
        done(0, **call('{"a":1}', namespace="n")),
        end(call('{"a":1}')),
    )
    assert events[1:] == [
        Opened(0, ToolCall("call_1", "f", "", namespace="n")),
        ArgumentsDelta(0, '{"a":'),
        ArgumentsDelta(0, "1}"),
        Closed(0),
        Finished(Finish(FinishReason.TOOL_CALLS)),
        Ended(),
    ]


@pytest.mark.parametrize(
    "events",
    [
        [added(0, **call()), arguments('{"a"'), done(0, **call('{"a":1}'))],
        [added(0, **call('{"a":1}')), done(0, **call('{"a":1}'))],
        [done(0, **call('{"a":1}'))],
        [added(0, **call()), event("function_call_arguments.done", output_index=0, arguments='{"a":1}')],
        [added(0, **call()), arguments('{"a":1}'), done(0, **call('{"a":1}')), arguments("late")],
        [arguments("lost"), done(0, **call('{"a":1}'))],
    ],
)
def test_arguments_are_completed_and_never_told_twice(events: list[ServerEvent]) -> None:
    told = answer(CREATED, *events, end())
    assert told.content == (ToolCall("call_1", "f", '{"a":1}'),)


def test_calls_only_the_last_snapshot_holds_are_told() -> None:
    told = answer(CREATED, *WHOLE[1:-1], end(message(said("ab")), call("{}")))
    assert told.content == (Text("ab"), ToolCall("call_1", "f", "{}"))
    assert told.finish == Finish(FinishReason.TOOL_CALLS)


def test_a_call_left_open_is_completed_by_the_last_snapshot() -> None:
    assert answer(CREATED, added(0, **call()), arguments("{"), end(call("{}"))).content == (
        ToolCall("call_1", "f", "{}"),
    )


def test_interleaved_items_are_kept_apart() -> None:
    told = answer(
        CREATED,
        added(0, **call()),
        added(2, **call(call_id="call_2", id="fc_2", name="g")),
        arguments('{"a":', 0),
        arguments('{"b":', 2),
        arguments("1}", 0),
        arguments("2}", 2),
        done(2, **call('{"b":2}', call_id="call_2", id="fc_2", name="g")),
        done(0, **call('{"a":1}')),
        end(),
    )
    assert told.content == (ToolCall("call_1", "f", '{"a":1}'), ToolCall("call_2", "g", '{"b":2}'))


def test_items_are_found_by_their_ids_where_indexes_are_missing() -> None:
    told = answer(
        CREATED,
        event("output_item.added", item=call()),
        event("output_item.added", item=call(call_id="call_2", id="fc_2", name="g")),
        event("function_call_arguments.delta", item_id="fc_1", delta="[1]"),
        event("function_call_arguments.delta", item_id="fc_2", delta="[2]"),
        end(),
    )
    assert told.content == (ToolCall("call_1", "f", "[1]"), ToolCall("call_2", "g", "[2]"))


def test_a_free_text_call_is_told_as_such() -> None:
    item = {"type": "custom_tool_call", "id": "ctc_1", "call_id": "call_1", "name": "patch", "input": ""}
    told = answer(
        CREATED,
        added(0, **item),
        arguments("*** ", name="custom_tool_call_input"),
        done(0, **{**item, "input": "*** Begin"}),
        end(),
    )
    assert told.content == (ToolCall("call_1", "patch", "*** Begin", custom=True),)


# Other items ------------------------------------------------------------------------------------


def test_a_web_search_is_told_when_it_is_whole_and_keeps_the_line_alive_until_then() -> None:
    item = {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search", "query": "q"}}
    events = decode(
        CREATED,
        added(0, type="web_search_call", id="ws_1", status="in_progress"),
        event("web_search_call.in_progress", output_index=0, item_id="ws_1"),
        event("web_search_call.searching", output_index=0, item_id="ws_1"),
        event("web_search_call.completed", output_index=0, item_id="ws_1"),
        done(0, **item),
        end(item),
    )
    raw = Unknown(NAME, Raw(json.dumps(item).encode()))
    assert events[1:-2] == [
        Pinged(),
        Pinged(),
        Pinged(),
        Opened(0, ServerCall("ws_1", "web_search", '{"query":"q"}', raw)),
        Closed(0),
        Opened(1, ServerResult("ws_1", "web_search")),
        Closed(1),
    ]


def test_an_item_of_next_year_is_kept_whole_and_its_events_are_skipped() -> None:
    item = {"type": "hologram_call", "id": "hc_1", "light": [1]}
    told = answer(
        CREATED,
        added(0, type="hologram_call", id="hc_1"),
        event("hologram_call.shining", output_index=0),
        event("keepalive"),
        ServerEvent("response.hologram_call_light.delta", b"not json at all"),
        done(0, **item),
        end(),
    )
    assert told.content == (Unknown(NAME, Raw(json.dumps(item).encode())),)
