"""Tool calls of a chat stream, numbered, named and repeated in the ways of many servers."""

import json
from typing import Any

import pytest

from fairlead.shared.assembly import assemble
from fairlead.shared.conversation import FinishReason, ToolCall
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.events import ArgumentsDelta, Event, Failed
from fairlead.shared.failure import FailureError, Kind
from fairlead.shared.sse import ServerEvent

OPENAI = DIALECTS["openai"]
END = {"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}


def piece(index: int | None, id: str | None, name: str | None, arguments: Any = None) -> dict[str, Any]:
    told = {"index": index, "id": id, "function": {"name": name, "arguments": arguments}}
    call = {key: value for key, value in told.items() if value is not None}
    return {"id": "c1", "model": "m", "choices": [{"index": 0, "delta": {"tool_calls": [call]}}]}


def events(*chunks: dict[str, Any]) -> list[Event]:
    decoder = OPENAI.stream_decoder()
    return [
        event for one in (*chunks, END) for event in decoder.feed(ServerEvent("", json.dumps(one).encode()))
    ] + decoder.close()


def calls(*chunks: dict[str, Any]) -> list[tuple[str, str]]:
    """The names and arguments of the calls; ids must differ."""
    told = [block for block in assemble(events(*chunks)).content if isinstance(block, ToolCall)]
    return [(call.name, call.arguments) for call in told]


BOTH = [("f", '{"a":1}'), ("g", '{"b":2}')]


@pytest.mark.parametrize(
    "pieces",
    [
        [piece(0, None, "f", '{"a":1}'), piece(0, None, "g", '{"b":2}')],
        [piece(0, "", "f", '{"a":1}'), piece(0, "", "g", '{"b":2}')],
        [piece(None, None, "f", '{"a":1}'), piece(None, None, "g", '{"b":2}')],
        [
            piece(0, "x", "f", ""),
            piece(0, None, None, '{"a":'),
            piece(0, None, None, "1}"),
            piece(0, "y", "g", ""),
            piece(0, None, None, '{"b":'),
            piece(0, None, None, "2}"),
        ],
        [
            piece(None, "x", "f", ""),
            piece(None, "y", "g", ""),
            piece(None, "x", None, '{"a":1}'),
            piece(None, "y", None, '{"b":2}'),
        ],
        [
            piece(0, "x", "f", '{"a":'),
            piece(5, "y", "g", '{"b":'),
            piece(0, None, None, "1}"),
            piece(5, None, None, "2}"),
        ],
        [piece(0, "x", "f", '{"a":1}'), piece(0, "x", "g", '{"b":2}')],
        [piece(0, "x", "f", {"a": 1}), piece(1, "y", "g", {"b": 2})],
        [piece(0, "x", "f", "{}"), piece(0, None, None, '{"a":1}'), piece(1, "y", "g", '{"b":2}')],
        [piece(0, "x", None, '{"a"'), piece(0, None, "f", ":1}"), piece(1, "y", "g", '{"b":2}')],
        [
            piece(0, None, "f", '{"a":'),
            piece(0, None, "f", "1}"),
            piece(1, None, "g", '{"b":'),
            piece(1, None, "g", "2}"),
        ],
    ],
    ids=[
        "all 0, no ids",
        "all 0, empty ids",
        "no numbers, no ids",
        "all 0, in pieces",
        "no numbers, interleaved by id",
        "numbers with gaps",
        "one number and one id",
        "arguments as objects",
        "an empty object first",
        "the name after its arguments",
        "the name in every piece",
    ],
)
def test_two_calls_are_two_calls(pieces: list[dict[str, Any]]) -> None:
    assert calls(*pieces) == BOTH


def test_the_same_function_may_be_called_again_without_ids() -> None:
    again = piece(0, None, "f", '{"a":1}')
    assert calls(again, again) == [BOTH[0], BOTH[0]]
    assert len({block.id for block in assemble(events(again, again)).content if isinstance(block, ToolCall)}) == 2


def test_an_id_that_comes_before_the_name_is_the_calls() -> None:
    message = assemble(events(piece(0, "x", None), piece(0, None, "f", "{}")))
    assert message.content == (ToolCall("x", "f", "{}"),)


def test_an_empty_object_is_the_arguments_of_a_call_that_has_no_others() -> None:
    assert calls(piece(0, "x", "f", "{}")) == [("f", "{}")]
    assert not any(isinstance(event, ArgumentsDelta) for event in events(piece(0, "x", "f", "{}")))


def test_a_call_whose_arguments_are_null_has_none() -> None:
    assert calls(piece(0, "x", "f", ""), piece(0, None, None, "null"), piece(1, "y", "g", "null")) == [
        ("f", "{}"),
        ("g", "{}"),
    ]
    assert calls(piece(0, "x", "f", '{"a":'), piece(0, None, None, "null"), piece(0, None, None, "}")) == [
        ("f", '{"a":null}')
    ]
    call = {"id": "x", "type": "function", "function": {"name": "f", "arguments": "null"}}
    body = {"choices": [{"message": {"tool_calls": [call]}, "finish_reason": "tool_calls"}]}
    assert OPENAI.decode_response(json.dumps(body).encode()).content == (ToolCall("x", "f", ""),)


def test_arguments_of_a_call_that_is_never_named_are_no_answer() -> None:
    last = events(piece(0, "x", None, '{"a":1}'))[-1]
    assert isinstance(last, Failed)
    assert last.failure.kind is Kind.MALFORMED


@pytest.mark.parametrize("function", [{"arguments": "{}"}, {"name": "", "arguments": "{}"}, None])
def test_a_whole_answer_with_a_call_of_nothing_is_none(function: Any) -> None:
    body = {"choices": [{"message": {"tool_calls": [{"id": "x", "type": "function", "function": function}]}}]}
    with pytest.raises(FailureError, match="neither a function"):
        OPENAI.decode_response(json.dumps(body).encode())


def test_a_whole_answer_may_tell_arguments_as_an_object() -> None:
    call = {"id": "x", "type": "function", "function": {"name": "f", "arguments": {"a": 1}}}
    body = {"choices": [{"message": {"tool_calls": [call]}, "finish_reason": "tool_calls"}]}
    assert OPENAI.decode_response(json.dumps(body).encode()).content == (ToolCall("x", "f", '{"a":1}'),)


def test_a_call_of_before_there_were_several_is_one() -> None:
    def told(*functions: dict[str, Any]) -> list[dict[str, Any]]:
        deltas = [{"function_call": function} for function in functions]
        return [{"choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]

    assert calls(*told({"name": "f", "arguments": '{"a":'}, {"arguments": "1}"})) == BOTH[:1]
    message = {"content": None, "function_call": {"name": "f", "arguments": '{"a":1}'}}
    body = {"choices": [{"message": message, "finish_reason": "function_call"}]}
    answer = OPENAI.decode_response(json.dumps(body).encode())
    assert answer.content == assemble(events(*told(message["function_call"]))).content
    assert answer.finish.reason is FinishReason.TOOL_CALLS


def test_calls_without_ids_get_those_of_their_answer_whole_or_streamed() -> None:
    def whole(id: str) -> list[str]:
        call = {"type": "function", "function": {"name": "f", "arguments": "{}"}}
        body = {"id": id, "choices": [{"message": {"tool_calls": [call, {**call, "id": ""}]}}]}
        return [block.id for block in OPENAI.decode_response(json.dumps(body).encode()).content]  # type: ignore[union-attr]

    pieces = piece(0, None, "f", "{}"), piece(1, "", "f", "{}")
    assert whole("c1") == [block.id for block in assemble(events(*pieces)).content]  # type: ignore[union-attr]
    assert len({*whole("c1"), *whole("c2")}) == 4


def test_a_call_of_a_free_text_tool_is_read_in_pieces() -> None:
    def told(**call: Any) -> dict[str, Any]:
        return {"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, **call}]}, "finish_reason": None}]}

    first = told(id="x", type="custom", custom={"name": "patch", "input": "{}"})
    answer = assemble(events(first, told(custom={"input": " and"}), told(custom={"input": " more"})))
    assert answer.content == (ToolCall("x", "patch", "{} and more", custom=True),)
    assert answer.finish.reason is FinishReason.TOOL_CALLS
