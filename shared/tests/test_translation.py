"""Facts about streams on their way: whole, split at every byte, cut at every byte, always told honestly."""

import json
from collections.abc import Iterable, Iterator

import pytest

from fairlead.shared.dialect import Dialect, ReplyContext
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.failure import Failure, FailureError, Kind
from fairlead.shared.grammar import ANTHROPIC as ANTHROPIC_TABLE
from fairlead.shared.grammar import CHAT as CHAT_TABLE
from fairlead.shared.grammar import Anthropic, AnthropicEvent, Chat, ChatEvent, Grammar
from fairlead.shared.sse import EventParser, ServerEvent
from fairlead.shared.translation import PassedThrough, Pipe, Translated, answer_from_stream, stream_from_answer

ANTHROPIC, OPENAI = DIALECTS["anthropic"], DIALECTS["openai"]
CONTEXT = ReplyContext("r1", 5, "m")
PAIRS = [(ANTHROPIC, OPENAI), (OPENAI, ANTHROPIC), (ANTHROPIC, ANTHROPIC), (OPENAI, OPENAI)]


@pytest.fixture
def streams(agent_stream: bytes, chat_stream: bytes) -> dict[str, bytes]:
    return {"anthropic": agent_stream, "openai": chat_stream}


def pipes(source: Dialect, target: Dialect) -> Iterator[Pipe]:
    yield Translated(source, target, CONTEXT)
    if source is target:
        yield PassedThrough(source, "r1")


def run(pipe: Pipe, chunks: Iterable[bytes]) -> bytes:
    return b"".join([pipe.feed(chunk) for chunk in chunks]) + pipe.close()


def parsed(stream: bytes) -> list[ServerEvent]:
    parser = EventParser()
    return parser.feed(stream) + parser.close()


def check_anthropic(stream: bytes) -> str:
    """Walks a Messages stream by its grammar; returns how it ended."""
    grammar, index, current = Grammar(ANTHROPIC_TABLE, Anthropic.INIT), 0, -1
    names = {
        "message_start": AnthropicEvent.MESSAGE_START,
        "content_block_start": AnthropicEvent.BLOCK_START,
        "content_block_delta": AnthropicEvent.BLOCK_DELTA,
        "content_block_stop": AnthropicEvent.BLOCK_STOP,
        "message_delta": AnthropicEvent.MESSAGE_DELTA,
        "message_stop": AnthropicEvent.MESSAGE_STOP,
        "error": AnthropicEvent.ERROR,
    }
    last = ""
    for event in parsed(stream):
        data = json.loads(event.data)
        assert data["type"] == event.name
        if event.name == "ping":
            continue
        assert grammar.step(names[event.name]), (last, event)
        if event.name == "content_block_start":
            assert data["index"] == index
            current, index = index, index + 1
        elif event.name.startswith("content_block"):
            assert data["index"] == current
        last = event.name
    return last


def check_openai(stream: bytes) -> str:
    """Walks a chat stream by its grammar; returns how it ended."""
    grammar, last = Grammar(CHAT_TABLE, Chat.INIT), ""
    for event in parsed(stream):
        last = _step_openai(grammar, event)
    return last


def _step_openai(grammar: Grammar[Chat, ChatEvent], event: ServerEvent) -> str:
    if event.data == b"[DONE]":
        assert grammar.step(ChatEvent.DONE)
        return "done"
    chunk = json.loads(event.data)
    if "error" in chunk:
        assert grammar.step(ChatEvent.ERROR)
        return "error"
    if not chunk["choices"]:
        assert grammar.step(ChatEvent.USAGE)
        return "usage"
    choice = chunk["choices"][0]
    if choice["finish_reason"] is not None:
        assert grammar.step(ChatEvent.FINISH)
        return "finish"
    assert grammar.step(ChatEvent.ROLE if "role" in choice["delta"] else ChatEvent.FRAGMENT)
    return "fragment"


CHECKS = {"anthropic": (check_anthropic, "message_stop"), "openai": (check_openai, "done")}


@pytest.mark.parametrize(("source", "target"), PAIRS, ids=lambda one: one.name)
def test_a_whole_stream_is_grammatical_and_ends(source: Dialect, target: Dialect, streams: dict[str, bytes]) -> None:
    check, end = CHECKS[target.name]
    for pipe in pipes(source, target):
        assert check(run(pipe, [streams[source.name]])) == end
        assert pipe.progress.ended
        assert pipe.progress.usage is not None
        assert (pipe.progress.usage.prompt, pipe.progress.usage.output) == (1007, 88)


@pytest.mark.parametrize(("source", "target"), PAIRS, ids=lambda one: one.name)
def test_a_split_at_any_byte_changes_no_byte(source: Dialect, target: Dialect, streams: dict[str, bytes]) -> None:
    stream = streams[source.name]
    whole = [run(pipe, [stream]) for pipe in pipes(source, target)]
    for at in range(1, len(stream)):
        assert [run(pipe, [stream[:at], stream[at:]]) for pipe in pipes(source, target)] == whole, at


@pytest.mark.parametrize(("source", "target"), PAIRS, ids=lambda one: one.name)
def test_a_byte_at_a_time_changes_no_byte(source: Dialect, target: Dialect, streams: dict[str, bytes]) -> None:
    stream = streams[source.name]
    for pipe, again in zip(pipes(source, target), pipes(source, target), strict=True):
        assert run(pipe, (stream[at : at + 1] for at in range(len(stream)))) == run(again, [stream])


@pytest.mark.parametrize(("source", "target"), PAIRS, ids=lambda one: one.name)
def test_a_cut_at_any_byte_is_told(source: Dialect, target: Dialect, streams: dict[str, bytes]) -> None:
    stream = streams[source.name]
    check, end = CHECKS[target.name]
    for at in range(len(stream)):
        for pipe in pipes(source, target):
            last = check(run(pipe, [stream[:at]]))
            if pipe.progress.failure:
                assert last == "error", at
            elif isinstance(pipe, Translated):
                assert last == end, at
            assert pipe.progress.failure or _complete(source, stream[:at]), at


def _complete(source: Dialect, stream: bytes) -> bool:
    """Only these say that nothing is missing but the end mark's own blank line, or the mark after a finish reason."""
    return (b"message_stop" if source.name == "anthropic" else b'"finish_reason": "tool_calls"') in stream


@pytest.mark.parametrize(("source", "target"), PAIRS, ids=lambda one: one.name)
def test_an_error_event_at_any_place_is_told_and_nothing_follows(
    source: Dialect, target: Dialect, streams: dict[str, bytes]
) -> None:
    events = [event + b"\n\n" for event in streams[source.name].split(b"\n\n")[:-1]]
    error = source.failure_event(Failure(Kind.OVERLOADED, "try later"), "r1")
    check, _ = CHECKS[target.name]
    for at in range(len(events) - 1):
        for pipe in pipes(source, target):
            out = b"".join(pipe.feed(event) for event in [*events[:at], error])
            assert check(out) == "error"
            assert pipe.feed(b"".join(events[at:])) + pipe.close() == b""
            assert pipe.progress.failure is not None
            assert pipe.progress.failure.kind is Kind.OVERLOADED


@pytest.mark.parametrize(("source", "target"), PAIRS, ids=lambda one: one.name)
@pytest.mark.parametrize(
    "frame", [b"data: {\n\n", b"data: \xff\xfe\n\n", b'event: message_start\ndata: {"message":1}\n\n']
)
def test_a_frame_that_cannot_be_read_is_told(source: Dialect, target: Dialect, frame: bytes) -> None:
    for pipe in pipes(source, target):
        pipe.feed(frame)
        pipe.close()
        assert pipe.progress.failure is not None


@pytest.mark.parametrize("dialect", [ANTHROPIC, OPENAI], ids=lambda one: one.name)
def test_passing_through_changes_no_byte(dialect: Dialect, streams: dict[str, bytes]) -> None:
    for stream in (streams[dialect.name], streams[dialect.name].replace(b"\n", b"\r\n")):
        for size in (1, 7, 100, len(stream)):
            chunks = (stream[at : at + size] for at in range(0, len(stream), size))
            assert run(PassedThrough(dialect, "r1"), chunks) == stream


@pytest.mark.parametrize(("source", "target"), PAIRS, ids=lambda one: one.name)
def test_giving_up_from_outside_is_told_once(source: Dialect, target: Dialect, streams: dict[str, bytes]) -> None:
    check, _ = CHECKS[target.name]
    for pipe in pipes(source, target):
        out = pipe.feed(streams[source.name][:500]) + pipe.fail(Failure(Kind.IDLE_TIMEOUT, "silence"))
        assert check(out) == "error"
        assert pipe.fail(Failure(Kind.CUT, "again")) + pipe.close() == b""


def test_content_is_seen_at_the_first_block_and_not_before(agent_stream: bytes) -> None:
    pipe = Translated(ANTHROPIC, OPENAI, CONTEXT)
    events = agent_stream.split(b"\n\n")
    pipe.feed(b"\n\n".join(events[:2]) + b"\n\n")
    assert not pipe.progress.content
    pipe.feed(events[2] + b"\n\n")
    assert pipe.progress.content


def test_an_event_over_the_limit_ends_the_stream_as_malformed() -> None:
    for pipe in (Translated(ANTHROPIC, OPENAI, CONTEXT, 100), PassedThrough(ANTHROPIC, "r1", 100)):
        pipe.feed(b"data: " + b"x" * 200)
        assert pipe.progress.failure is not None
        assert pipe.progress.failure.kind is Kind.MALFORMED


@pytest.mark.parametrize("dialect", [ANTHROPIC, OPENAI], ids=lambda one: one.name)
def test_a_stream_read_as_one_answer_and_told_again_means_the_same(dialect: Dialect, streams: dict[str, bytes]) -> None:
    message = answer_from_stream(dialect, streams[dialect.name])
    for target in [one for name, one in DIALECTS.items() if name != "gemini"]:  # seals reasoning: tested by itself
        told = answer_from_stream(target, stream_from_answer(message, target, CONTEXT))
        assert [type(block) for block in told.content] == [type(block) for block in message.content]
        assert told.usage == message.usage
        assert told.finish == message.finish


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
