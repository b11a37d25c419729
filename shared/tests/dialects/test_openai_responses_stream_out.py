"""Facts about Responses streams as they are written: every one is a sentence of the grammar."""

import json

import pytest
from msgspec import Raw

from fairlead.shared.conversation import (
    Citation,
    Extras,
    Finish,
    FinishReason,
    RedactedThinking,
    SearchHit,
    ServerCall,
    ServerResult,
    Text,
    Thinking,
    Tool,
    ToolCall,
    Unknown,
)
from fairlead.shared.dialect import ReplyContext
from fairlead.shared.events import (
    ArgumentsDelta,
    Closed,
    Opened,
    Started,
    TextDelta,
)
from fairlead.shared.provenance import seal

from .responses_shapes import END, NAME, STARTED, Told, told

# What goes out ----------------------------------------------------------------------------------


def test_a_text_is_told_in_the_order_every_client_expects() -> None:
    one = Told(STARTED, Opened(0, Text("")), TextDelta(0, "a"), TextDelta(0, ""), TextDelta(0, "b"), Closed(0), *END)
    assert one.names == [
        "created",
        "in_progress",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]
    assert all(event["logprobs"] == [] for event in one.of("output_text.delta") + one.of("output_text.done"))
    assert one.violations == {}


def test_the_beginning_holds_a_whole_response_object_without_output_and_usage() -> None:
    created = Told(STARTED, *END).events[0]["response"]
    assert (created["id"], created["model"], created["status"]) == ("resp_7", "gpt-x", "in_progress")
    assert (created["output"], created["usage"], created["error"]) == ([], None, None)


def test_the_end_holds_the_whole_answer_and_its_usage() -> None:
    last = told(Thinking("hm", "c2ln", "anthropic"), Text("a"), ToolCall("c1", "f", "{}")).last
    assert [item["type"] for item in last["output"]] == ["reasoning", "message", "function_call"]
    assert last["usage"]["input_tokens"] == 1007
    assert last["status"] == "completed"


def test_an_id_of_another_shape_is_replaced() -> None:
    assert Told(Started("msg_1", ""), *END).last["id"] == "resp_r1"
    assert Told(Started("msg_1", ""), *END).last["model"] == "m"


def test_texts_in_a_row_are_parts_of_one_message_and_split_by_anything_else() -> None:
    items = told(Text("a"), Text("b"), ToolCall("c1", "f", "{}"), Text("c")).last["output"]
    assert [len(item.get("content", ())) for item in items] == [2, 0, 1]


def test_texts_of_different_phases_are_different_messages() -> None:
    phases = [Extras(NAME, {"phase": Raw(f'"{phase}"'.encode())}) for phase in ("commentary", "final_answer")]
    items = told(Text("a", extras=phases[0]), Text("b", extras=phases[1])).last["output"]
    assert [item["phase"] for item in items] == ["commentary", "final_answer"]


def test_a_refusal_is_told_as_one() -> None:
    one = told(Text("no", refusal=True), finish=Finish(FinishReason.REFUSAL))
    assert one.names[3:7] == ["content_part.added", "refusal.delta", "refusal.done", "content_part.done"]
    assert one.last["status"] == "completed"


def test_citations_are_told_before_their_text_is_whole() -> None:
    one = told(Text("abc", citations=(Citation("https://e.example", "E"), Citation(None, "page"))))
    assert one.names[4:7] == ["output_text.delta", "output_text.annotation.added", "output_text.done"]
    (event,) = one.of("output_text.annotation.added")
    assert (event["annotation_index"], event["annotation"]["end_index"]) == (0, 3)
    assert one.last["output"][0]["content"][0]["annotations"] == [event["annotation"]]


def test_reasoning_is_a_summary_and_its_signature_comes_with_the_whole() -> None:
    one = told(Thinking("hm", "c2ln", "anthropic"))
    assert one.names[2:8] == [
        "output_item.added",
        "reasoning_summary_part.added",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.done",
        "reasoning_summary_part.done",
        "output_item.done",
    ]
    (item,) = one.last["output"]
    assert item["encrypted_content"] == seal("anthropic", "c2ln")
    assert item["summary"] == [{"type": "summary_text", "text": "hm"}]


def test_reasoning_without_a_text_has_no_summary() -> None:
    one = told(Thinking("", "c2ln", "anthropic"), RedactedThinking("b3Bh", "anthropic"))
    assert one.names[2:6] == ["output_item.added", "output_item.done"] * 2
    assert [item["summary"] for item in one.last["output"]] == [[], []]
    assert one.last["output"][1]["encrypted_content"] == seal("anthropic", "redacted:b3Bh")


def test_own_reasoning_is_bare_under_the_id_it_began_with_and_sealed_under_any_other() -> None:
    signature = '{"id":"rs_9","encrypted_content":"gA"}'
    known = Thinking("a", signature, NAME, Extras(NAME, {"id": Raw(b'"rs_9"')}))
    (item,) = told(known).last["output"]
    assert (item["id"], item["encrypted_content"]) == ("rs_9", "gA")
    (item,) = told(Thinking("a", signature, NAME)).last["output"]
    assert item["id"] != "rs_9"
    assert item["encrypted_content"] == seal(NAME, signature)


def test_a_call_without_arguments_is_an_empty_object() -> None:
    one = Told(STARTED, Opened(0, ToolCall("c1", "f", "")), Closed(0), *END)
    assert one.of("function_call_arguments.delta")[0]["delta"] == "{}"
    assert one.last["output"][0]["arguments"] == "{}"


def test_a_free_text_call_is_told_as_it_comes() -> None:
    one = told(ToolCall("c1", "patch", "raw", custom=True), ToolCall("c2", "patch", "", custom=True))
    assert [event["delta"] for event in one.of("custom_tool_call_input.delta")] == ["raw"]
    assert [item["input"] for item in one.last["output"]] == ["raw", ""]


def test_calls_go_back_to_the_form_the_client_offered_them_in() -> None:
    tools = (Tool("patch", None, None, custom=True), Tool("spawn", None, None, namespace="agents"))
    one = Told(
        STARTED,
        Opened(0, ToolCall("c1", "patch", "")),
        ArgumentsDelta(0, '{"inp'),
        ArgumentsDelta(0, 'ut":"r\\u00e9w"}'),
        Closed(0),
        Opened(1, ToolCall("c2", "agents__spawn", "")),
        ArgumentsDelta(1, '{"a":1}'),
        Closed(1),
        *END,
        context=ReplyContext("r1", 5, "m", tools=tools),
    )
    patch, spawn = one.last["output"]
    assert (patch["type"], patch["input"]) == ("custom_tool_call", "réw")
    assert (spawn["name"], spawn["namespace"], spawn["arguments"]) == ("spawn", "agents", '{"a":1}')
    assert [tool["name"] for tool in one.last["tools"]] == ["patch", "agents"]


def test_a_web_search_is_one_item_with_what_it_found() -> None:
    one = Told(
        STARTED,
        Opened(0, ServerCall("srvtoolu_1", "web_search", "")),
        ArgumentsDelta(0, '{"query":"q"}'),
        Closed(0),
        Opened(1, ServerResult("srvtoolu_1", "web_search", (SearchHit("https://e.example"),))),
        Closed(1),
        *END,
    )
    assert one.names[2:7] == [
        "output_item.added",
        "web_search_call.in_progress",
        "web_search_call.searching",
        "web_search_call.completed",
        "output_item.done",
    ]
    (item,) = one.last["output"]
    assert (item["action"]["query"], item["action"]["sources"][0]["url"]) == ("q", "https://e.example")


def test_own_items_are_told_whole() -> None:
    item = {"type": "mcp_call", "id": "mcp_1"}
    search = {"type": "web_search_call", "id": "ws_1", "status": "completed"}
    raws = [Unknown(NAME, Raw(json.dumps(one).encode())) for one in (item, search)]
    one = told(raws[0], ServerCall("ws_1", "web_search", "{}", raws[1]), ServerResult("ws_1", "web_search"))
    assert one.last["output"] == [item, search]
    assert one.violations == {}


def test_ids_are_made_legal_and_unique() -> None:
    items = told(ToolCall("a.b", "f", "{}"), ToolCall("c", "f", "{}"), ToolCall("c", "f", "{}")).last["output"]
    assert len({item["call_id"] for item in items}) == len({item["id"] for item in items}) == 3


@pytest.mark.parametrize(
    ("finish", "name", "reason"),
    [
        (Finish(FinishReason.LENGTH), "incomplete", "max_output_tokens"),
        (Finish(FinishReason.REFUSAL), "incomplete", "content_filter"),
        (Finish(FinishReason.PAUSE), "completed", None),
    ],
)
def test_an_answer_cut_short_says_so_and_so_does_its_last_item(finish: Finish, name: str, reason: str | None) -> None:
    one = told(Text("a"), ToolCall("c1", "f", '{"a'), finish=finish)
    assert one.names[-1] == name
    assert one.last["incomplete_details"] == (None if reason is None else {"reason": reason})
    assert [item["status"] for item in one.last["output"]] == ["completed", name]
