"""Facts about characters that a server cuts in half between two events."""

import json
from itertools import product
from typing import Any

import pytest

from fairlead.shared.conversation import Text
from fairlead.shared.dialect import Dialect, ReplyContext
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.halves import WithWholeCharacters
from fairlead.shared.sse import ServerEvent
from fairlead.shared.translation import PassedThrough, Translated, answer_from_stream

from .conftest import anthropic_stream, chat_chunk, delta, start, stop

CONTEXT = ReplyContext("r1", 5, "m")


def messages(*pieces: str) -> bytes:
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": []}
    return anthropic_stream(
        {"type": "message_start", "message": {**message, "usage": {"input_tokens": 1, "output_tokens": 1}}},
        start(0, type="text", text=""),
        *[delta(0, type="text_delta", text=piece) for piece in pieces],
        stop(0),
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}},
        {"type": "message_stop"},
    )


def chat(*pieces: str) -> bytes:
    chunks = [chat_chunk({"content": piece}) for piece in pieces]
    return b"".join([*chunks, chat_chunk({}, "stop"), b"data: [DONE]\n\n"])


def responses(*pieces: str) -> bytes:
    place = {"output_index": 0, "item_id": "msg_1", "content_index": 0}
    return anthropic_stream(
        {"type": "response.created", "response": {"id": "resp_1", "model": "m"}},
        {
            "type": "response.output_item.added",
            **place,
            "item": {"type": "message", "id": "msg_1", "role": "assistant", "content": []},
        },
        *[{"type": "response.output_text.delta", **place, "delta": piece} for piece in pieces],
        {"type": "response.output_text.done", **place, "text": "".join(pieces)},
        {"type": "response.completed", "response": {"id": "resp_1", "model": "m", "status": "completed"}},
    )


def gemini(*pieces: str) -> bytes:
    candidates: list[dict[str, Any]] = [{"content": {"parts": [{"text": piece}]}} for piece in pieces]
    candidates[-1]["finishReason"] = "STOP"
    return b"".join(b"data: " + json.dumps({"candidates": [one]}).encode() + b"\r\n\r\n" for one in candidates)


STREAMS = {"anthropic": messages, "openai": chat, "openai-responses": responses, "gemini": gemini}
EVERY_PAIR = list(product(DIALECTS.values(), repeat=2))


@pytest.mark.parametrize(("source", "target"), EVERY_PAIR, ids=lambda one: one.name)
def test_a_character_that_comes_in_two_events_is_one_character(source: Dialect, target: Dialect) -> None:
    pipe = Translated(source, target, CONTEXT)
    out = pipe.feed(STREAMS[source.name]("a\ud83c", "\udfa3b \U0001f3a3")) + pipe.close()
    assert pipe.progress.failure is None
    assert answer_from_stream(target, out).content == (Text("a🎣b 🎣"),)


@pytest.mark.parametrize("source", DIALECTS.values(), ids=lambda one: one.name)
def test_half_a_character_passes_through_and_is_no_fault(source: Dialect) -> None:
    stream = STREAMS[source.name]("a\ud83c", "\udfa3b")
    pipe = PassedThrough(source, "r1")
    assert pipe.feed(stream) + pipe.close() == stream
    assert pipe.progress.ended


class Repeating:
    """Notes the data of what it is fed."""

    def __init__(self) -> None:
        self.fed: list[bytes] = []

    def feed(self, event: ServerEvent) -> list[Any]:
        self.fed.append(event.data)
        return []

    def close(self) -> list[Any]:
        return []


@pytest.mark.parametrize(
    ("told", "read"),
    [
        ([rb'{"a":"x\ud83c"}', rb'{"a":"\uDFA3"}'], [rb'{"a":"x"}', rb'{"a":"\ud83c\uDFA3"}']),
        ([rb'{"a":"\ud83c"}', b"{}", rb'{"a":"\udfa3"}'], [b'{"a":""}', b"{}", rb'{"a":"\ud83c\udfa3"}']),
        ([rb'{"a":"\ud83cx"}', rb'{"a":"\udfa3"}'], [rb'{"a":"\ufffdx"}', rb'{"a":"\ufffd"}']),
        ([rb'{"a":"\ud83c"}', rb'{"a":"x\udfa3"}'], [rb'{"a":""}', rb'{"a":"x\ufffd"}']),
        ([rb'{"a":"\\ud83c"}', rb'{"a":"\"\udfa3"}'], [rb'{"a":"\\ud83c"}', rb'{"a":"\"\ufffd"}']),
        ([rb'{"a":"\ud83c\udfa3"}'], [rb'{"a":"\ud83c\udfa3"}']),
    ],
    ids=["two events", "one between", "not at the end", "not at the beginning", "no escapes", "whole"],
)
def test_only_the_end_and_the_beginning_of_a_string_are_joined(told: list[bytes], read: list[bytes]) -> None:
    repeating = Repeating()
    decoder = WithWholeCharacters(repeating)
    for data in told:
        decoder.feed(ServerEvent("", data))
    assert repeating.fed == read
