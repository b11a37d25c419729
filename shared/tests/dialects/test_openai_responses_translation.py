"""Facts about Responses streams on their way to and from other dialects: whole, split, cut and failing at every place."""

import json
from collections.abc import Iterable
from typing import Any

import pytest
from msgspec import Raw

from fairlead.shared.conversation import RedactedThinking, Text, Thinking, ToolCall, Usage
from fairlead.shared.dialect import Dialect, ReplyContext
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.dialects.openai_responses import OPENAI_RESPONSES
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.sse import EventParser
from fairlead.shared.translation import PassedThrough, Pipe, Translated, answer_from_stream, stream_from_answer

from ..walks import WALKS

ANTHROPIC, CHAT = DIALECTS["anthropic"], DIALECTS["openai"]
CONTEXT = ReplyContext("r1", 5, "m")
OUT = [OPENAI_RESPONSES, ANTHROPIC, CHAT]
IN = [ANTHROPIC, CHAT]


def stream(*events: tuple[str, dict[str, Any]]) -> bytes:
    return b"".join(
        f"event: response.{name}\ndata: {json.dumps({'type': f'response.{name}', 'sequence_number': number, **fields}, ensure_ascii=False)}\n\n".encode()
        for number, (name, fields) in enumerate(events)
    )


def item(moment: str, at: int, /, **fields: Any) -> tuple[str, dict[str, Any]]:
    return f"output_item.{moment}", {"output_index": at, "item": fields}


def piece(name: str, at: int, text: str, **fields: Any) -> tuple[str, dict[str, Any]]:
    return f"{name}.delta", {"output_index": at, "item_id": "x", "delta": text, **fields}


SUMMARY = [{"type": "summary_text", "text": "whïch"}, {"type": "summary_text", "text": "fïle 🎣"}]
TEXT = {"type": "output_text", "text": "Writing 漢字\n", "annotations": []}
CALL = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "Write", "arguments": '{"path": "é"}'}
SECOND = {**CALL, "id": "fc_2", "call_id": "call_2", "name": "Bash", "arguments": "{}"}
USAGE = {
    "input_tokens": 1007,
    "input_tokens_details": {"cached_tokens": 900, "cache_write_tokens": 100},
    "output_tokens": 88,
    "output_tokens_details": {"reasoning_tokens": 40},
    "total_tokens": 1095,
}
THOUGHT = {"type": "reasoning", "id": "rs_1", "summary": SUMMARY, "encrypted_content": "gAAA"}
MESSAGE = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [TEXT]}
RESPONSE = {
    "id": "resp_1",
    "object": "response",
    "model": "gpt-x",
    "status": "in_progress",
    "output": [],
    "usage": None,
}

AGENT = stream(
    ("created", {"response": RESPONSE}),
    ("in_progress", {"response": RESPONSE}),
    item("added", 0, **{**THOUGHT, "summary": [], "encrypted_content": "gA"}),
    ("reasoning_summary_part.added", {"output_index": 0, "summary_index": 0, "part": {**SUMMARY[0], "text": ""}}),
    piece("reasoning_summary_text", 0, "whï", summary_index=0),
    piece("reasoning_summary_text", 0, "ch", summary_index=0),
    ("reasoning_summary_part.done", {"output_index": 0, "summary_index": 0, "part": SUMMARY[0]}),
    piece("reasoning_summary_text", 0, "fïle 🎣", summary_index=1),
    item("done", 0, **THOUGHT),
    item("added", 1, **{**MESSAGE, "content": []}),
    ("content_part.added", {"output_index": 1, "content_index": 0, "part": {**TEXT, "text": ""}}),
    piece("output_text", 1, "Writing ", content_index=0, logprobs=[], obfuscation="x" * 9),
    piece("output_text", 1, "漢字\n", content_index=0, logprobs=[]),
    ("output_text.done", {"output_index": 1, "content_index": 0, "text": TEXT["text"], "logprobs": []}),
    ("content_part.done", {"output_index": 1, "content_index": 0, "part": TEXT}),
    item("done", 1, **MESSAGE),
    item("added", 2, **{**CALL, "arguments": ""}),
    piece("function_call_arguments", 2, '{"path":'),
    item("added", 4, **{**SECOND, "arguments": ""}),
    piece("function_call_arguments", 2, ' "é"}'),
    item("done", 2, **CALL),
    item("done", 4, **SECOND),
    (
        "completed",
        {"response": {**RESPONSE, "status": "completed", "output": [THOUGHT, MESSAGE, CALL, SECOND], "usage": USAGE}},
    ),
)
SIGNATURE = '{"id":"rs_1","encrypted_content":"gAAA","parts":[5,6]}'


def pipes(source: Dialect, target: Dialect) -> list[Pipe]:
    translated: Pipe = Translated(source, target, CONTEXT)
    return [translated, PassedThrough(source, "r1")] if source is target else [translated]


def run(pipe: Pipe, chunks: Iterable[bytes]) -> bytes:
    return b"".join([pipe.feed(chunk) for chunk in chunks]) + pipe.close()


def last_event(written: bytes) -> dict[str, Any]:
    """The last event of a Responses stream, whose events are all named and numbered."""
    events = EventParser().feed(written)
    for number, event in enumerate(events[:-1]):
        data = json.loads(event.data)
        assert data["type"] == event.name
        assert data["sequence_number"] == number
    return json.loads(events[-1].data)  # type: ignore[no-any-return]


@pytest.mark.parametrize("target", OUT, ids=lambda one: one.name)
def test_a_whole_stream_says_the_same_in_every_dialect(target: Dialect) -> None:
    pipe = Translated(OPENAI_RESPONSES, target, CONTEXT)
    written = run(pipe, [AGENT])
    assert pipe.encoder.violations == {}
    told = answer_from_stream(target, written)
    calls = (ToolCall("call_1", "Write", '{"path": "é"}'), ToolCall("call_2", "Bash", "{}"))
    assert [block for block in told.content if isinstance(block, Text | ToolCall)] == [Text("Writing 漢字\n"), *calls]
    thoughts = [block for block in told.content if isinstance(block, Thinking)]
    assert "".join(block.text for block in thoughts) == "whïch\n\nfïle 🎣"
    assert told.usage == Usage(7, 900, 100, 88, 40)


def test_an_anthropic_client_carries_the_reasoning_of_a_responses_model() -> None:
    written = run(Translated(OPENAI_RESPONSES, ANTHROPIC, CONTEXT), [AGENT])
    told = answer_from_stream(ANTHROPIC, written).content[0]
    assert told == Thinking("whïch\n\nfïle 🎣", SIGNATURE, "openai-responses")


@pytest.mark.parametrize("target", OUT, ids=lambda one: one.name)
def test_a_split_at_any_byte_changes_no_byte(target: Dialect) -> None:
    whole = [run(pipe, [AGENT]) for pipe in pipes(OPENAI_RESPONSES, target)]
    for at in range(1, len(AGENT)):
        assert [run(pipe, [AGENT[:at], AGENT[at:]]) for pipe in pipes(OPENAI_RESPONSES, target)] == whole, at


@pytest.mark.parametrize("target", OUT, ids=lambda one: one.name)
def test_a_byte_at_a_time_changes_no_byte(target: Dialect) -> None:
    for pipe, again in zip(pipes(OPENAI_RESPONSES, target), pipes(OPENAI_RESPONSES, target), strict=True):
        assert run(pipe, (AGENT[at : at + 1] for at in range(len(AGENT)))) == run(again, [AGENT])


@pytest.mark.parametrize("target", OUT, ids=lambda one: one.name)
def test_a_cut_at_any_byte_is_told(target: Dialect) -> None:
    for at in range(len(AGENT) - 2):
        for pipe in pipes(OPENAI_RESPONSES, target):
            written = run(pipe, [AGENT[:at]])
            if b"response.completed" in AGENT[:at] and pipe.progress.ended:
                continue  # only the blank line after the last event is missing
            assert pipe.progress.failure is not None, at
            assert pipe.progress.failure.kind is Kind.CUT, at
            if target is OPENAI_RESPONSES:
                assert last_event(written)["type"] == "response.failed"


@pytest.mark.parametrize("target", OUT, ids=lambda one: one.name)
def test_a_failure_at_any_place_is_told_and_nothing_follows(target: Dialect) -> None:
    events = [event + b"\n\n" for event in AGENT.split(b"\n\n")[:-1]]
    error = OPENAI_RESPONSES.failure_event(Failure(Kind.OVERLOADED, "try later"), "r1")
    for at in range(len(events)):
        for pipe in pipes(OPENAI_RESPONSES, target):
            written = b"".join(pipe.feed(event) for event in [*events[:at], error])
            assert b"try later" in written
            assert pipe.feed(b"".join(events[at:])) + pipe.close() == b""
            assert pipe.progress.failure is not None
            assert pipe.progress.failure.kind is Kind.OVERLOADED


def test_passing_through_changes_no_byte() -> None:
    for text in (AGENT, AGENT.replace(b"\n", b"\r\n")):
        for size in (1, 7, 100, len(text)):
            pipe = PassedThrough(OPENAI_RESPONSES, "r1")
            assert run(pipe, (text[at : at + size] for at in range(0, len(text), size))) == text
            assert pipe.progress.ended
            assert pipe.progress.usage == Usage(7, 900, 100, 88, 40)


def test_giving_up_from_outside_is_told_once() -> None:
    for pipe in pipes(OPENAI_RESPONSES, OPENAI_RESPONSES):
        written = pipe.feed(AGENT[:2000]) + pipe.fail(Failure(Kind.IDLE_TIMEOUT, "silence"))
        assert last_event(written)["response"]["error"]["message"] == "silence"
        assert pipe.fail(Failure(Kind.CUT, "again")) + pipe.close() == b""


# From other dialects ----------------------------------------------------------------------------


@pytest.fixture
def streams(agent_stream: bytes, chat_stream: bytes) -> dict[str, bytes]:
    return {"anthropic": agent_stream, "openai": chat_stream}


@pytest.mark.parametrize("source", IN, ids=lambda one: one.name)
def test_another_dialects_stream_ends_as_a_whole_response(source: Dialect, streams: dict[str, bytes]) -> None:
    pipe = Translated(source, OPENAI_RESPONSES, CONTEXT)
    last = last_event(b"".join(run(pipe, [streams[source.name]]).split(b": ping\n\n")))
    assert last["type"] == "response.completed"
    assert last["response"]["usage"]["input_tokens"] == 1007
    assert pipe.encoder.violations == {}
    names = [one["name"] for one in last["response"]["output"] if one["type"] == "function_call"]
    assert names == ["Write", "Bash"]


@pytest.mark.parametrize("source", IN, ids=lambda one: one.name)
def test_another_dialects_stream_split_at_any_byte_gives_the_same(source: Dialect, streams: dict[str, bytes]) -> None:
    text = streams[source.name]
    whole = run(Translated(source, OPENAI_RESPONSES, CONTEXT), [text])
    for at in range(1, len(text)):
        assert run(Translated(source, OPENAI_RESPONSES, CONTEXT), [text[:at], text[at:]]) == whole, at


@pytest.mark.parametrize("source", IN, ids=lambda one: one.name)
def test_another_dialects_stream_cut_at_any_byte_is_told(source: Dialect, streams: dict[str, bytes]) -> None:
    text = streams[source.name]
    for at in range(len(text)):
        pipe = Translated(source, OPENAI_RESPONSES, CONTEXT)
        written = run(pipe, [text[:at]]).replace(b": ping\n\n", b"")
        ended = "response.failed" if pipe.progress.failure else "response.completed"
        assert last_event(written)["type"] == ended, at
        assert pipe.progress.failure or pipe.progress.finish, at


def test_a_signature_comes_back_to_its_maker_by_way_of_a_responses_client(agent_stream: bytes) -> None:
    written = run(Translated(ANTHROPIC, OPENAI_RESPONSES, CONTEXT), [agent_stream])
    output = last_event(written.replace(b": ping\n\n", b""))["response"]["output"]
    body = {"model": "m", "input": [{"role": "user", "content": "x"}, *output]}
    request = OPENAI_RESPONSES.decode_request({name: _raw(value) for name, value in body.items()})
    thought, redacted, *_ = request.turns[1].content
    assert thought == Thinking("which fïle 🎣", "c2ln", "anthropic")
    assert redacted == RedactedThinking("b3BhcXVl", "anthropic")


def _raw(value: Any) -> Raw:
    return Raw(json.dumps(value).encode())


@pytest.mark.parametrize("target", IN, ids=lambda one: one.name)
def test_a_whole_answer_goes_where_its_stream_would(target: Dialect) -> None:
    message = answer_from_stream(OPENAI_RESPONSES, AGENT)
    direct = answer_from_stream(target, run(Translated(OPENAI_RESPONSES, target, CONTEXT), [AGENT]))
    told = answer_from_stream(target, stream_from_answer(message, target, CONTEXT).body)
    assert told == direct


# Summaries of several parts -----------------------------------------------------------------------

LANE = ReplyContext("r1", 5, "m", extensions=True)
THREE = ["one", "two", "three"]


def summarised(*, deltas: int, encrypted: str | None) -> bytes:
    """An answer whose reasoning has a summary in three parts, of which deltas bring the first few."""
    head = {"id": "resp_1", "object": "response", "model": "gpt-x"}
    thought: dict[str, Any] = {"type": "reasoning", "id": "rs_1", "summary": []}
    whole = {**thought, "summary": [{"type": "summary_text", "text": text} for text in THREE]}
    if encrypted is not None:
        whole["encrypted_content"] = encrypted
    told = [piece("reasoning_summary_text", 0, text, summary_index=at) for at, text in enumerate(THREE)][:deltas]
    return stream(
        ("created", {"response": {**head, "status": "in_progress"}}),
        item("added", 0, **thought),
        *told,
        item("done", 0, **whole),
        ("completed", {"response": {**head, "status": "completed", "output": [whole]}}),
    )


def check_parts(out: bytes) -> None:
    """The client was told three parts, each begun, said and done under its own index, and all of them at the end."""
    assert WALKS["openai-responses"](out) == "complete"
    events = [json.loads(event.data) for event in EventParser().feed(out)]
    for name in ("part.added", "text.done", "part.done"):
        told = [one["summary_index"] for one in events if one["type"] == f"response.reasoning_summary_{name}"]
        assert told == [0, 1, 2], name
    (last,) = events[-1]["response"]["output"]
    assert [part["text"] for part in last["summary"]] == THREE


@pytest.mark.parametrize("encrypted", [None, "gAAA"])
@pytest.mark.parametrize("deltas", range(4))
def test_the_parts_of_a_summary_stay_apart(deltas: int, encrypted: str | None) -> None:
    given = summarised(deltas=deltas, encrypted=encrypted)
    pipe = Translated(OPENAI_RESPONSES, OPENAI_RESPONSES, CONTEXT)
    check_parts(run(pipe, [given]))
    check_parts(stream_from_answer(answer_from_stream(OPENAI_RESPONSES, given), OPENAI_RESPONSES, CONTEXT).body)


@pytest.mark.parametrize("encrypted", [None, "gAAA"])
def test_the_parts_of_a_summary_stay_apart_between_the_services(encrypted: str | None) -> None:
    given = summarised(deltas=3, encrypted=encrypted)
    lane = run(Translated(OPENAI_RESPONSES, CHAT, LANE), [given])
    check_parts(run(Translated(CHAT, OPENAI_RESPONSES, CONTEXT), [lane]))
    message = answer_from_stream(OPENAI_RESPONSES, given)
    whole = CHAT.decode_response(CHAT.encode_response(message, LANE).body)
    assert [type(block) for block in whole.content] == [Thinking]
    (told,) = json.loads(OPENAI_RESPONSES.encode_response(whole, CONTEXT).body)["output"]
    assert [part["text"] for part in told["summary"]] == THREE


@pytest.mark.parametrize("target", [ANTHROPIC, CHAT, DIALECTS["gemini"]], ids=lambda one: one.name)
def test_where_a_thought_is_one_text_a_blank_line_stands_between_the_parts(target: Dialect) -> None:
    out = run(Translated(OPENAI_RESPONSES, target, CONTEXT), [summarised(deltas=3, encrypted=None)])
    thought = next(one for one in answer_from_stream(target, out).content if isinstance(one, Thinking))
    assert thought.text == "one\n\ntwo\n\nthree"


def test_a_whole_answer_keeps_the_parts_of_an_unsigned_summary() -> None:
    thought = {"type": "reasoning", "summary": [{"type": "summary_text", "text": text} for text in THREE]}
    answer = {"id": "resp_1", "model": "m", "status": "completed", "output": [thought]}
    message = OPENAI_RESPONSES.decode_response(json.dumps(answer).encode())
    assert message.content == (Thinking("one\n\ntwo\n\nthree", "", "openai-responses", parts=(3, 3, 5)),)
    (told,) = json.loads(OPENAI_RESPONSES.encode_response(message, CONTEXT).body)["output"]
    assert told["summary"] == thought["summary"]
