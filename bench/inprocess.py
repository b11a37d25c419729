"""What single steps cost, measured within this process: framing, grammar, deltas through both tiers, request bodies.

The steps are run often enough for their CPU time to be told, in several rounds, of which the fastest counts.
"""

import gc
import time
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import Any

from msgspec import Struct

from fairlead.router.decide import Case, decide
from fairlead.shared.dialects.gemini.grammar import GEMINI, Answer, Piece
from fairlead.shared.dialects.openai_responses.grammar import RESPONSES, State, Step
from fairlead.shared.grammar import ANTHROPIC, CHAT, Anthropic, AnthropicEvent, Chat, ChatEvent, Grammar
from fairlead.shared.sse import EventParser

from . import arrivals, bodies, judging
from .answers import Speaks, WrongAnswerError, expect, heard
from .crossing import Way, into_the_lane, through, whole
from .figures import Checked, Figure, fastest
from .workloads import SIZES

PARSE_TARGET = 2.0
GRAMMAR_TARGET = 2.0
DELTA_TARGET = 20.0
"""Microseconds an event, and a delta of text through both tiers."""
BODY_TARGET = 1.0
"""Milliseconds that decoding and encoding a body may take a tier."""
_BODY = "136k"
_EDGE = 8
"""Events at either end of a stream that may be more than a delta."""


class Effort(Struct, frozen=True):
    """`rounds` of each figure; in each round `chunks` of text, and a body `repeats` times."""

    rounds: int = 15
    chunks: int = 2_000
    repeats: int = 5


class _Sample(Struct, frozen=True):
    """One way with what goes over it: the agent's body as the client and as the router writes it, and the events of a
    long answer."""

    way: Way
    sent: bytes
    chat: bytes
    events: list[bytes]

    def check(self) -> None:
        """Raises WrongAnswerError unless the provider gets all of the body, and the client the whole answer."""
        speaks = self.way.speaks
        arrivals.check(self.sent, self.way.out_of_the_lane(self.chat, _MODEL), speaks, native=False)
        there = {"stream": True, "status": 200, "kind": "text/event-stream"}
        said = heard(speaks, **there, body=b"".join(self.events))  # type: ignore[arg-type]
        told = heard(Speaks.MESSAGES, **there, body=whole(self.way.pipes(), self.events))  # type: ignore[arg-type]
        expect(told == said, "the answer that comes out says something else than the one that went in")


_MODEL = "model"
_Work = Callable[[], object]


def measured(effort: Effort) -> Checked:
    """All figures. What a way makes of a request and of an answer is checked before it is measured."""
    samples: list[_Sample] = []
    wrong: list[str] = []
    for speaks in Speaks:
        try:
            sample = _sample(Way(speaks), effort.chunks)
            sample.check()
        except WrongAnswerError as error:
            wrong.append(f"{speaks}: {error}")
        else:
            samples.append(sample)
    steps = (_parsing, _grammars, _deltas, _requests, _judgement)
    return Checked([figure for step in steps for figure in step(samples, effort)], 2 * len(Speaks), wrong)


def _sample(way: Way, chunks: int) -> _Sample:
    model = f"sim-text!chunks={chunks},gap=0.001"  # with a gap, no two chunks are told in one event
    asked = into_the_lane(bodies.small(0).encoded(_MODEL, stream=True), _MODEL)
    events = way.answered(way.out_of_the_lane(asked, model), model)
    sent = bodies.agent(_BODY, SIZES[_BODY], 0).encoded(_MODEL, stream=True)
    return _Sample(way, sent, into_the_lane(sent, _MODEL), events)


def _parsing(samples: list[_Sample], effort: Effort) -> Iterator[Figure]:
    for sample in samples:

        def parse(events: list[bytes] = sample.events) -> _Work:
            feed = EventParser().feed
            return lambda: [feed(event) for event in events]

        times = _microseconds(parse, len(sample.events), effort.rounds)
        yield fastest(f"SSE parse, {sample.way.speaks}", "µs an event", PARSE_TARGET, times)


_STARTS: Mapping[Speaks, tuple[Mapping[Any, Any], Enum, tuple[Enum, ...], Enum]] = {
    Speaks.MESSAGES: (
        ANTHROPIC,
        Anthropic.INIT,
        (AnthropicEvent.MESSAGE_START, AnthropicEvent.BLOCK_START),
        AnthropicEvent.BLOCK_DELTA,
    ),
    Speaks.CHAT: (CHAT, Chat.INIT, (ChatEvent.ROLE,), ChatEvent.FRAGMENT),
    Speaks.RESPONSES: (
        RESPONSES,
        State.INIT,
        (Step.CREATED, Step.IN_PROGRESS, Step.ITEM_ADDED, Step.PART_ADDED),
        Step.DELTA,
    ),
    Speaks.GEMINI: (GEMINI, Answer.INIT, (), Piece.CONTENT),
}
"""Of each grammar its table, where it starts, what leads to text, and a piece of text."""


def _grammars(_: list[_Sample], effort: Effort) -> Iterator[Figure]:
    for speaks, (table, start, leading, delta) in _STARTS.items():
        walk = (*leading, *[delta] * effort.chunks)

        def follow(table: Any = table, start: Any = start, walk: tuple[Enum, ...] = walk) -> _Work:
            step = Grammar(table, start).step
            return lambda: all(step(event) for event in walk)

        assert follow()(), f"{speaks}: every step of the walk is allowed"
        times = _microseconds(follow, len(walk), effort.rounds)
        yield fastest(f"grammar, {speaks}", "µs an event", GRAMMAR_TARGET, times)


def _deltas(samples: list[_Sample], effort: Effort) -> Iterator[Figure]:
    for sample in samples:
        before, deltas = sample.events[:_EDGE], sample.events[_EDGE:-_EDGE]

        def translate(way: Way = sample.way, before: list[bytes] = before, deltas: list[bytes] = deltas) -> _Work:
            pipes = way.pipes()
            through(pipes, before)
            return lambda: through(pipes, deltas)

        times = _microseconds(translate, len(deltas), effort.rounds)
        yield fastest(f"delta through both tiers, from {sample.way.speaks}", "µs a chunk", DELTA_TARGET, times)


def _requests(samples: list[_Sample], effort: Effort) -> Iterator[Figure]:
    for sample in samples[:1]:
        times = _milliseconds(lambda sent=sample.sent: into_the_lane(sent, _MODEL), effort)  # type: ignore[misc]
        yield fastest(f"{_BODY} body, router", "ms a request", BODY_TARGET, times)
    for sample in samples:
        way, chat = sample.way, sample.chat
        times = _milliseconds(lambda way=way, chat=chat: way.out_of_the_lane(chat, _MODEL), effort)  # type: ignore[misc]
        yield fastest(f"{_BODY} body, normalizer to {way.speaks}", "ms a request", BODY_TARGET, times)


def _judgement(_: list[_Sample], effort: Effort) -> Iterator[Figure]:
    for label, target in judging.FACTS_TARGETS.items():
        body = bodies.agent(label, SIZES[label], 0).encoded(_MODEL, stream=True)
        judging.facts(body)
        times = _milliseconds(lambda body=body: judging.facts(body), effort)  # type: ignore[misc]
        yield fastest(f"facts of a {label} body", "ms a request", target, times)
    for strategy in ("priority", "intelligent"):
        case = judging.Choosing(strategy).case()

        def deciding(case: Case = case) -> _Work:
            return lambda: [decide(case) for _ in range(effort.chunks)]

        times = _microseconds(deciding, effort.chunks, effort.rounds)
        name = f"decide among {judging.TARGETS} targets, {strategy}"
        yield fastest(name, "µs a request", judging.DECISION_TARGET, times)


def _milliseconds(work: _Work, effort: Effort) -> list[float]:
    def repeated() -> _Work:
        return lambda: [work() for _ in range(effort.repeats)]

    return [time / 1000 for time in _microseconds(repeated, effort.repeats, effort.rounds)]


def _microseconds(prepare: Callable[[], _Work], count: int, rounds: int) -> list[float]:
    """CPU time of one of `count` things that the work does, in each round; what it takes to prepare is left out."""
    times = []
    for _ in range(rounds):
        work = prepare()
        gc.collect()
        began = time.process_time_ns()
        work()
        times.append((time.process_time_ns() - began) / 1000 / count)
    return times
