"""Facts about streams on their way: whole, split at every byte, cut at every byte, always told honestly."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from fairlead.shared.dialect import Dialect, ReplyContext
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.events import Ended, Failed
from fairlead.shared.failure import Failure, FailureError, Kind
from fairlead.shared.translation import PassedThrough, Pipe, Translated, answer_from_stream, stream_from_answer

from .conftest import chat_chunk
from .walks import WALKS, parsed

ANTHROPIC, OPENAI = DIALECTS["anthropic"], DIALECTS["openai"]
CONTEXT = ReplyContext("r1", 5, "m")
PAIRS = list(product(DIALECTS.values(), repeat=2))

CASES = Path(__file__).parent / "goldens" / "cases"
STREAMS = {name: (CASES / f"stream.{name}.agent.sse").read_bytes() for name in DIALECTS}
EVENTS = {name: re.findall(rb".+?(?:\r?\n){2}", stream, re.DOTALL) for name, stream in STREAMS.items()}
LAST_WORDS = {
    "anthropic": b"message_stop",
    "openai": b'"finish_reason": "tool_calls"',
    "openai-responses": b'"type": "response.completed"',
    "gemini": b'"finishReason"',
}
"""After these nothing may be missing but the rest of an end mark."""


def pipes(source: Dialect, target: Dialect) -> Iterator[Pipe]:
    yield Translated(source, target, CONTEXT)
    if source is target:
        yield PassedThrough(source, "r1")


def run(pipe: Pipe, chunks: Iterable[bytes]) -> bytes:
    return b"".join([pipe.feed(chunk) for chunk in chunks]) + pipe.close()


def means(target: Dialect, out: bytes) -> object:
    """What a split may not change: every byte; or, of Gemini, whose chunks hold what came together, every word."""
    if target.name != "gemini":
        return out
    candidates = [one for event in parsed(out) for one in json.loads(event.data).get("candidates", ())]
    parts = [part for one in candidates for part in one["content"]["parts"]]
    said = [
        "".join(part.get("text", "") for part in parts if part.get("thought", False) is kind) for kind in (True, False)
    ]
    kept = [part[key] for part in parts for key in ("functionCall", "thoughtSignature") if key in part]
    return said, kept, candidates[-1]["finishReason"]


def ended(pipe: Pipe, target: Dialect, out: bytes) -> str:
    """How a stream ended, grammatical if we wrote it; what passed through only has to tell its failure."""
    if isinstance(pipe, Translated):
        return WALKS[target.name](out)
    decoder = target.stream_decoder()
    told = [one for event in parsed(out) for one in decoder.feed(event)] + decoder.close()
    return {Ended: "complete", Failed: "failed"}[type(told[-1])]


every_pair = pytest.mark.parametrize(("source", "target"), PAIRS, ids=lambda one: one.name)


@every_pair
def test_a_whole_stream_is_grammatical_and_ends(source: Dialect, target: Dialect) -> None:
    for pipe in pipes(source, target):
        assert WALKS[target.name](run(pipe, [STREAMS[source.name]])) == "complete"
        assert pipe.progress.ended
        assert pipe.progress.usage is not None
        assert (pipe.progress.usage.prompt, pipe.progress.usage.output) == (1007, 88)


@every_pair
def test_a_split_at_any_byte_changes_nothing(source: Dialect, target: Dialect) -> None:
    stream = STREAMS[source.name]
    whole = [means(target, run(pipe, [stream])) for pipe in pipes(source, target)]
    for at in range(1, len(stream)):
        assert [means(target, run(pipe, [stream[:at], stream[at:]])) for pipe in pipes(source, target)] == whole, at


@every_pair
def test_a_byte_at_a_time_changes_nothing(source: Dialect, target: Dialect) -> None:
    stream = STREAMS[source.name]
    for pipe, again in zip(pipes(source, target), pipes(source, target), strict=True):
        bytewise = run(pipe, (stream[at : at + 1] for at in range(len(stream))))
        assert means(target, bytewise) == means(target, run(again, [stream]))


@every_pair
def test_a_cut_at_any_byte_is_told(source: Dialect, target: Dialect) -> None:
    stream = STREAMS[source.name]
    for at in range(len(stream)):
        for pipe in pipes(source, target):
            out = run(pipe, [stream[:at]])
            if pipe.progress.failure:
                assert ended(pipe, target, out) == "failed", at
                assert not pipe.progress.ended
            else:
                assert LAST_WORDS[source.name] in stream[:at]
                assert isinstance(pipe, PassedThrough) or ended(pipe, target, out) == "complete", at


@every_pair
def test_an_error_event_at_any_place_is_told_and_nothing_follows(source: Dialect, target: Dialect) -> None:
    events = EVENTS[source.name]
    error = source.failure_event(Failure(Kind.OVERLOADED, "try later"), "r1")
    for at in range(len(events) - 1):
        for pipe in pipes(source, target):
            out = b"".join(pipe.feed(event) for event in [*events[:at], error])
            assert ended(pipe, target, out) == "failed"
            assert pipe.feed(b"".join(events[at:])) + pipe.close() == b""
            assert pipe.progress.failure is not None
            assert pipe.progress.failure.kind is Kind.OVERLOADED


@every_pair
@pytest.mark.parametrize(
    "frame",
    [
        b"data: {\n\n",
        b"data: \xff\xfe\n\n",
        b'event: message_start\ndata: {"message":1,"choices":1,"candidates":1}\n\n',
    ],
)
def test_a_frame_that_cannot_be_read_is_told(source: Dialect, target: Dialect, frame: bytes) -> None:
    if source.name == "openai-responses":
        frame = frame.replace(b"message_start", b"response.completed")
    events = EVENTS[source.name]
    for at in range(len(events) - 1):
        for pipe in pipes(source, target):
            out = run(pipe, [*events[:at], frame, *events[at:]])
            assert pipe.progress.failure is not None
            assert ended(pipe, target, out) == "failed"


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_passing_through_changes_no_byte(dialect: Dialect) -> None:
    lines = STREAMS[dialect.name].splitlines()
    for end, blank in [*product((b"\n", b"\r\n"), repeat=2), (b"\r", b"\r")]:
        stream = b"".join(line + end if line else blank for line in lines)
        for size in (1, 7, 100, 1000, len(stream)):
            chunks = (stream[at : at + size] for at in range(0, len(stream), size))
            assert run(PassedThrough(dialect, "r1"), chunks) == stream


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_a_last_event_without_its_blank_line_is_given_one(dialect: Dialect, end: bytes) -> None:
    """A client leaves out what has none: https://html.spec.whatwg.org/multipage/server-sent-events.html."""
    stream = STREAMS[dialect.name]
    out = run(PassedThrough(dialect, "r1"), [stream.rstrip() + end])
    assert parsed(out) == parsed(stream)
    assert out.startswith(stream.rstrip() + end)


@every_pair
def test_giving_up_from_outside_is_told_once(source: Dialect, target: Dialect) -> None:
    for pipe in pipes(source, target):
        out = pipe.feed(STREAMS[source.name][:500]) + pipe.fail(Failure(Kind.IDLE_TIMEOUT, "silence"))
        assert ended(pipe, target, out) == "failed"
        assert pipe.fail(Failure(Kind.CUT, "again")) + pipe.close() == b""


def test_content_is_seen_at_the_first_block_and_not_before(agent_stream: bytes) -> None:
    pipe = Translated(ANTHROPIC, OPENAI, CONTEXT)
    events = agent_stream.split(b"\n\n")
    pipe.feed(b"\n\n".join(events[:2]) + b"\n\n")
    assert not pipe.progress.content
    pipe.feed(events[2] + b"\n\n")
    assert pipe.progress.content


TEXT_BEGINS = b"""event: message_start
data: {"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"m","content":[],"usage":{}}}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

"""
TEXT_SAYS = b"""event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"so"}}

"""


@pytest.mark.parametrize(
    "made", [lambda: Translated(ANTHROPIC, OPENAI, CONTEXT), lambda: PassedThrough(ANTHROPIC, "r1")]
)
def test_a_text_that_has_only_begun_is_no_content_yet(made: Callable[[], Pipe]) -> None:
    pipe = made()
    pipe.feed(TEXT_BEGINS)
    assert not pipe.progress.content
    pipe.feed(TEXT_SAYS)
    assert pipe.progress.content


def test_an_event_over_the_limit_ends_the_stream_as_malformed() -> None:
    for pipe in (Translated(ANTHROPIC, OPENAI, CONTEXT, 100), PassedThrough(ANTHROPIC, "r1", 100)):
        pipe.feed(b"data: " + b"x" * 200)
        assert pipe.progress.failure is not None
        assert pipe.progress.failure.kind is Kind.MALFORMED


@every_pair
def test_a_stream_read_as_one_answer_and_told_again_means_the_same(source: Dialect, target: Dialect) -> None:
    message = answer_from_stream(source, STREAMS[source.name])
    told = answer_from_stream(target, stream_from_answer(message, target, CONTEXT).body)
    if "gemini" not in (source.name, target.name):  # joins reasoning to what follows it: tested by itself
        assert [type(block) for block in told.content] == [type(block) for block in message.content]
    assert (told.usage.prompt, told.usage.output, told.usage.reasoning) == (1007, 88, 40)
    assert told.finish.reason == message.finish.reason


@pytest.mark.parametrize("target", DIALECTS.values(), ids=DIALECTS)
def test_an_error_that_is_no_event_is_told_for_what_it_is(target: Dialect) -> None:
    begun = b'data: {"choices":[{"index":0,"delta":{"content":"a"}}]}\n\n'
    pipe = Translated(DIALECTS["openai"], target, CONTEXT)
    pipe.feed(begun + b'{"error":{"message":"slow down","code":429}}\n\ndata: [DONE]\n\n')
    assert pipe.progress.failure is not None
    assert (pipe.progress.failure.kind, pipe.progress.failure.message) == (Kind.RATE_LIMIT, "slow down")
    assert not pipe.progress.ended


def test_a_cut_stream_is_no_answer(agent_stream: bytes) -> None:
    with pytest.raises(FailureError) as caught:
        answer_from_stream(ANTHROPIC, agent_stream[:-40])
    assert caught.value.failure.kind is Kind.CUT


def test_a_passed_stream_shows_life_in_its_open_block(agent_stream: bytes) -> None:
    pipe = PassedThrough(ANTHROPIC, "r1")
    assert pipe.keepalive() == ANTHROPIC.ping
    before, _, _ = agent_stream.partition(b"Writing ")
    pipe.feed(before[: before.rindex(b"event:")])
    (event,) = parsed(pipe.keepalive())
    assert json.loads(event.data) == {
        "type": "content_block_delta",
        "index": 2,
        "delta": {"type": "text_delta", "text": ""},
    }
    pipe.feed(agent_stream[before.rindex(b"event:") :])
    assert pipe.keepalive() == ANTHROPIC.ping


@pytest.mark.parametrize("target", [one for one in DIALECTS.values() if one is not OPENAI], ids=lambda one: one.name)
def test_an_answer_of_which_too_much_would_have_to_wait_ends_as_a_failure(target: Dialect) -> None:
    def call(place: int, **more: Any) -> bytes:
        return chat_chunk({"tool_calls": [{"index": place, **more}]})

    pipe = Translated(OPENAI, target, CONTEXT)
    out = pipe.feed(call(0, id="a", function={"name": "f", "arguments": "{"}))
    out += pipe.feed(call(1, id="b", function={"name": "f", "arguments": '{"a":"'}))
    piece = call(1, function={"arguments": "x" * 500_000})
    out += b"".join(pipe.feed(piece) for _ in range(20))
    out += pipe.feed(chat_chunk({}, "tool_calls")) + pipe.close()
    assert pipe.progress.failure is not None
    assert pipe.progress.failure.kind is Kind.MALFORMED
    assert not pipe.progress.ended
    assert WALKS[target.name](out) == "failed"
    assert len(out) < 5_000
