"""Facts about whole Responses answers, read and written."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from fairlead.shared.conversation import (
    Block,
    Citation,
    Extras,
    Finish,
    FinishReason,
    Message,
    RedactedThinking,
    SearchHit,
    ServerCall,
    ServerResult,
    Text,
    Thinking,
    Tool,
    ToolCall,
    Unknown,
    Usage,
)
from fairlead.shared.dialect import ReplyContext
from fairlead.shared.dialects.openai_responses import OPENAI_RESPONSES
from fairlead.shared.failure import Failure, FailureError, Kind
from fairlead.shared.provenance import seal
from fairlead.shared.translation import stream_from_answer

from ..walks import WALKS

NAME = "openai-responses"
CONTEXT = ReplyContext("r1", 5, "m")
STOP = Finish(FinishReason.STOP)


def read(*output: Any, **fields: Any) -> Message:
    answer = {"id": "resp_1", "object": "response", "model": "gpt-x", "status": "completed", "output": list(output)}
    return OPENAI_RESPONSES.decode_response(json.dumps({**answer, **fields}).encode())


def failure(*output: Any, **fields: Any) -> Failure:
    with pytest.raises(FailureError) as caught:
        read(*output, **fields)
    return caught.value.failure


def write(*blocks: Block, finish: Finish = STOP, context: ReplyContext = CONTEXT) -> dict[str, Any]:
    message = Message("msg_1", "", blocks, finish, Usage(7, 900, 100, 88, 40))
    return json.loads(OPENAI_RESPONSES.encode_response(message, context).body)  # type: ignore[no-any-return]


def output(*blocks: Block, **more: Any) -> list[Any]:
    return write(*blocks, **more)["output"]  # type: ignore[no-any-return]


def message(*parts: dict[str, Any], **fields: Any) -> dict[str, Any]:
    head = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed"}
    return {**head, "content": list(parts), **fields}


def said(text: str, *annotations: Any) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": list(annotations)}


CALL = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "f", "arguments": '{"a": 1}'}


# From the wire ----------------------------------------------------------------------------------


def test_an_answer_is_read() -> None:
    usage = {
        "input_tokens": 1007,
        "input_tokens_details": {"cached_tokens": 900, "cache_write_tokens": 100},
        "output_tokens": 88,
        "output_tokens_details": {"reasoning_tokens": 40},
        "total_tokens": 1095,
    }
    thought = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gA"}
    assert read(thought, message(said("a"), said("b")), CALL, usage=usage) == Message(
        "resp_1",
        "gpt-x",
        (
            Thinking("", '{"id":"rs_1","encrypted_content":"gA"}', NAME),
            Text("a"),
            Text("b"),
            ToolCall("call_1", "f", '{"a": 1}'),
        ),
        Finish(FinishReason.TOOL_CALLS),
        Usage(7, 900, 100, 88, 40),
    )


def test_cached_tokens_beyond_the_input_count_for_nothing_more() -> None:
    usage = {"input_tokens": 5, "input_tokens_details": {"cached_tokens": 9}, "output_tokens": 1}
    assert read(message(said("a")), usage=usage).usage == Usage(0, 9, 0, 1)


@pytest.mark.parametrize(
    ("fields", "finish"),
    [
        ({}, STOP),
        ({"status": None}, STOP),
        ({"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}, Finish(FinishReason.LENGTH)),
        ({"status": "incomplete", "incomplete_details": {"reason": "content_filter"}}, Finish(FinishReason.REFUSAL)),
        (
            {"status": "incomplete", "incomplete_details": {"reason": "steered"}},
            Finish(FinishReason.OTHER, None, "steered"),
        ),
        ({"status": "incomplete"}, Finish(FinishReason.LENGTH)),
    ],
)
def test_why_it_ended_is_read(fields: dict[str, Any], finish: Finish) -> None:
    assert read(message(said("a")), **fields).finish == finish


def test_a_refusal_is_a_text_and_a_finish() -> None:
    told = read(message({"type": "refusal", "refusal": "no"}))
    assert told.content == (Text("no", refusal=True),)
    assert told.finish == Finish(FinishReason.REFUSAL)


def test_fields_beyond_the_echo_of_the_request_are_kept() -> None:
    told = read(message(said("a")), moderation={"a": 1}, later=None, temperature=1, tools=[])
    assert told.extras == Extras(NAME, {"moderation": Raw(b'{"a": 1}')})
    assert json.loads(OPENAI_RESPONSES.encode_response(told, CONTEXT).body)["moderation"] == {"a": 1}


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"status": "failed", "error": {"code": "server_error", "message": "m"}}, Kind.UPSTREAM),
        ({"status": "failed", "error": {"code": "rate_limit_exceeded", "message": "m"}}, Kind.RATE_LIMIT),
        ({"status": "failed", "error": {"code": "context_length_exceeded", "message": "m"}}, Kind.CONTEXT_OVERFLOW),
        ({"status": "failed", "error": {"code": "invalid_prompt", "message": "m"}}, Kind.BAD_REQUEST),
        ({"status": "failed", "error": {"code": "bio_policy", "message": "m"}}, Kind.CONTENT_REFUSED),
        ({"status": "failed"}, Kind.UPSTREAM),
        ({"status": "cancelled"}, Kind.UPSTREAM),
        ({"status": "queued"}, Kind.MALFORMED),
        ({"output": None}, Kind.MALFORMED),
        ({"output": [{"type": "function_call"}]}, Kind.MALFORMED),
        ({"output": [5]}, Kind.MALFORMED),
    ],
)
def test_an_answer_that_is_none_is_a_failure(fields: dict[str, Any], kind: Kind) -> None:
    assert failure(**fields).kind is kind


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"output":5}', b'{"status":"completed"}', b"\xff"])
def test_what_is_no_answer_is_malformed(body: bytes) -> None:
    with pytest.raises(FailureError) as caught:
        OPENAI_RESPONSES.decode_response(body)
    assert caught.value.failure.kind is Kind.MALFORMED


def test_an_error_body_that_came_with_a_200_is_what_it_says() -> None:
    with pytest.raises(FailureError) as caught:
        OPENAI_RESPONSES.decode_response(b'{"error":{"message":"m","type":"requests","code":"rate_limit_exceeded"}}')
    assert caught.value.failure.kind is Kind.RATE_LIMIT


# To the wire ------------------------------------------------------------------------------------


def test_an_answer_is_a_whole_response_object() -> None:
    written = write(Text("a"))
    assert {name: value for name, value in written.items() if name != "output"} == {
        "id": "resp_r1",
        "object": "response",
        "created_at": 5,
        "status": "completed",
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "model": "m",
        "parallel_tool_calls": True,
        "temperature": None,
        "top_p": None,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": 1007,
            "input_tokens_details": {"cached_tokens": 900, "cache_write_tokens": 100},
            "output_tokens": 88,
            "output_tokens_details": {"reasoning_tokens": 40},
            "total_tokens": 1095,
        },
    }


def test_items_have_ids_of_their_kind_and_always_the_same() -> None:
    blocks = (Thinking("hm"), Text("a"), ToolCall("c1", "f", "{}"), ToolCall("c2", "g", "x", custom=True))
    first, second = output(*blocks), output(*blocks)
    assert [item["id"].partition("_")[0] for item in first] == ["rs", "msg", "fc", "ctc"]
    assert len({item["id"] for item in first}) == 4
    assert all(len(item["id"]) <= 64 for item in first)
    assert first == second


def test_texts_in_a_row_are_one_message() -> None:
    items = output(Text("a"), Text("b"), ToolCall("c1", "f", ""), Text("c"))
    assert [item["type"] for item in items] == ["message", "function_call", "message"]
    assert items[0]["content"] == [said("a"), said("b")]
    assert items[1]["arguments"] == "{}"


@pytest.mark.parametrize(
    ("finish", "status", "reason"),
    [
        (STOP, "completed", None),
        (Finish(FinishReason.STOP_SEQUENCE, "x"), "completed", None),
        (Finish(FinishReason.TOOL_CALLS), "completed", None),
        (Finish(FinishReason.PAUSE), "completed", None),
        (Finish(FinishReason.OTHER, None, "eos"), "completed", None),
        (Finish(FinishReason.OTHER, None, "steered"), "incomplete", "steered"),
        (Finish(FinishReason.LENGTH), "incomplete", "max_output_tokens"),
        (Finish(FinishReason.CONTEXT_WINDOW), "incomplete", "max_output_tokens"),
        (Finish(FinishReason.REFUSAL), "incomplete", "content_filter"),
    ],
)
def test_why_it_ended_is_written(finish: Finish, status: str, reason: str | None) -> None:
    written = write(Text("a"), ToolCall("c", "f", "{"), finish=finish)
    assert written["status"] == status
    assert written["incomplete_details"] == (None if reason is None else {"reason": reason})
    assert [item["status"] for item in written["output"]] == ["completed", status]


def test_a_refusal_in_the_models_words_is_a_whole_answer() -> None:
    written = write(Text("no", refusal=True), finish=Finish(FinishReason.REFUSAL))
    assert written["status"] == "completed"
    assert written["output"][0]["content"] == [{"type": "refusal", "refusal": "no"}]


def test_reasoning_of_another_maker_is_sealed() -> None:
    thought, redacted = output(Thinking("hm", "c2ln", "anthropic"), RedactedThinking("b3Bh", "anthropic"))
    assert thought["summary"] == [{"type": "summary_text", "text": "hm"}]
    assert thought["encrypted_content"] == seal("anthropic", "c2ln")
    assert redacted["summary"] == []
    assert redacted["encrypted_content"] == seal("anthropic", "redacted:b3Bh")


def test_own_reasoning_is_bare_under_its_own_id() -> None:
    signature = '{"id":"rs_9","encrypted_content":"gA","parts":[1,1]}'
    (item,) = output(Thinking("a\n\nb", signature, NAME))
    texts = [{"type": "summary_text", "text": text} for text in "ab"]
    assert item == {"id": "rs_9", "type": "reasoning", "summary": texts, "encrypted_content": "gA"}


@pytest.mark.parametrize("signature", ['{"id":"rs_9","content":true}', '{"encrypted_content":"gA"}'])
def test_own_reasoning_that_is_more_than_its_encrypted_content_is_sealed(signature: str) -> None:
    (item,) = output(Thinking("a", signature, NAME))
    assert item["encrypted_content"] == seal(NAME, signature)


def test_calls_go_back_to_the_form_the_client_offered_them_in() -> None:
    tools = (
        Tool("patch", None, None, custom=True),
        Tool("spawn", None, None, namespace="agents"),
        Tool("tell", None, None, custom=True, namespace="agents"),
    )
    items = output(
        ToolCall("c1", "patch", '{"input":"raw"}'),
        ToolCall("c2", "agents__spawn", '{"a":1}'),
        ToolCall("c3", "agents__tell", '{"input":"x"}'),
        ToolCall("c4", "other", "{}"),
        context=ReplyContext("r1", 5, "m", tools=tools),
    )
    shown = [(one["type"], one["name"], one.get("namespace"), one.get("input", one.get("arguments"))) for one in items]
    assert shown == [
        ("custom_tool_call", "patch", None, "raw"),
        ("function_call", "spawn", "agents", '{"a":1}'),
        ("custom_tool_call", "tell", "agents", "x"),
        ("function_call", "other", None, "{}"),
    ]


def test_the_offered_tools_are_repeated() -> None:
    tools = (Tool("f", "d", Raw(b'{"type":"object","properties":{}}')),)
    written = write(Text("a"), context=ReplyContext("r1", 5, "m", tools=tools))
    assert [tool["name"] for tool in written["tools"]] == ["f"]


def test_another_providers_web_search_is_one_item_with_what_it_found() -> None:
    hits = (SearchHit("https://e.example", "E"),)
    called = ServerCall("srvtoolu_1", "web_search", '{"query":"q"}')
    fetched = ServerCall("srvtoolu_2", "web_fetch", '{"url":"https://e.example"}')
    items = output(
        called,
        ServerResult("srvtoolu_1", "web_search", hits),
        fetched,
        ServerResult("srvtoolu_2", "web_fetch", error="unavailable"),
        ServerCall("srvtoolu_3", "bash", "{}"),
        ServerResult("srvtoolu_3", "bash"),
    )
    sources = [{"type": "url", "url": "https://e.example"}]
    assert [(item["status"], item["action"]) for item in items] == [
        ("completed", {"type": "search", "query": "q", "queries": ["q"], "sources": sources}),
        ("failed", {"type": "open_page", "url": "https://e.example"}),
    ]
    assert all(item["id"].startswith("ws_") for item in items)


def test_own_items_are_written_as_they_came() -> None:
    search = {
        "type": "web_search_call",
        "id": "ws_1",
        "status": "completed",
        "action": {"type": "search", "query": "q"},
    }
    other = {"type": "mcp_call", "id": "mcp_1", "name": "n"}
    told = read(search, other, message(said("a")))
    assert json.loads(OPENAI_RESPONSES.encode_response(told, CONTEXT).body)["output"][:2] == [search, other]


def test_an_id_that_is_none_does_not_become_one() -> None:
    picture = {"type": "image_generation_call", "id": None, "status": "completed", "result": "AAAA"}
    words = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "a", "id": 5}]}
    items = json.loads(OPENAI_RESPONSES.encode_response(read(picture, words), CONTEXT).body)["output"]
    assert [item["id"].partition("_")[0] for item in items] == ["ig", "msg"]
    stream = stream_from_answer(read(picture, words), OPENAI_RESPONSES, CONTEXT).body
    assert WALKS["openai-responses"](stream) == "complete"


def test_a_foreign_block_without_words_is_left_out() -> None:
    assert output(Unknown("anthropic", Raw(b"{}")), Text("a"))[0]["type"] == "message"


def test_citations_are_annotations() -> None:
    found = Citation("https://e.example", "E", "quoted")
    placed = Citation("https://f.example", None, None, 1, 2)
    (item,) = output(Text("abc", citations=(found, placed, Citation(None, "page 3"))))
    assert item["content"][0]["annotations"] == [
        {"type": "url_citation", "start_index": 0, "end_index": 3, "url": "https://e.example", "title": "E"},
        {"type": "url_citation", "start_index": 1, "end_index": 2, "url": "https://f.example", "title": ""},
    ]


# There and back ---------------------------------------------------------------------------------

ANNOTATION = st.builds(
    lambda url: {"type": "url_citation", "url": url, "title": "t", "start_index": 0, "end_index": 1}, st.text()
)
PARTS = st.lists(
    st.builds(lambda text, cited: said(text, *cited), st.text(), st.lists(ANNOTATION, max_size=2))
    | st.builds(lambda text: {"type": "refusal", "refusal": text}, st.text()),
    min_size=1,
    max_size=3,
)
ITEM = st.one_of(
    st.builds(lambda parts: message(*parts), PARTS),
    st.builds(lambda parts: message(*parts, phase="commentary"), PARTS),
    st.builds(
        lambda number, texts, secret: {
            "type": "reasoning",
            "id": f"rs_{number}",
            "summary": [{"type": "summary_text", "text": text} for text in texts],
            "encrypted_content": secret,
        },
        st.integers(0, 99),
        st.lists(st.text(min_size=1), max_size=3),
        st.text(alphabet="gAB", min_size=1),
    ),
    st.builds(
        lambda number, text: {**CALL, "call_id": f"call_{number}", "arguments": text or "{}"}, st.integers(), st.text()
    ),
    st.builds(lambda text: {"type": "mcp_call", "id": "mcp_1", "output": text}, st.text()),
)


@given(st.lists(ITEM, max_size=5, unique_by=lambda item: item.get("call_id", id(item))))
def test_any_answer_comes_back_as_it_went(items: list[Any]) -> None:
    told = read(*items)
    again = OPENAI_RESPONSES.decode_response(OPENAI_RESPONSES.encode_response(told, CONTEXT).body)
    assert again == told


@given(st.binary())
def test_any_bytes_are_an_answer_or_a_failure(body: bytes) -> None:
    for text in (body, b'{"output":[' + body + b"]}"):
        assert isinstance(_outcome(text), Message | Failure)


def _outcome(body: bytes) -> Message | Failure:
    try:
        return OPENAI_RESPONSES.decode_response(body)
    except FailureError as error:
        return error.failure
