"""What a client is told when a stream breaks off after any number of events: the same, passed on or translated."""

import json
import re
from pathlib import Path

import pytest

from fairlead.shared.dialect import Dialect, ReplyContext
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.sse import EventParser
from fairlead.shared.translation import PassedThrough, Pipe, Translated

from .conftest import chat_chunk
from .walks import WALKS, walk_responses

CASES = Path(__file__).parent / "goldens" / "cases"
_EVENT = re.compile(rb".*?(?:\r\n\r\n|\n\n)", re.DOTALL)
STREAMS = {name: _EVENT.findall((CASES / f"stream.{name}.agent.sse").read_bytes()) for name in DIALECTS}
RESPONSES = DIALECTS["openai-responses"]
SILENCE = Failure(Kind.IDLE_TIMEOUT, "silence")


def ways(source: Dialect) -> list[tuple[Dialect, Pipe]]:
    translated = [(one, Translated(source, one, ReplyContext("r1", 5, "m"))) for one in DIALECTS.values()]
    return [(source, PassedThrough(source, "r1")), *translated]


def responses_of_ours() -> list[bytes]:
    """A Responses stream as strict as ours, so that a strict reader can follow what is passed on."""
    pipe = Translated(DIALECTS["anthropic"], RESPONSES, ReplyContext("r1", 5, "m"))
    out = pipe.feed(b"".join(STREAMS["anthropic"])) + pipe.close()
    return _EVENT.findall(out)


@pytest.mark.parametrize("source", DIALECTS.values(), ids=DIALECTS)
def test_a_stream_cut_after_any_event_ends_with_an_error_of_its_clients_dialect(source: Dialect) -> None:
    events = STREAMS[source.name]
    bystander = PassedThrough(source, "r1")
    for number in range(len(events) - 1):
        if bystander.progress.finish is not None:
            break  # chat and Gemini streams may end here
        for end in ("cut", "broken", "given up"):
            for target, pipe in ways(source):
                out = b"".join(map(pipe.feed, events[:number]))
                match end:
                    case "cut":
                        out += pipe.close()
                    case "broken":
                        out += pipe.feed(b"data: {broken\n\n")
                    case "given up":
                        out += pipe.fail(SILENCE)
                assert pipe.progress.failure is not None
                assert not pipe.progress.ended
                assert_failed(target, out, strict=isinstance(pipe, Translated))
                assert pipe.feed(events[number]) + pipe.close() + pipe.fail(SILENCE) == b""
        bystander.feed(events[number])


def assert_failed(target: Dialect, out: bytes, *, strict: bool) -> None:
    last = EventParser().feed(out)[-1]
    told = json.loads(last.data)
    match target.name:
        case "anthropic":
            assert (last.name, told["type"]) == ("error", "error")
        case "openai-responses":
            assert (last.name, told["type"]) == ("response.failed", "response.failed")
        case _:
            assert (last.name, list(told)) == ("", ["error"])
    if strict or target is not RESPONSES:
        assert WALKS[target.name](out) == "failed"


def test_a_failure_in_a_passed_responses_stream_goes_on_from_what_was_passed() -> None:
    events = responses_of_ours()
    for number in range(len(events)):
        pipe = PassedThrough(RESPONSES, "r1")
        out = b"".join(map(pipe.feed, events[:number])) + pipe.fail(SILENCE)
        told = [json.loads(event.data) for event in EventParser().feed(out)]
        assert [one["sequence_number"] for one in told] == list(range(len(told)))
        assert len({one["response"]["id"] for one in told if "response" in one}) == 1
    assert walk_responses(PassedThrough(RESPONSES, "r1").fail(SILENCE)) == "failed"


@pytest.mark.parametrize("source", DIALECTS.values(), ids=DIALECTS)
def test_what_came_before_an_unreadable_event_is_passed_on_even_from_one_piece(source: Dialect) -> None:
    good = STREAMS[source.name][:2]
    pipe = PassedThrough(source, "r1")
    out = pipe.feed(b": hello\n\n" + b"".join(good) + b": still\n\ndata: {broken\n\n" + b"".join(good))
    assert out.startswith(b": hello\n\n" + b"".join(good))
    assert b"broken" not in out
    assert out.count(good[-1]) == 1
    assert pipe.progress.failure is not None


@pytest.mark.parametrize("reason", ["error", "network_error", "insufficient_system_resource"])
def test_a_chat_answer_whose_finish_reason_says_it_is_none_does_not_end_politely(reason: str) -> None:
    begun = chat_chunk({"role": "assistant", "content": "a"})
    for pipe in (
        PassedThrough(DIALECTS["openai"], "r1"),
        Translated(*[DIALECTS["openai"]] * 2, ReplyContext("r", 5, "m")),
    ):
        out = pipe.feed(begun) + pipe.feed(chat_chunk({}, reason)) + pipe.feed(b"data: [DONE]\n\n") + pipe.close()
        assert WALKS["openai"](out) == "failed"
        assert b"[DONE]" not in out
