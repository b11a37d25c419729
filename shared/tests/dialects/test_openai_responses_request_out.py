"""Facts about Responses requests as they are written."""

import json
from typing import Any

import pytest
from msgspec import Raw
from msgspec.structs import replace

from fairlead.shared.conversation import (
    Base64Source,
    Block,
    Citation,
    Document,
    FileSource,
    Image,
    Reasoning,
    RedactedThinking,
    Request,
    ServerCall,
    ServerResult,
    Text,
    TextSource,
    Thinking,
    ToolCall,
    ToolReference,
    ToolResult,
    Turn,
    Unknown,
    UrlSource,
)
from fairlead.shared.profile import PLAIN, efforts

from .responses_shapes import NAME, REASONING, USER, losses, own, write


def items(*turns: Turn) -> list[Any]:
    return write(Request("m", turns))["input"]  # type: ignore[no-any-return]


def message(role: str, *parts: dict[str, Any]) -> dict[str, Any]:
    return {"type": "message", "role": role, "content": list(parts)}


def said(text: str, kind: str = "input_text") -> dict[str, Any]:
    part: dict[str, Any] = {"type": kind, "text": text}
    return {**part, "annotations": []} if kind == "output_text" else part


# Turns ------------------------------------------------------------------------------------------


def test_the_server_is_to_keep_nothing_and_to_hand_out_its_reasoning() -> None:
    written = write(Request("m", (USER,)))
    assert written == {
        "model": "m",
        "input": [message("user", said("x"))],
        "store": False,
        "include": ["reasoning.encrypted_content"],
    }


def test_one_plain_instruction_is_a_string_and_several_are_a_message() -> None:
    assert write(Request("m", (USER,), (Text("a"),)))["instructions"] == "a"
    written = write(Request("m", (USER,), (Text("a"), Text(""), Text("b"))))
    assert "instructions" not in written
    assert written["input"][0] == message("developer", said("a"), said("b"))
    assert write(Request("m", (USER,), (Text("a"), Text("b"))), PLAIN)["input"][0]["role"] == "system"


def test_instructions_inside_the_conversation_stay_there() -> None:
    assert items(USER, Turn("system", (Text("a"),)), Turn("developer", (Text("b"),)))[1:] == [
        message("system", said("a")),
        message("developer", said("b")),
    ]


def test_results_come_before_the_rest_of_their_turn() -> None:
    turn = Turn("user", (ToolResult("c1", (Text("1"),)), ToolResult("c2", ()), Text("go on")))
    called = Turn("assistant", (ToolCall("c1", "f", ""), ToolCall("c2", "g", '{"a": 1}')))
    assert items(called, turn) == [
        {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"},
        {"type": "function_call", "call_id": "c2", "name": "g", "arguments": '{"a": 1}'},
        {"type": "function_call_output", "call_id": "c1", "output": "1"},
        {"type": "function_call_output", "call_id": "c2", "output": ""},
        message("user", said("go on")),
    ]


def test_a_result_of_several_parts_keeps_them() -> None:
    picture, manual = Image(Base64Source("image/png", "AAAA")), Document(Base64Source("application/pdf", "BBBB"))
    result = ToolResult("c1", (Text("a"), Text("b"), picture, manual, ToolReference("t")))
    assert items(Turn("user", (result,)))[0]["output"] == [
        said("a"),
        said("b"),
        {"type": "input_image", "image_url": "data:image/png;base64,AAAA", "detail": "auto"},
        {"type": "input_file", "file_data": "data:application/pdf;base64,BBBB", "filename": "document.pdf"},
        said("Tool t may be called from now on."),
    ]


def test_pictures_and_files_are_written() -> None:
    blocks: tuple[Block, ...] = (
        Image(UrlSource("https://e.example/a.png"), "high"),
        Image(FileSource("file-1")),
        Document(UrlSource("https://e.example/a.pdf")),
        Document(FileSource("file-2")),
        Document(TextSource("words"), "notes.txt"),
    )
    (written,) = items(Turn("user", blocks))
    assert written["content"] == [
        {"type": "input_image", "image_url": "https://e.example/a.png", "detail": "high"},
        {"type": "input_image", "file_id": "file-1", "detail": "auto"},
        {"type": "input_file", "file_url": "https://e.example/a.pdf"},
        {"type": "input_file", "file_id": "file-2"},
        said("notes.txt\n\nwords"),
    ]


def test_an_answer_is_told_in_order_and_texts_in_a_row_are_one_message() -> None:
    signed = Thinking("hm", '{"id":"rs_1","encrypted_content":"gA"}', NAME)
    content = (signed, Text("a"), Text("b"), Text(""), ToolCall("c1", "f", "{}"), Text("c"))
    assert items(Turn("assistant", content)) == [
        {
            "type": "reasoning",
            "id": "rs_1",
            "summary": [{"type": "summary_text", "text": "hm"}],
            "encrypted_content": "gA",
        },
        message("assistant", said("a", "output_text"), said("b", "output_text")),
        {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"},
        message("assistant", said("c", "output_text")),
    ]


def test_texts_of_different_phases_are_different_messages() -> None:
    phases = (own(phase="commentary"), own(phase="commentary"), own(phase="final_answer"), None)
    texts = tuple(Text(str(index), extras=phase) for index, phase in enumerate(phases))
    written = items(Turn("assistant", texts))
    assert [(one.get("phase"), len(one["content"])) for one in written] == [
        ("commentary", 2),
        ("final_answer", 1),
        (None, 1),
    ]


def test_a_refusal_and_citations_are_written() -> None:
    cited = Text("abc", citations=(Citation("https://e.example", "E", "q"), Citation(None, "page 3")))
    (written,) = items(Turn("assistant", (cited, Text("no", refusal=True))))
    place = {"type": "url_citation", "start_index": 0, "end_index": 3, "url": "https://e.example", "title": "E"}
    assert written["content"] == [
        {"type": "output_text", "text": "abc", "annotations": [place]},
        {"type": "refusal", "refusal": "no"},
    ]


def test_free_text_calls_and_namespaces_are_written_in_their_own_words() -> None:
    calls = (ToolCall("c1", "patch", "raw", custom=True), ToolCall("c2", "f", "{}", namespace="n"))
    results = (ToolResult("c1", (Text("1"),)), ToolResult("c2", (Text("2"),)))
    assert items(Turn("assistant", calls), Turn("user", results)) == [
        {"type": "custom_tool_call", "call_id": "c1", "name": "patch", "input": "raw"},
        {"type": "function_call", "call_id": "c2", "name": "f", "namespace": "n", "arguments": "{}"},
        {"type": "custom_tool_call_output", "call_id": "c1", "output": "1"},
        {"type": "function_call_output", "call_id": "c2", "output": "2"},
    ]


def test_ids_are_made_legal_for_calls_and_their_results_alike() -> None:
    long = "x" * 65
    called = Turn("assistant", (ToolCall(long, "f", "{}"), ToolCall("a.b", "f", "{}")))
    answered = Turn("user", (ToolResult("a.b", ()), ToolResult(long, ())))
    ids = [item["call_id"] for item in items(called, answered)]
    assert ids[0] == ids[3]
    assert ids[1] == ids[2]
    assert all(len(id) <= 64 and "." not in id for id in ids)


def test_own_items_go_back_as_they_were_and_a_search_without_its_id() -> None:
    item = Raw(b'{"type":"mcp_call","id":"mcp_1","name":"n"}')
    search = b'{"type":"web_search_call","id":"ws_1","status":"completed","action":{"type":"search","query":"q"}}'
    called = ServerCall("ws_1", "web_search", '{"query":"q"}', Unknown(NAME, Raw(search)))
    written = items(
        Turn("assistant", (Unknown(NAME, item), called, ServerResult("ws_1", "web_search"))),
        Turn("user", (Unknown(NAME, Raw(b'{"type":"additional_tools","tools":[]}')), Text("x"))),
        Turn("user", (Unknown(NAME, Raw(b'{"type":"input_smell"}')),)),
    )
    assert written == [
        json.loads(bytes(item)),
        {"type": "web_search_call", "status": "completed", "action": {"type": "search", "query": "q"}},
        {"type": "additional_tools", "tools": []},
        message("user", said("x")),
        message("user", {"type": "input_smell"}),
    ]


# Reasoning --------------------------------------------------------------------------------------


def reasoning_items(*blocks: Thinking | RedactedThinking) -> list[Any]:
    return items(Turn("assistant", blocks))


def test_a_summary_is_taken_apart_where_it_was_joined() -> None:
    block = Thinking("one\n\ntwo", '{"id":"rs_1","encrypted_content":"gA","parts":[3,3]}', NAME)
    (item,) = reasoning_items(block)
    assert [part["text"] for part in item["summary"]] == ["one", "two"]


@pytest.mark.parametrize("parts", ["[3,4]", "[9]", "[3,3,0]", "[]"])
def test_borders_that_do_not_fit_the_text_are_ignored(parts: str) -> None:
    block = Thinking("one\n\ntwo", f'{{"id":"rs_1","encrypted_content":"gA","parts":{parts}}}', NAME)
    (item,) = reasoning_items(block)
    assert [part["text"] for part in item["summary"]] == ["one\n\ntwo"]


def test_open_reasoning_goes_back_as_content_and_without_an_id() -> None:
    (item,) = reasoning_items(Thinking("hm", '{"id":"rs_1","content":true}', NAME))
    assert item == {"type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": "hm"}]}


@pytest.mark.parametrize(
    "block",
    [
        Thinking("hm", "c2ln", "anthropic"),
        RedactedThinking("b3Bh", "anthropic"),
        RedactedThinking("b3Bh", NAME),
        Thinking("hm", "", NAME),
        Thinking("hm", "not ours", NAME),
        Thinking("hm", '{"id":"rs_1"}'),
    ],
)
def test_reasoning_nobody_here_could_read_is_left_out_and_said_to_be(block: Thinking | RedactedThinking) -> None:
    request = Request("m", (Turn("assistant", (block, Text("a"))),))
    assert [item["type"] for item in write(request)["input"]] == ["message"]
    assert losses(request) == ["thinking"]


@pytest.mark.parametrize(
    ("reasoning", "written"),
    [
        (Reasoning(), None),
        (Reasoning(effort="high"), {"effort": "high"}),
        (Reasoning(mode="disabled"), {"effort": "none"}),
        (Reasoning(mode="adaptive"), {"summary": "auto"}),
        (Reasoning(mode="adaptive", effort="max", display="summarized"), {"effort": "max", "summary": "auto"}),
        (Reasoning(mode="adaptive", effort="low", display="omitted"), {"effort": "low"}),
        (Reasoning(mode="enabled", budget_tokens=4_096), {"effort": "low", "summary": "auto"}),
        (Reasoning(mode="enabled", budget_tokens=10_000), {"effort": "medium", "summary": "auto"}),
        (Reasoning(mode="enabled", budget_tokens=24_000), {"effort": "high", "summary": "auto"}),
        (Reasoning(mode="enabled", budget_tokens=31_999), {"effort": "xhigh", "summary": "auto"}),
        (Reasoning(mode="enabled", budget_tokens=63_999), {"effort": "max", "summary": "auto"}),
        (
            Reasoning(display="summarized", effort="low", extras=own(summary="detailed", context="all_turns")),
            {"effort": "low", "summary": "detailed", "context": "all_turns"},
        ),
    ],
)
def test_how_much_to_think_is_written(reasoning: Reasoning, written: dict[str, Any] | None) -> None:
    request = Request("m", (USER,), reasoning=reasoning)
    assert write(request).get("reasoning") == written
    assert losses(request) == (["thinking budget"] if reasoning.budget_tokens else [])


@pytest.mark.parametrize(
    ("asked", "told"), [("none", "low"), ("minimal", "low"), ("medium", "low"), ("high", "high"), ("max", "high")]
)
def test_an_effort_the_model_lacks_becomes_the_next_one_it_has(asked: str, told: str) -> None:
    profile = replace(REASONING, efforts=efforts("low", "high"))
    request = Request("m", (USER,), reasoning=Reasoning(effort=asked))
    assert write(request, profile)["reasoning"] == {"effort": told}
    assert losses(request, profile) == (["reasoning effort"] if asked != told else [])


def test_a_provider_not_known_to_reason_is_not_asked_to() -> None:
    request = Request("m", (USER,), reasoning=Reasoning(effort="low"))
    assert "reasoning" not in write(request, PLAIN)
    assert losses(request, PLAIN) == ["reasoning"]
