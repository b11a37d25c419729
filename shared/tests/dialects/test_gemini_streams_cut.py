"""Facts about Gemini streams on their way: split at every byte, cut at every byte, failing at every piece."""

import json
from collections.abc import Iterable

import pytest

from fairlead.shared.conversation import Text, Thinking, ToolCall
from fairlead.shared.dialect import Dialect, ReplyContext
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.dialects.gemini import GEMINI
from fairlead.shared.dialects.gemini.grammar import GEMINI as TABLE
from fairlead.shared.dialects.gemini.grammar import Answer, Piece
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.grammar import Grammar
from fairlead.shared.sse import EventParser
from fairlead.shared.translation import PassedThrough, Pipe, Translated, answer_from_stream

CONTEXT = ReplyContext("r1", 5, "m")
ALL = {**DIALECTS, "gemini": GEMINI}
PIECES = [
    {"content": {"parts": [{"text": "which é", "thought": True}], "role": "model"}, "index": 0},
    {"content": {"parts": [{"text": "Löok"}], "role": "model"}, "index": 0},
    {"content": {"parts": [{"text": ", here"}], "role": "model"}, "index": 0},
    {
        "content": {
            "parts": [
                {"functionCall": {"name": "Write", "args": {"path": "é"}}, "thoughtSignature": "c2ln"},
                {"functionCall": {"name": "Bash", "args": {}}},
            ],
            "role": "model",
        },
        "index": 0,
    },
    {"finishReason": "STOP", "index": 0},
]


def stream(usage: int) -> bytes:
    events = []
    for count, candidate in enumerate(PIECES):
        chunk = {
            "candidates": [candidate],
            "usageMetadata": {"promptTokenCount": 9, "candidatesTokenCount": count * usage},
            "modelVersion": "gemini-x",
            "responseId": "r",
        }
        events.append(b"data: " + json.dumps(chunk, ensure_ascii=False).encode() + b"\r\n\r\n")
    return b"".join(events)


STREAM = stream(3)


def run(pipe: Pipe, chunks: Iterable[bytes]) -> bytes:
    return b"".join([pipe.feed(chunk) for chunk in chunks]) + pipe.close()


def check(out: bytes) -> str:
    """Walks a stream by its grammar; returns how it ended."""
    grammar, last = Grammar(TABLE, Answer.INIT), Piece.CONTENT
    parser = EventParser()
    for event in parser.feed(out) + parser.close():
        chunk = json.loads(event.data)
        ended = any("finishReason" in one for one in chunk.get("candidates", ()))
        last = Piece.ERROR if "error" in chunk else Piece.LAST if ended else Piece.CONTENT
        assert grammar.step(last), event
    return last.name


@pytest.mark.parametrize("target", ALL.values(), ids=ALL)
def test_a_split_at_any_byte_means_the_same_to_every_client(target: Dialect) -> None:
    means = answer_from_stream(target, run(Translated(GEMINI, target, CONTEXT), [STREAM]))
    for at in range(1, len(STREAM)):
        out = run(Translated(GEMINI, target, CONTEXT), [STREAM[:at], STREAM[at:]])
        assert answer_from_stream(target, out) == means, at
    bytewise = run(Translated(GEMINI, target, CONTEXT), [STREAM[at : at + 1] for at in range(len(STREAM))])
    assert answer_from_stream(target, bytewise) == means


def test_what_comes_out_means_what_went_in() -> None:
    before = answer_from_stream(GEMINI, STREAM)
    assert [type(block) for block in before.content] == [Thinking, Text, Thinking, ToolCall, ToolCall]
    out = run(Translated(GEMINI, GEMINI, CONTEXT), [STREAM])
    assert check(out) == "LAST"
    assert answer_from_stream(GEMINI, out) == before


@pytest.mark.parametrize("target", ALL.values(), ids=ALL)
def test_a_cut_at_any_byte_is_told(target: Dialect) -> None:
    complete = STREAM.index(b'"finishReason"')
    for at in range(len(STREAM)):
        pipe = Translated(GEMINI, target, CONTEXT)
        out = run(pipe, [STREAM[:at]])
        if at <= complete:
            assert pipe.progress.failure is not None, at
            assert pipe.progress.failure.kind is Kind.CUT
            assert not pipe.progress.ended
            assert target is not GEMINI or check(out) == "ERROR"
        else:
            assert pipe.progress.failure is not None or pipe.progress.ended, at


@pytest.mark.parametrize("source", DIALECTS.values(), ids=DIALECTS)
def test_a_cut_of_any_provider_is_told_to_a_gemini_client(
    source: Dialect, agent_stream: bytes, chat_stream: bytes
) -> None:
    recorded = {"anthropic": agent_stream, "openai": chat_stream}
    whole = recorded.get(source.name)
    if whole is None:
        whole = run(Translated(GEMINI, source, CONTEXT), [STREAM])
    assert check(run(Translated(source, GEMINI, CONTEXT), [whole])) == "LAST"
    for at in range(len(whole)):
        pipe = Translated(source, GEMINI, CONTEXT)
        assert check(run(pipe, [whole[:at]])) == ("LAST" if pipe.progress.ended else "ERROR"), at


@pytest.mark.parametrize("target", ALL.values(), ids=ALL)
def test_an_error_at_any_place_is_told_and_nothing_follows(target: Dialect) -> None:
    events = [event + b"\r\n\r\n" for event in STREAM.split(b"\r\n\r\n")[:-1]]
    error = GEMINI.failure_event(Failure(Kind.OVERLOADED, "try later"), "r1")
    for at in range(len(events) + 1):
        pipe = Translated(GEMINI, target, CONTEXT)
        out = b"".join(pipe.feed(event) for event in [*events[:at], error])
        assert target is not GEMINI or check(out) == "ERROR"
        assert pipe.feed(b"".join(events[at:])) + pipe.close() == b""
        assert pipe.progress.failure is not None
        assert pipe.progress.failure.kind is Kind.OVERLOADED


def test_passing_through_changes_no_byte_and_knows_the_end() -> None:
    for size in (1, 7, 100, len(STREAM)):
        pipe = PassedThrough(GEMINI, "r1")
        assert run(pipe, [STREAM[at : at + size] for at in range(0, len(STREAM), size)]) == STREAM
        assert pipe.progress.ended
        assert pipe.progress.usage is not None
        assert (pipe.progress.usage.prompt, pipe.progress.usage.output) == (9, 12)


def test_a_cut_while_passing_through_is_told_after_the_last_whole_event() -> None:
    for at in range(STREAM.index(b'"finishReason"')):
        assert check(run(PassedThrough(GEMINI, "r1"), [STREAM[:at]])) == "ERROR", at
