"""Facts about streams nobody meant to send: any events, any bytes, any damage end as a grammatical answer or are told."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw

from fairlead.shared.conversation import (
    Audio,
    Base64Source,
    Citation,
    Extras,
    Finish,
    FinishReason,
    Image,
    Logprob,
    RedactedThinking,
    SearchHit,
    ServerCall,
    ServerResult,
    Text,
    Thinking,
    Tool,
    ToolCall,
    Unknown,
    UrlSource,
    Usage,
)
from fairlead.shared.dialect import Dialect, ReplyContext
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.events import (
    ArgumentsDelta,
    AudioDelta,
    CitationDelta,
    Closed,
    Counted,
    Ended,
    Event,
    Failed,
    Finished,
    Opened,
    Pinged,
    SignatureDelta,
    Started,
    TextDelta,
    ThinkingDelta,
    UnknownDelta,
)
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.translation import PassedThrough, Pipe, Translated

from .walks import WALKS

CASES = Path(__file__).parent / "goldens" / "cases"
STREAMS = {name: (CASES / f"stream.{name}.agent.sse").read_bytes() for name in DIALECTS}
TOOLS = (Tool("wrapped", None, None, custom=True), Tool("inner", None, None, namespace="ns"))
CONTEXTS = [ReplyContext("r1", 5, "m", tools=TOOLS), ReplyContext("r1", 5, "m", extensions=True, tools=TOOLS)]

MAKERS = st.sampled_from(["", *DIALECTS, "somebody"])
SHORT = st.text(max_size=3)
INDEX = st.integers(0, 3)
UNKNOWN = st.builds(Unknown, st.sampled_from(list(DIALECTS)), st.just(Raw(b'{"type":"thing_of_next_year"}')))


def extras(name: str, value: bytes) -> st.SearchStrategy[Extras | None]:
    return st.none() | st.builds(Extras, st.sampled_from(list(DIALECTS)), st.just({name: Raw(value)}))


CITATION = st.builds(
    Citation, st.sampled_from([None, "https://e.example"]), start=st.none() | INDEX, end=st.none() | INDEX
)
LOGPROBS = st.sampled_from([(), (Logprob("a", -0.5),), (Logprob("a", -1, (97,), 3, (Logprob("b", -2),)),)])
BASE64 = st.sampled_from(["", "AA==", "AAAA", "A"])
BLOCK = st.one_of(
    st.builds(Image, st.sampled_from([Base64Source("image/png", "AAAA"), UrlSource("https://e.example/a.png")])),
    st.builds(Audio, st.builds(Base64Source, st.just("audio/pcm16"), BASE64), transcript=SHORT),
    st.builds(
        Text,
        SHORT,
        logprobs=LOGPROBS,
        extras=extras("phase", b'"commentary"'),
        refusal=st.booleans(),
        citations=st.lists(CITATION, max_size=1).map(tuple),
    ),
    st.builds(Thinking, SHORT, SHORT, MAKERS, extras("id", b'"rs_1"')),
    st.builds(RedactedThinking, SHORT, MAKERS),
    st.builds(
        ToolCall,
        st.sampled_from(["", "call_1", "a.b", "x" * 80]),
        st.sampled_from(["f", "wrapped", "ns__inner"]),
        st.sampled_from(["", "{}", '{"a"', "[]"]),
        custom=st.booleans(),
        namespace=st.sampled_from([None, "ns"]),
    ),
    st.builds(ServerCall, SHORT, st.sampled_from(["web_search", "bash"]), st.sampled_from(["", '{"query":"q"}'])),
    st.builds(
        ServerResult,
        SHORT,
        st.sampled_from(["web_search", "bash"]),
        st.just((SearchHit("https://e.example"),)),
        st.sampled_from([None, "unavailable"]),
    ),
    UNKNOWN,
)
EVENT: st.SearchStrategy[Event] = st.one_of(
    st.builds(Started, SHORT, SHORT, extras("promptFeedback", b'{"blockReason":"SAFETY"}')),
    st.builds(Opened, INDEX, BLOCK),
    st.builds(TextDelta, INDEX, SHORT, LOGPROBS),
    st.builds(AudioDelta, INDEX, BASE64, SHORT),
    st.builds(ThinkingDelta, INDEX, SHORT),
    st.builds(SignatureDelta, INDEX, SHORT, MAKERS),
    st.builds(ArgumentsDelta, INDEX, st.sampled_from(["", "{", '{"a":1}', "}"])),
    st.builds(CitationDelta, INDEX, CITATION),
    st.builds(UnknownDelta, INDEX, UNKNOWN),
    st.builds(Closed, INDEX),
    st.builds(Counted, st.builds(Usage, *map(st.just, (1, 2, 3, 9, 5)), tier=st.sampled_from([None, "batch", "flex"]))),
    st.builds(Finished, st.builds(Finish, st.sampled_from(FinishReason), st.none() | SHORT, st.none() | SHORT)),
    st.just(Ended()),
    st.just(Pinged()),
    st.builds(Failed, st.builds(Failure, st.sampled_from(Kind), SHORT)),
)


@pytest.mark.parametrize("target", DIALECTS.values(), ids=DIALECTS)
@given(events=st.lists(EVENT, max_size=20), context=st.sampled_from(CONTEXTS))
def test_whatever_comes_in_what_goes_out_is_grammatical(
    target: Dialect, events: list[Event], context: ReplyContext
) -> None:
    encoder = target.stream_encoder(context)
    ends = [at for at, event in enumerate(events) if isinstance(event, Ended | Failed)]
    last = events[ends[0]] if ends else None
    out = b"".join(
        encoder.feed([event]) + (encoder.keepalive() if at < min(ends, default=99) else b"")
        for at, event in enumerate(events)
    )
    assert WALKS[target.name](out) == {Ended: "complete", Failed: "failed", type(None): "open"}[type(last)]


def pipes(source: Dialect) -> list[tuple[Dialect, Pipe]]:
    told: list[tuple[Dialect, Pipe]] = [(one, Translated(source, one, CONTEXTS[0])) for one in DIALECTS.values()]
    return [*told, (source, PassedThrough(source, "r1"))]


def check_told(source: Dialect, stream: bytes) -> None:
    """Every reader of a stream, broken as it may be, learns that it is complete or that it failed."""
    for target, pipe in pipes(source):
        out = pipe.feed(stream[:50]) + pipe.feed(stream[50:]) + pipe.close()
        assert (pipe.progress.failure is None) == pipe.progress.ended
        if isinstance(pipe, Translated):
            assert WALKS[target.name](out) == ("complete" if pipe.progress.ended else "failed")


@pytest.mark.parametrize("source", DIALECTS.values(), ids=DIALECTS)
@given(stream=st.binary(max_size=200))
def test_bytes_of_any_kind_are_no_answer(source: Dialect, stream: bytes) -> None:
    check_told(source, stream)


def _lines(source: str) -> list[bytes]:
    return STREAMS[source].splitlines(keepends=True)


@pytest.mark.parametrize("source", DIALECTS.values(), ids=DIALECTS)
@settings(max_examples=150)
@given(data=st.data())
def test_a_damaged_stream_is_told_to_every_client(source: Dialect, data: st.DataObject) -> None:
    lines = _lines(source.name)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(lines) - 1))
        line = lines[at]
        here = data.draw(st.integers(0, len(line)))
        there = data.draw(st.integers(here, min(len(line), here + 12)))
        damage = data.draw(
            st.sampled_from([b"", b"\n", b"\r", b"\xff", b"-1", b"9999999999", b"null", b"[]", b"{}", b'"', b"}", b"x"])
        )
        lines[at] = data.draw(st.sampled_from([line[:here] + damage + line[there:], b"", line + line]))
    check_told(source, b"".join(lines))


@pytest.mark.parametrize("source", DIALECTS.values(), ids=DIALECTS)
@given(data=st.data())
def test_events_in_any_order_are_told_to_every_client(source: Dialect, data: st.DataObject) -> None:
    events = [event + b"\n\n" for event in STREAMS[source.name].split(b"\n\n") if event.strip()]
    check_told(source, b"".join(data.draw(st.lists(st.sampled_from(events), max_size=2 * len(events)))))


ODD = st.sampled_from([None, -1, 10**12, 0.5, "", "x", [], [None], {}, {"type": "x"}, True])


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from _places(inner, (*path, key))


def _replaced(value: Any, path: tuple[Any, ...], odd: Any) -> Any:
    if not path:
        return odd
    copy = value.copy()
    copy[path[0]] = _replaced(value[path[0]], path[1:], odd)
    return copy


@pytest.mark.parametrize("source", DIALECTS.values(), ids=DIALECTS)
@settings(max_examples=150)
@given(data=st.data())
def test_values_nobody_expects_are_told_or_do_no_harm(source: Dialect, data: st.DataObject) -> None:
    lines = _lines(source.name)
    at = data.draw(st.sampled_from([at for at, line in enumerate(lines) if line.startswith(b"data: {")]))
    told = json.loads(lines[at][6:])
    told = _replaced(told, data.draw(st.sampled_from(list(_places(told)))), data.draw(ODD))
    lines[at] = b"data: " + json.dumps(told).encode() + b"\n"
    check_told(source, b"".join(lines))


HOSTILE = {
    "anthropic": [
        {"type": "content_block_delta", "index": 2, "delta": odd} for odd in (None, [], {"type": "text_delta"})
    ]
    + [{"type": "content_block_start", "index": 9, "content_block": {"type": "next_year", "with": "\udcff"}}],
    "openai": [
        {"choices": [{"index": 0, "delta": {"fairlead": {"events": [None]}}}]},
        {
            "choices": [
                {"index": 0, "delta": {"fairlead": {"events": [{"type": "TextDelta", "index": 9, "text": "x"}]}}}
            ]
        },
        {"choices": [{"index": 0, "delta": {"tool_calls": [{"index": -5, "function": {"name": "f"}}]}}]},
    ],
    "openai-responses": [
        {"type": "response.reasoning_summary_text.delta", "summary_index": 10**9, "delta": "x"},
        {"type": "response.reasoning_summary_text.done", "summary_index": -1, "text": "x"},
        {"type": "response.output_text.delta", "output_index": -3, "content_index": -1, "delta": "x"},
    ],
    "gemini": [{"usageMetadata": {"toolUsePromptTokenCount": odd}} for odd in (None, 5.0, -1)],
}


@pytest.mark.parametrize(("source", "told"), [(name, one) for name, told in HOSTILE.items() for one in told])
def test_a_hostile_event_costs_little_and_ends_as_an_answer_or_is_told(source: str, told: Any) -> None:
    lines = _lines(source)
    at = next(at for at, line in enumerate(lines) if not line.strip()) + 1
    event = b"data: " + json.dumps(told, ensure_ascii=False).encode("utf-8", "surrogateescape") + b"\n\n"
    check_told(DIALECTS[source], b"".join([*lines[:at], event, *lines[at:]]))


@pytest.mark.parametrize("ending", [b"\n\r\n", b"\r\n\n", b"\n\r", b"\r\r", b"\r\n\r"])
def test_line_ends_of_any_mixture_end_an_event(ending: bytes) -> None:
    for source in DIALECTS.values():
        check_told(source, STREAMS[source.name].replace(b"\n\n", ending))
