"""Recordings with every value exchanged for one of every other JSON type, every body cut anywhere, and arbitrary bytes:
whatever reads them gives a result or a typed failure, and what goes out is grammatical and in proportion."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from fairlead.shared.codec import peek
from fairlead.shared.conversation import Message
from fairlead.shared.dialect import Dialect, ReplyContext
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.dialects.gemini.array import JsonArray
from fairlead.shared.failure import Failure, FailureError
from fairlead.shared.profile import BETWEEN_SERVICES, PLAIN
from fairlead.shared.sse import EventParser, ServerEvent, encode_event
from fairlead.shared.translation import PassedThrough, Translated, answer_from_stream, stream_from_answer

from .walks import WALKS

CASES = Path(__file__).parent / "goldens" / "cases"
CONTEXT = ReplyContext("r1", 5, "m")
LANE = ReplyContext("r1", 5, "m", extensions=True)
TARGETS = list(DIALECTS.values())
ALL = pytest.mark.parametrize("source", TARGETS, ids=DIALECTS)


def cases(kind: str, source: Dialect) -> list[bytes]:
    return [path.read_bytes() for path in sorted(CASES.glob(f"{kind}.{source.name}.*"))]


SEARCHED = DIALECTS["anthropic"].decode_response((CASES / "answer.anthropic.searched.json").read_bytes())


def streams(source: Dialect) -> list[bytes]:
    """What was recorded, and an answer with a search and citations, plain and with what our services carry."""
    told = {stream_from_answer(SEARCHED, source, context).body for context in (CONTEXT, LANE)}
    return [*cases("stream", source), *sorted(told)]


# Mutations -------------------------------------------------------------------------------------------------------------

OTHERS: list[Any] = [None, True, -1, 10**20, 0.5, "", "x", [], [None], {}, {"type": "x"}]
"""One or more of every JSON type, with those that something might break on."""


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield from places(one, (*path, key))


def exchanged(value: Any, path: tuple[Any, ...], other: Any) -> Any:
    if not path:
        return other
    copy = value.copy()
    copy[path[0]] = exchanged(value[path[0]], path[1:], other)
    return copy


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def missing(value: Any, path: tuple[Any, ...]) -> Any:
    """Without what stands at `path`."""
    parent = at(value, path[:-1]).copy()
    del parent[path[-1]]
    return exchanged(value, path[:-1], parent)


def mutants(value: Any) -> Iterator[Any]:
    """Each value in turn of every other type, or gone; of a list of alike things only the first two."""
    for path in places(value):
        if any(isinstance(key, int) and key > 1 for key in path):
            continue
        kind = type(at(value, path))
        yield from (exchanged(value, path, other) for other in OTHERS if type(other) is not kind)
        if path:
            yield missing(value, path)


def told(value: Any) -> bytes:
    return json.dumps(value).encode()


def parsed(stream: bytes) -> list[ServerEvent]:
    parser = EventParser()
    return parser.feed(stream) + parser.close()


def sent(events: list[ServerEvent]) -> bytes:
    return b"".join(encode_event(one.data, one.name) for one in events)


# Streams ---------------------------------------------------------------------------------------------------------------


def check_stream(source: Dialect, target: Dialect, stream: bytes, context: ReplyContext = CONTEXT) -> None:
    pipe = Translated(source, target, context)
    out = pipe.feed(stream) + pipe.close()
    assert (pipe.progress.failure is None) == pipe.progress.ended
    assert WALKS[target.name](out) == ("complete" if pipe.progress.ended else "failed")
    assert len(out) <= 60 * len(stream) + 10_000
    if target.name == "gemini":
        array = JsonArray()
        assert isinstance(json.loads(array.feed(out) + array.close()), list)
    passed = PassedThrough(source, "r1")
    out = passed.feed(stream[:9]) + passed.feed(stream[9:]) + passed.close()
    assert (passed.progress.failure is None) == passed.progress.ended
    assert len(out) <= len(stream) + 10_000


def mutated_streams(source: Dialect) -> Iterator[bytes]:
    """The recordings, each with one event that is not as it was."""
    for stream in streams(source):
        events = parsed(stream)
        seen = set()
        for place, event in enumerate(events):
            shape = event.name, *_shape(event.data)
            if event.data.strip() == b"[DONE]" or shape in seen:
                continue  # one more delta like the last shows nothing new
            seen.add(shape)
            for mutant in mutants(json.loads(event.data)):
                yield sent([*events[:place], ServerEvent(event.name, told(mutant)), *events[place + 1 :]])
            for end in range(0, len(event.data), 7):
                yield sent([*events[:place], ServerEvent(event.name, event.data[:end]), *events[place + 1 :]])


def _shape(data: bytes) -> tuple[Any, ...]:
    value = {} if data.strip() == b"[DONE]" else json.loads(data)
    return tuple((path, type(at(value, path))) for path in places(value))


@ALL
def test_a_value_of_another_type_in_a_stream_is_read_or_told(source: Dialect) -> None:
    for number, stream in enumerate(mutated_streams(source)):
        check_stream(source, TARGETS[number % len(TARGETS)], stream)


@ALL
@settings(max_examples=60)
@given(data=st.data())
def test_events_lost_doubled_and_exchanged_are_read_or_told(source: Dialect, data: st.DataObject) -> None:
    events = parsed(data.draw(st.sampled_from(streams(source))))
    for _ in range(data.draw(st.integers(1, 4))):
        here, there = (data.draw(st.integers(0, len(events) - 1)) for _ in range(2))
        match data.draw(st.sampled_from(["lost", "doubled", "exchanged"])):
            case "lost" if len(events) > 1:
                del events[here]
            case "doubled":
                events.insert(there, events[here])
            case _:
                events[here], events[there] = events[there], events[here]
    check_stream(source, data.draw(st.sampled_from(TARGETS)), sent(events), data.draw(st.sampled_from([CONTEXT, LANE])))


@st.composite
def damaged(draw: st.DrawFn, body: bytes) -> bytes:
    """The body with some bytes exchanged, or cut, or with bytes of any kind in between."""
    changed = bytearray(body)
    for _ in range(draw(st.integers(1, 6))):
        place = draw(st.integers(0, len(changed)))
        changed[place : place + draw(st.integers(0, 3))] = draw(st.binary(max_size=3))
    return bytes(changed[: draw(st.integers(0, len(changed)))]) if draw(st.booleans()) else bytes(changed)


@ALL
@settings(max_examples=60)
@given(data=st.data())
def test_a_stream_with_damaged_bytes_is_read_or_told(source: Dialect, data: st.DataObject) -> None:
    stream = data.draw(damaged(data.draw(st.sampled_from(streams(source)))))
    check_stream(source, data.draw(st.sampled_from(TARGETS)), stream)
    check_answer(source, data.draw(st.sampled_from(TARGETS)), stream, streamed=True)


# Requests, answers, errors ----------------------------------------------------------------------------------------------


def check_request(source: Dialect, target: Dialect, body: bytes) -> None:
    try:
        request = source.decode_request(peek(body))
        for profile in (PLAIN, BETWEEN_SERVICES):
            encoded = target.encode_request(request, profile)
            assert isinstance(json.loads(encoded.body), dict)
            assert len(encoded.body) <= 20 * len(body) + 10_000
    except FailureError:
        return


def check_answer(source: Dialect, target: Dialect, body: bytes, *, streamed: bool = False) -> None:
    try:
        message = answer_from_stream(source, body) if streamed else source.decode_response(body)
    except FailureError:
        return
    check_told(message, target, len(body))


def check_told(message: Message, target: Dialect, size: int) -> None:
    for context in (CONTEXT, LANE):
        whole = target.encode_response(message, context).body
        assert isinstance(json.loads(whole), dict)
        assert len(whole) <= 20 * size + 10_000
    assert WALKS[target.name](stream_from_answer(message, target, CONTEXT).body) == "complete"


def check_error(source: Dialect, target: Dialect, status: int, body: bytes) -> None:
    failure = source.decode_failure(status, body)
    assert isinstance(failure, Failure)
    assert 400 <= target.failure_status(failure) < 600
    json.loads(target.encode_failure(failure, "r1"))
    assert parsed(target.failure_event(failure, "r1"))
    in_our_words = replace(failure, body=None)  # a provider's own stay as they are, whatever they are
    assert WALKS[target.name](target.failure_event(in_our_words, "r1")) == "failed"


@ALL
def test_a_value_of_another_type_in_a_request_is_read_or_refused(source: Dialect) -> None:
    for body in cases("request", source):
        for number, mutant in enumerate(mutants(json.loads(body))):
            check_request(source, TARGETS[number % len(TARGETS)], told(mutant))


@ALL
def test_a_value_of_another_type_in_an_answer_is_read_or_a_failure(source: Dialect) -> None:
    for context in (CONTEXT, LANE):
        for body in [*cases("answer", source), source.encode_response(SEARCHED, context).body]:
            for number, mutant in enumerate(mutants(json.loads(body))):
                check_answer(source, TARGETS[number % len(TARGETS)], told(mutant))


ERRORS: dict[str, Any] = {
    "anthropic": {"type": "error", "error": {"type": "overloaded_error", "message": "m"}, "request_id": "r"},
    "openai": {"error": {"message": "m", "type": "invalid_request_error", "param": "p", "code": "c"}},
    "openai-responses": {"error": {"message": "try again in 2s", "type": "tokens", "code": "rate_limit_exceeded"}},
    "gemini": {
        "error": {
            "code": 429,
            "message": "m",
            "status": "RESOURCE_EXHAUSTED",
            "details": [
                {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "26s"},
                {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [{"quotaId": "PerDay"}]},
                {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"},
            ],
        }
    },
}
STATUSES = [200, 400, 401, 429, 500, 529]


@ALL
def test_a_value_of_another_type_in_an_error_is_still_an_error(source: Dialect) -> None:
    given = ERRORS[source.name]
    for error in (given, [given]):
        for number, mutant in enumerate(mutants(error)):
            target, status = TARGETS[number % len(TARGETS)], STATUSES[number % len(STATUSES)]
            check_error(source, target, status, told(mutant))


def array_of(stream: bytes) -> list[Any]:
    return [json.loads(event.data) for event in parsed(stream)]


def test_a_value_of_another_type_in_geminis_list_form_is_read_or_a_failure() -> None:
    gemini = DIALECTS["gemini"]
    for stream in streams(gemini):
        for number, mutant in enumerate(mutants(array_of(stream))):
            check_answer(gemini, TARGETS[number % len(TARGETS)], told(mutant))


# Bytes of any kind -----------------------------------------------------------------------------------------------------


def bodies(source: Dialect) -> list[bytes]:
    whole = [*cases("request", source), *cases("answer", source), told(ERRORS[source.name])]
    return [*whole, told(array_of(streams(source)[0]))] if source.name == "gemini" else whole


@ALL
@settings(max_examples=100)
@given(data=st.data())
def test_damaged_bytes_are_read_or_a_failure(source: Dialect, data: st.DataObject) -> None:
    body = data.draw(st.binary(max_size=80) | st.sampled_from(bodies(source)).flatmap(damaged))
    target = data.draw(st.sampled_from(TARGETS))
    check_request(source, target, body)
    check_answer(source, target, body)
    check_answer(source, target, body, streamed=True)
    check_error(source, target, data.draw(st.sampled_from(STATUSES)), body)
    for decoder in (source.stream_decoder(), source.stream_watcher()):
        events = [*decoder.feed(ServerEvent("", body)), *decoder.feed(ServerEvent("", body)), *decoder.close()]
        assert WALKS[target.name](target.stream_encoder(CONTEXT).feed(events)) in ("complete", "failed")


DEEP = 100_000


@ALL
@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'{"error":', b'{"content":[', b'{"choices":[{"delta":'], ids=str)
def test_what_is_nested_too_deep_is_a_failure(source: Dialect, opening: bytes) -> None:
    body = opening * DEEP
    check_request(source, source, body)
    check_answer(source, source, body)
    check_error(source, source, 500, body)
    check_stream(source, source, b"data: " + body + b"\n\n")
