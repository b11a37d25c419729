"""Facts about Responses requests as they are written."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from fairlead.shared.codec import peek
from fairlead.shared.conversation import (
    Audio,
    Base64Source,
    Block,
    CacheHint,
    Citation,
    Document,
    Extras,
    FileSource,
    Image,
    OutputFormat,
    Reasoning,
    RedactedThinking,
    Request,
    Sampling,
    ServerCall,
    ServerResult,
    Text,
    TextSource,
    Thinking,
    Tool,
    ToolCall,
    ToolReference,
    ToolResult,
    Turn,
    Unknown,
    UrlSource,
)
from fairlead.shared.dialects.openai_responses import OPENAI_RESPONSES
from fairlead.shared.failure import FailureError, Kind
from fairlead.shared.profile import PLAIN, Profile

NAME = "openai-responses"
REASONING = Profile(reasoning_effort=True, system_role="developer")
USER = Turn("user", (Text("x"),))


def write(request: Request, profile: Profile = REASONING) -> dict[str, Any]:
    return json.loads(OPENAI_RESPONSES.encode_request(request, profile).body)  # type: ignore[no-any-return]


def losses(request: Request, profile: Profile = REASONING) -> list[str]:
    return [loss.what for loss in OPENAI_RESPONSES.encode_request(request, profile).losses]


def items(*turns: Turn) -> list[Any]:
    return write(Request("m", turns))["input"]  # type: ignore[no-any-return]


def own(**fields: Any) -> Extras:
    return Extras(NAME, {name: Raw(json.dumps(value).encode()) for name, value in fields.items()})


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
        {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "hm"}], "encrypted_content": "gA"},
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
    block = Thinking("one\n\ntwo", '{"id":"rs_1","encrypted_content":"gA","parts":%s}' % parts, NAME)
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
        (Reasoning(mode="enabled", budget_tokens=2_000), {"effort": "low", "summary": "auto"}),
        (Reasoning(mode="enabled", budget_tokens=10_000), {"effort": "medium", "summary": "auto"}),
        (Reasoning(mode="enabled", budget_tokens=31_999), {"effort": "high", "summary": "auto"}),
        (Reasoning(mode="enabled", budget_tokens=63_999), {"effort": "xhigh", "summary": "auto"}),
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


def test_a_provider_not_known_to_reason_is_not_asked_to() -> None:
    request = Request("m", (USER,), reasoning=Reasoning(effort="low"))
    assert "reasoning" not in write(request, PLAIN)
    assert losses(request, PLAIN) == ["reasoning"]


# Settings ---------------------------------------------------------------------------------------


def test_settings_are_written() -> None:
    schema = Raw(b'{"type":"object"}')
    written = write(
        Request(
            "m",
            (USER,),
            max_tokens=99,
            sampling=Sampling(0.5, 0.25),
            output_format=OutputFormat(schema, "n", False, "d"),
            stream=True,
            user="me",
        )
    )
    assert (written["max_output_tokens"], written["temperature"], written["top_p"]) == (99, 0.5, 0.25)
    assert written["text"]["format"] == {
        "type": "json_schema",
        "name": "n",
        "schema": {"type": "object"},
        "description": "d",
        "strict": False,
    }
    assert written["stream"] is True
    assert written["safety_identifier"] == "me"


def test_a_schema_without_a_name_gets_one_and_is_kept_to() -> None:
    written = write(Request("m", (USER,), output_format=OutputFormat(Raw(b"{}"))))["text"]["format"]
    assert (written["name"], written["strict"]) == ("answer", True)
    assert write(Request("m", (USER,), output_format=OutputFormat(None)))["text"]["format"] == {"type": "json_object"}


def test_a_limit_too_small_for_the_service_is_raised() -> None:
    request = Request("m", (USER,), max_tokens=1)
    assert write(request)["max_output_tokens"] == 16
    assert losses(request) == ["max_tokens"]


def test_what_responses_cannot_say_is_said_to_be_lost() -> None:
    request = Request("m", (USER,), sampling=Sampling(top_k=3, seed=4), stop=("x",))
    assert losses(request) == ["top_k", "seed", "stop"]


def test_an_end_user_id_too_long_for_the_service_is_told_by_its_hash() -> None:
    first, second = (write(Request("m", (USER,), user=letter * 65))["safety_identifier"] for letter in "ab")
    assert first != second
    assert len(first) == len(second) == 64


def test_own_fields_pass_as_they_are_and_join_what_is_written() -> None:
    fields = own(
        store=True,
        include=["message.output_text.logprobs"],
        previous_response_id="resp_1",
        text={"verbosity": "low"},
        prompt_cache_key="k",
    )
    written = write(Request("m", (USER,), output_format=OutputFormat(None), extras=fields))
    assert written["store"] is True
    assert written["include"] == ["message.output_text.logprobs", "reasoning.encrypted_content"]
    assert written["previous_response_id"] == "resp_1"
    assert written["text"] == {"format": {"type": "json_object"}, "verbosity": "low"}
    assert written["prompt_cache_key"] == "k"


def test_fields_the_same_vendors_other_dialect_means_alike_are_kept() -> None:
    fields = Extras("openai", {"service_tier": Raw(b'"flex"'), "verbosity": Raw(b'"low"'), "logit_bias": Raw(b"{}")})
    request = Request("m", (USER,), extras=fields)
    written = write(request)
    assert (written["service_tier"], written["text"]) == ("flex", {"verbosity": "low"})
    assert losses(request) == ["logit_bias"]


@pytest.mark.parametrize(
    ("field", "value"), [("n", b"2"), ("modalities", b'["audio"]'), ("container", b'"c"'), ("mcp_servers", b"[{}]")]
)
def test_a_field_that_would_change_the_answer_is_refused(field: str, value: bytes) -> None:
    request = Request("m", (USER,), extras=Extras("other", {field: Raw(value)}))
    with pytest.raises(FailureError, match=f"{field}: not available") as caught:
        OPENAI_RESPONSES.encode_request(request, PLAIN)
    assert (caught.value.failure.kind, caught.value.failure.param) == (Kind.BAD_REQUEST, field)


def test_sound_is_refused() -> None:
    request = Request("m", (Turn("user", (Audio(Base64Source("audio/wav", "AAAA")),)),))
    with pytest.raises(FailureError, match="takes no audio"):
        OPENAI_RESPONSES.encode_request(request, PLAIN)


def test_a_failed_result_and_foreign_blocks_are_said_to_be_lost() -> None:
    foreign = Unknown("anthropic", Raw(b"{}"))
    request = Request(
        "m",
        (
            Turn("assistant", (ServerCall("s", "web_search", "{}"), ServerResult("s", "web_search"), foreign)),
            Turn("user", (ToolResult("c", (Text("boom"),), True), foreign)),
        ),
    )
    assert losses(request) == ["ServerCall", "Unknown", "is_error", "Unknown"]


# Real clients -----------------------------------------------------------------------------------

CODEX: dict[str, Any] = {
    "model": "my-gpt",
    "stream": True,
    "input": [
        {
            "type": "message",
            "id": "msg_0",
            "role": "developer",
            "content": [{"type": "input_text", "text": "be an agent"}, {"type": "input_text", "text": "carefully"}],
        },
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "make a file"}]},
        {"type": "reasoning", "id": "rs_1", "summary": [], "content": None, "encrypted_content": None},
        {
            "type": "function_call",
            "id": "fc_1",
            "call_id": "call_1",
            "name": "exec_command",
            "arguments": '{"cmd":"echo hi > f"}',
            "status": "completed",
        },
        {"type": "function_call_output", "call_id": "call_1", "output": "Exit code: 0"},
    ],
    "tools": [
        {"type": "function", "name": "exec_command", "description": "d", "strict": False, "parameters": {"type": "object", "properties": {}}},
        {"type": "namespace", "name": "multi_agent_v1", "description": "d", "tools": [{"type": "function", "name": "spawn", "strict": False, "parameters": {"type": "object", "properties": {}}}]},
        {"type": "web_search", "external_web_access": True},
    ],
    "tool_choice": "auto",
    "parallel_tool_calls": True,
    "reasoning": {"summary": "auto"},
    "store": False,
    "include": ["reasoning.encrypted_content"],
    "prompt_cache_key": "k",
    "client_metadata": {"a": "b"},
}


def test_a_codex_request_goes_to_a_responses_model_with_nothing_but_ids_and_empty_reasoning_gone() -> None:
    request = OPENAI_RESPONSES.decode_request(peek(json.dumps(CODEX).encode()))
    expected = json.loads(json.dumps(CODEX))
    expected["input"] = [
        {name: value for name, value in item.items() if name not in ("id", "status")}
        for item in expected["input"]
        if item["type"] != "reasoning"
    ]
    assert write(request) == expected
    assert losses(request) == ["thinking"]


OPENCODE: dict[str, Any] = {
    "model": "my-resp",
    "input": [
        {"role": "developer", "content": "be an agent"},
        {"role": "user", "content": [{"type": "input_text", "text": "make a file"}]},
        {"role": "assistant", "content": [{"type": "output_text", "text": "yes"}], "id": "msg_1"},
        {"type": "function_call", "call_id": "call_1", "name": "write", "arguments": "{}", "id": "fc_1"},
        {"type": "function_call_output", "call_id": "call_1", "output": "done"},
    ],
    "max_output_tokens": 32_000,
    "store": False,
    "tools": [{"type": "function", "name": "write", "description": "d", "parameters": {"type": "object", "properties": {}}}],
    "tool_choice": "auto",
    "stream": True,
}


def test_an_opencode_request_is_understood() -> None:
    request = OPENAI_RESPONSES.decode_request(peek(json.dumps(OPENCODE).encode()))
    assert request.instructions == (Text("be an agent"),)
    assert request.turns == (
        Turn("user", (Text("make a file"),)),
        Turn("assistant", (Text("yes"), ToolCall("call_1", "write", "{}"))),
        Turn("user", (ToolResult("call_1", (Text("done"),)),)),
    )
    assert request.tools == (Tool("write", "d", Raw(b'{"type": "object", "properties": {}}')),)
    assert request.max_tokens == 32_000


# Whatever may come ------------------------------------------------------------------------------

WORDS = st.text(min_size=1)
RAW = st.sampled_from([b'{"a":1}', b"[1, 2.0]", b'"x"']).map(Raw)
LATER = st.none() | st.dictionaries(st.sampled_from(["mood", "later"]), RAW, min_size=1).map(
    lambda fields: Extras(NAME, fields)
)
MARKED = st.none() | RAW.map(lambda raw: Extras(NAME, {"prompt_cache_breakpoint": raw}))
SOURCE = st.sampled_from([Base64Source("image/png", "AAAA"), UrlSource("https://e.example/x"), FileSource("file-1")])
PART = (
    st.builds(lambda text, extras: Text(text, CacheHint() if extras else None, extras), WORDS, MARKED)
    | st.builds(Image, SOURCE, st.sampled_from(["low", "high", "auto"]))
    | st.builds(Document, SOURCE.filter(lambda source: not isinstance(source, FileSource)), WORDS)
    | st.builds(lambda text: Unknown(NAME, Raw(json.dumps({"type": "input_new", "x": text}).encode())), st.text())
)
CITATION = st.builds(
    lambda url, title, start: Citation(
        url,
        title,
        None,
        start,
        start + 1,
        Unknown(
            NAME,
            Raw(
                json.dumps(
                    {"type": "url_citation", "url": url, "title": title, "start_index": start, "end_index": start + 1}
                ).encode()
            ),
        ),
    ),
    WORDS,
    WORDS,
    st.integers(0, 9),
)
PHASE = st.none() | st.sampled_from(["commentary", "final_answer"]).map(lambda phase: own(phase=phase))
ANSWER = st.builds(
    lambda text, phase, citations: Text(text, None, phase, tuple(citations)), WORDS, PHASE, st.lists(CITATION, max_size=2)
) | st.builds(lambda text: Text(text, refusal=True), WORDS)


@st.composite
def thinking(draw: st.DrawFn) -> Thinking:
    parts = draw(st.lists(st.text(min_size=1, max_size=5), max_size=3))
    carried: dict[str, Any] = {"id": "rs_" + draw(st.text("ab", max_size=3)), "encrypted_content": draw(st.text("gA", min_size=1))}
    if len(parts) > 1:
        carried["parts"] = [len(part) for part in parts]
    return Thinking("\n\n".join(parts), json.dumps(carried, separators=(",", ":")), NAME)


@st.composite
def rounds(draw: st.DrawFn) -> tuple[Turn, ...]:
    """A question, an answer with calls of all kinds, and a turn that answers the calls in another order."""
    asked = Turn("user", tuple(draw(st.lists(PART, min_size=1, max_size=3))), extras=draw(LATER))
    ids = draw(st.lists(st.integers(0, 9**9), max_size=3, unique=True))
    calls = [
        ToolCall(f"call_{id}", "f", draw(WORDS), None, draw(LATER), draw(st.booleans()), draw(st.sampled_from([None, "n"])))
        for id in ids
    ]
    spoken = draw(st.lists(ANSWER | thinking(), min_size=0 if calls else 1, max_size=4))
    answered = Turn("assistant", tuple(draw(st.permutations([*spoken, *calls]))))
    results = [ToolResult(call.id, tuple(draw(st.lists(PART, max_size=2)))) for call in draw(st.permutations(calls))]
    return (asked, answered, Turn("user", tuple(results))) if results else (asked, answered)


@given(st.lists(rounds(), min_size=1, max_size=3), st.lists(WORDS.map(Text), max_size=2))
def test_any_conversation_comes_back_as_it_went(conversation: list[tuple[Turn, ...]], instructions: list[Text]) -> None:
    turns: list[Turn] = []
    used: set[str] = set()
    for several in conversation:
        ids = {block.id for turn in several for block in turn.content if isinstance(block, ToolCall)}
        if not ids & used:
            turns += several
        used |= ids
    request = Request("m", tuple(turns), tuple(instructions))
    encoded = OPENAI_RESPONSES.encode_request(request, REASONING)
    assert encoded.losses == ()
    back = OPENAI_RESPONSES.decode_request(peek(encoded.body))
    assert back.turns == request.turns
    assert back.instructions == request.instructions
    assert OPENAI_RESPONSES.encode_request(back, REASONING).body == encoded.body


@given(st.binary())
def test_any_bytes_are_a_request_or_a_clear_refusal(body: bytes) -> None:
    for text in (body, b'{"model":"m","input":' + body + b"}"):
        try:
            request = OPENAI_RESPONSES.decode_request(peek(text))
        except FailureError as error:
            assert error.failure.kind is Kind.BAD_REQUEST
        else:
            assert isinstance(request, Request)
