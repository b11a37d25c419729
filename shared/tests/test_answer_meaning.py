"""Every meaning an answer can have reaches clients of every dialect that has words for it, whole and streamed, or is
named as lost; none just disappears."""

import json
from collections.abc import Iterator
from typing import Any, get_args

import pytest

from fairlead.shared.conversation import FinishReason, Text, Usage
from fairlead.shared.dialect import ReplyContext
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.events import OpenedBlock
from fairlead.shared.translation import Translated

from .answer_meanings import MEANINGS, A, C, G, Lost, Meaning, R
from .told_answers import GATHERS, STREAMS
from .walks import WALKS

BASES: dict[str, dict[str, Any]] = {
    A: {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [{"type": "text", "text": "x"}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 1, "output_tokens": 1},
    },
    C: {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "x"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    },
    R: {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "model": "m",
        "status": "completed",
        "output": [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "x"}]}],
        "usage": {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2},
    },
    G: {
        "responseId": "abc",
        "modelVersion": "m",
        "candidates": [{"content": {"parts": [{"text": "x"}]}, "finishReason": "STOP"}],
        "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2},
    },
}
CLIENT = ReplyContext("r1", 5, "m")
LANE = ReplyContext("r1", 5, "m", extensions=True)
CELLS = [(meaning, source, target) for meaning in MEANINGS for source in meaning.words for target in DIALECTS]
each_cell = pytest.mark.parametrize(("meaning", "source", "target"), CELLS, ids=lambda one: getattr(one, "name", one))
"""A meaning, a provider and a client."""


def answer_of(meaning: Meaning, source: str) -> dict[str, Any]:
    """A provider's answer that means it."""
    answer = {**BASES[source], **meaning.words[source]}
    if source == R:
        answer["output"] = [{"id": f"item_{at}", **item} for at, item in enumerate(answer["output"])]
    for name in ("usage", "usageMetadata"):
        if name in answer:
            answer[name] = {**BASES[source][name], **answer[name]}
    return answer


def missing(told: Any, wanted: Any, path: str = "") -> Iterator[str]:
    """Where `told` lacks something of `wanted`: fields may be more, elements must come in the same order."""
    match wanted:
        case dict() if isinstance(told, dict):
            for key, value in wanted.items():
                yield from missing(told.get(key), value, f"{path}.{key}")
        case list() if isinstance(told, list):
            rest = list(told)
            for at, value in enumerate(wanted):
                while rest and [*missing(rest[0], value)]:
                    del rest[0]
                if not rest:
                    yield f"{path}[{at}]: no {value} in {told}"
                del rest[:1]
        case _ if wanted != told:
            yield f"{path}: {wanted!r}, not {told!r}"


def check(told: dict[str, Any], losses: list[str], wanted: Any) -> None:
    if isinstance(wanted, Lost):
        assert wanted.what in losses
        assert [*missing(told, wanted.instead)] == []
    else:
        assert [*missing(told, wanted)] == []


def whole(body: bytes, source: str, target: str, context: ReplyContext = CLIENT) -> tuple[bytes, list[str]]:
    encoded = DIALECTS[target].encode_response(DIALECTS[source].decode_response(body), context)
    return encoded.body, [loss.what for loss in encoded.losses]


def streamed(stream: bytes, source: str, target: str, context: ReplyContext = CLIENT) -> tuple[bytes, list[str]]:
    pipe = Translated(DIALECTS[source], DIALECTS[target], context)
    out = pipe.feed(stream) + pipe.close()
    assert pipe.progress.failure is None
    assert WALKS[target](out) == "complete"
    return out, [loss.what for loss in pipe.losses]


@each_cell
def test_a_meaning_of_a_whole_answer_is_told_or_named(meaning: Meaning, source: str, target: str) -> None:
    told, losses = whole(json.dumps(answer_of(meaning, source)).encode(), source, target)
    check(json.loads(told), losses, meaning.becomes(source, target))


@each_cell
def test_a_meaning_of_a_stream_is_told_or_named(meaning: Meaning, source: str, target: str) -> None:
    told, losses = streamed(STREAMS[source](answer_of(meaning, source)), source, target)
    check(GATHERS[target](told), losses, meaning.becomes(source, target))


@each_cell
def test_between_the_services_no_meaning_of_an_answer_is_lost(meaning: Meaning, source: str, target: str) -> None:
    lane, lost = whole(json.dumps(answer_of(meaning, source)).encode(), source, C, LANE)
    told, losses = whole(lane, C, target)
    assert lost == []
    check(json.loads(told), losses, _after_the_lane(meaning, source, target))


@each_cell
def test_between_the_services_no_meaning_of_a_stream_is_lost(meaning: Meaning, source: str, target: str) -> None:
    lane, lost = streamed(STREAMS[source](answer_of(meaning, source)), source, C, LANE)
    told, losses = streamed(lane, C, target)
    assert lost == []
    check(GATHERS[target](told), losses, _after_the_lane(meaning, source, target))


def _after_the_lane(meaning: Meaning, source: str, target: str) -> Any:
    """What must come of it by way of chat: the same, but that ids are those of the lane."""
    return {} if meaning.name == "its id" else meaning.becomes(source, target)


def test_the_table_speaks_of_every_kind_of_block_and_of_every_way_to_end() -> None:
    answers = [
        DIALECTS[source].decode_response(json.dumps(answer_of(meaning, source)).encode())
        for meaning in MEANINGS
        for source in meaning.words
    ]
    blocks = [block for answer in answers for block in answer.content]
    assert {type(block) for block in blocks} == {*get_args(OpenedBlock)}
    assert {answer.finish.reason for answer in answers} == {*FinishReason}
    for kind in (Text, Usage):
        told = [one for one in (*blocks, *(answer.usage for answer in answers)) if isinstance(one, kind)]
        untold = {name for name in kind.__struct_fields__ if len({repr(getattr(one, name)) for one in told}) == 1}
        assert untold <= {"cache"}  # a mark of requests
