"""Facts about Responses requests as they are read."""

import json
from typing import Any

import pytest
from msgspec import Raw

from fairlead.shared.conversation import (
    Base64Source,
    CacheHint,
    Citation,
    Document,
    FileSource,
    Image,
    RedactedThinking,
    ServerCall,
    ServerResult,
    Text,
    TextSource,
    Thinking,
    ToolCall,
    ToolResult,
    Turn,
    Unknown,
    UrlSource,
)
from fairlead.shared.provenance import seal

from .responses_shapes import NAME, own, read


def turns(*items: Any) -> tuple[Turn, ...]:
    return read(*items).turns


def call(id: str, **fields: Any) -> dict[str, Any]:
    return {"type": "function_call", "call_id": id, "name": "f", "arguments": "{}", **fields}


def output(id: str, value: Any = "done", **fields: Any) -> dict[str, Any]:
    return {"type": "function_call_output", "call_id": id, "output": value, **fields}


# Input ------------------------------------------------------------------------------------------


def test_a_string_is_one_user_message() -> None:
    assert read(input="hi").turns == (Turn("user", (Text("hi"),)),)


def test_a_message_may_leave_out_its_type_and_its_list_of_parts() -> None:
    easy = {"role": "user", "content": "a"}
    whole = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "a"}], "id": "msg_1"}
    assert turns(easy, whole) == (Turn("user", (Text("a"),)),) * 2


def test_instructions_and_leading_messages_stand_before_the_conversation_and_later_ones_in_it() -> None:
    request = read(
        {"role": "developer", "content": [{"type": "input_text", "text": "b"}]},
        {"role": "system", "content": "c"},
        {"role": "user", "content": "d"},
        {"role": "developer", "content": "e"},
        instructions="a",
    )
    assert request.instructions == (Text("a"), Text("b"), Text("c"))
    assert request.turns == (Turn("user", (Text("d"),)), Turn("developer", (Text("e"),)))


def test_what_the_model_said_and_called_in_a_row_is_one_turn() -> None:
    assert turns(
        {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gA"},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "a", "annotations": []}]},
        call("c1"),
        call("c2", name="g"),
        output("c1"),
        output("c2"),
        {"role": "assistant", "content": "b"},
    ) == (
        Turn(
            "assistant",
            (
                Thinking("", '{"id":"rs_1","encrypted_content":"gA"}', NAME),
                Text("a"),
                ToolCall("c1", "f", "{}"),
                ToolCall("c2", "g", "{}"),
            ),
        ),
        Turn("user", (ToolResult("c1", (Text("done"),)), ToolResult("c2", (Text("done"),)))),
        Turn("assistant", (Text("b"),)),
    )


def test_a_call_after_the_output_of_another_is_a_turn_of_its_own() -> None:
    roles = [turn.role for turn in turns(call("c1"), output("c1"), call("c2"), output("c2"))]
    assert roles == ["assistant", "user", "assistant", "user"]


def test_an_output_that_comes_late_is_brought_to_its_call() -> None:
    said = {"role": "developer", "content": "hurry"}
    first, *rest = turns({"role": "user", "content": "x"}, call("c1"), call("c2"), output("c1"), said, output("c2"))
    assert first.role == "user"
    assert rest == [
        Turn("assistant", (ToolCall("c1", "f", "{}"), ToolCall("c2", "f", "{}"))),
        Turn("user", (ToolResult("c1", (Text("done"),)), ToolResult("c2", (Text("done"),)))),
        Turn("developer", (Text("hurry"),)),
    ]


def test_an_output_without_its_call_stays_where_it_is() -> None:
    assert turns({"role": "user", "content": "x"}, output("c9"))[1] == Turn(
        "user", (ToolResult("c9", (Text("done"),)),)
    )


def test_a_call_id_that_is_used_again_is_answered_each_time() -> None:
    read_turns = turns(call("c"), output("c", "1"), call("c"), output("c", "2"))
    assert [turn.content[0] for turn in read_turns[1::2]] == [
        ToolResult("c", (Text("1"),)),
        ToolResult("c", (Text("2"),)),
    ]


def test_free_text_calls_and_namespaces_are_read() -> None:
    custom = {"type": "custom_tool_call", "call_id": "c1", "name": "patch", "input": "*** Begin", "id": "ctc_1"}
    answered = {"type": "custom_tool_call_output", "call_id": "c1", "output": "ok"}
    spaced = call("c2", namespace="agents")
    assert turns(custom, spaced, answered, output("c2"))[0].content == (
        ToolCall("c1", "patch", "*** Begin", custom=True),
        ToolCall("c2", "f", "{}", namespace="agents"),
    )


def test_pictures_and_files_are_read_in_messages_and_in_outputs() -> None:
    parts = [
        {"type": "input_image", "image_url": "data:image/png;base64,AAAA", "detail": "low"},
        {"type": "input_image", "image_url": "https://e.example/a.png"},
        {"type": "input_image", "file_id": "file-1"},
        {"type": "input_file", "file_data": "data:application/pdf;base64,BBBB", "filename": "a.pdf"},
        {"type": "input_file", "file_data": "data:text/plain;base64,w6k="},
        {"type": "input_file", "file_url": "https://e.example/a.pdf"},
        {"type": "input_file", "file_id": "file-2"},
    ]
    meant = (
        Image(Base64Source("image/png", "AAAA"), "low"),
        Image(UrlSource("https://e.example/a.png")),
        Image(FileSource("file-1", "openai")),
        Document(Base64Source("application/pdf", "BBBB"), "a.pdf"),
        Document(TextSource("é")),
        Document(UrlSource("https://e.example/a.pdf")),
        Document(FileSource("file-2", "openai")),
    )
    assert turns({"role": "user", "content": parts}) == (Turn("user", meant),)
    assert turns(call("c1"), output("c1", parts))[1] == Turn("user", (ToolResult("c1", meant),))


def test_a_text_may_be_called_one_as_everywhere_else() -> None:
    plain = {"type": "text", "text": "a"}
    assert turns({"role": "user", "content": [plain]}, call("c1"), output("c1", [plain])) == (
        Turn("user", (Text("a"),)),
        Turn("assistant", (ToolCall("c1", "f", "{}"),)),
        Turn("user", (ToolResult("c1", (Text("a"),)),)),
    )


def test_an_answer_of_the_model_keeps_its_phase_its_citations_and_its_refusal() -> None:
    cited = {"type": "url_citation", "url": "https://e.example", "title": "E", "start_index": 0, "end_index": 1}
    parts = [{"type": "output_text", "text": "a", "annotations": [cited]}, {"type": "refusal", "refusal": "no"}]
    raw = Raw(json.dumps(cited).encode())
    assert turns({"type": "message", "role": "assistant", "content": parts, "phase": "commentary"})[0].content == (
        Text(
            "a",
            extras=own(phase="commentary"),
            citations=(Citation("https://e.example", "E", None, 0, 1, Unknown(NAME, raw)),),
        ),
        Text("no", extras=own(phase="commentary"), refusal=True),
    )


def test_a_cache_marker_is_read_and_kept() -> None:
    part = {"type": "input_text", "text": "a", "prompt_cache_breakpoint": {"mode": "explicit"}}
    text = turns({"role": "user", "content": [part]})[0].content[0]
    assert text == Text("a", CacheHint(), own(prompt_cache_breakpoint={"mode": "explicit"}))


# Reasoning --------------------------------------------------------------------------------------


def reasoning(**fields: Any) -> Any:
    (turn,) = turns({"type": "reasoning", "id": "rs_1", "summary": [], **fields})
    (block,) = turn.content
    return block


def summary(*texts: str) -> list[dict[str, str]]:
    return [{"type": "summary_text", "text": text} for text in texts]


def test_a_summary_in_parts_is_one_text_whose_borders_are_remembered() -> None:
    block = reasoning(summary=summary("one", "two"), encrypted_content="gA")
    assert block.text == "one\n\ntwo"
    assert json.loads(block.signature) == {"id": "rs_1", "encrypted_content": "gA", "parts": [3, 3]}


def test_reasoning_without_anything_to_give_back_has_no_signature() -> None:
    assert reasoning(summary=summary("hm"), encrypted_content=None, content=None) == Thinking("hm", "", NAME)


def test_items_that_say_nothing_make_no_turns() -> None:
    nothing = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": None, "content": None}
    assert turns({"role": "user", "content": ""}, nothing, {"role": "assistant", "content": []}) == ()


def test_open_reasoning_is_text_that_can_be_given_back() -> None:
    block = reasoning(content=[{"type": "reasoning_text", "text": "hm"}])
    assert block == Thinking("hm", '{"id":"rs_1","content":true}', NAME)


def test_reasoning_of_another_maker_comes_back_to_its_name() -> None:
    block = reasoning(summary=summary("hm"), encrypted_content=seal("anthropic", "c2ln"))
    assert block == Thinking("hm", "c2ln", "anthropic")


def test_redacted_reasoning_of_another_maker_comes_back_as_such() -> None:
    assert reasoning(encrypted_content=seal("anthropic", "redacted:b3Bh")) == RedactedThinking("b3Bh", "anthropic")


# What only this dialect knows -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "role"),
    [
        ("mcp_call", "assistant"),
        ("compaction", "assistant"),
        ("shell_call", "assistant"),
        ("item_of_next_year", "assistant"),
        ("shell_call_output", "user"),
        ("mcp_approval_response", "user"),
        ("additional_tools", "user"),
        ("compaction_trigger", "user"),
    ],
)
def test_an_item_of_another_kind_is_kept_whole(kind: str, role: str) -> None:
    item = {"type": kind, "anything": [1, {"a": None}]}
    assert turns(item) == (Turn(role, (Unknown(NAME, Raw(json.dumps(item).encode())),)),)  # type: ignore[arg-type]


def test_new_fields_are_kept_beside_what_is_known() -> None:
    request = read(
        {"role": "user", "content": [{"type": "input_text", "text": "a", "mood": 1}], "tempo": 2},
        call("c1", caller={"type": "direct"}),
        output("c1", caller={"type": "direct"}),
        {"role": "user", "content": [{"type": "input_smell", "rose": True}]},
    )
    assert request.turns == (
        Turn("user", (Text("a", extras=own(mood=1)),), extras=own(tempo=2)),
        Turn("assistant", (ToolCall("c1", "f", "{}", extras=own(caller={"type": "direct"})),)),
        Turn("user", (ToolResult("c1", (Text("done"),), extras=own(caller={"type": "direct"})),)),
        Turn("user", (Unknown(NAME, Raw(b'{"type": "input_smell", "rose": true}')),)),
    )


def test_a_web_search_is_a_call_and_what_it_found() -> None:
    item = {
        "type": "web_search_call",
        "id": "ws_1",
        "status": "completed",
        "action": {"type": "search", "query": "q", "sources": [{"type": "url", "url": "https://e.example"}]},
    }
    called, found = turns(item)[0].content
    assert called == ServerCall("ws_1", "web_search", '{"query":"q"}', Unknown(NAME, Raw(json.dumps(item).encode())))
    assert isinstance(found, ServerResult)
    assert [hit.url for hit in found.hits] == ["https://e.example"]


@pytest.mark.parametrize(
    ("action", "name", "arguments"),
    [
        ({"type": "search", "queries": ["a", "b"]}, "web_search", {"query": "a", "queries": ["a", "b"]}),
        ({"type": "open_page", "url": "https://e.example"}, "web_fetch", {"url": "https://e.example"}),
        ({"type": "find_in_page", "url": "u", "pattern": "p"}, "find_in_page", {"url": "u", "pattern": "p"}),
        (None, "web_search", {}),
    ],
)
def test_every_kind_of_web_search_is_read(action: Any, name: str, arguments: dict[str, Any]) -> None:
    called, found = turns({"type": "web_search_call", "id": "ws_1", "status": "failed", "action": action})[0].content
    assert isinstance(called, ServerCall)
    assert (called.name, json.loads(called.arguments)) == (name, arguments)
    assert found == ServerResult("ws_1", name, error="unavailable")
