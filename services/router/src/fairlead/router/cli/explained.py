"""An explained decision as people read it: a value of the router's answer in, lines of text out."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from fairlead.router.cli.columns import shown, table
from fairlead.shared.codec import encode


class Tokens(Struct, frozen=True):
    exact: int | None
    guess: int
    bound: int


class Speed(Struct, frozen=True):
    p50: float
    p95: float
    rate: float | None = None


class Standing(Struct, frozen=True):
    state: str
    until: float = 0.0
    throttled: bool = False
    share: float = 1.0
    used: float = 0.0
    reliability: float = 1.0
    in_flight: int = 0
    speed: Speed | None = None


class Candidate(Struct, frozen=True):
    route: str
    position: int | None
    standing: Standing
    score: float | None = None
    passed_over: str | None = None
    estimate_usd: float | None = None
    context_window: int | None = None


class Cache(Struct, frozen=True):
    target: str
    tokens: int
    lives_s: float
    stake_usd: float
    stays: bool


class Attempt(Struct, frozen=True):
    route: str
    result: str
    seconds: float
    message: str | None = None
    pause: float = 0.0


class Outcome(Struct, frozen=True):
    result: str | None
    attempts: tuple[Attempt, ...] = ()


class Difference(Struct, frozen=True):
    path: str
    decided: Any
    again: Any


class Replay(Struct, frozen=True):
    same: bool
    size: int
    sha256: str
    differences: tuple[Difference, ...] = ()


class Explained(Struct, frozen=True):
    """What `GET /api/decisions/{id}` says that is printed; the fields are the router's own."""

    id: str
    at: float
    request_id: str
    asked: str
    scenario: str
    strategy: str
    why: str
    facts: Mapping[str, Any]
    tokens: Tokens
    cache: Cache | None
    wait_s: float
    delay_s: float
    candidates: tuple[Candidate, ...]
    outcome: Outcome
    replay: Replay
    preset: str | None = None


def text(told: Explained) -> str:
    """Everything but the replay, without a newline at the end."""
    sections = (_head(told), _request(told), _candidates(told), _cache(told), _attempts(told))
    return "\n\n".join(["\n".join(lines) for lines in map(list, sections) if lines])


def replayed(replay: Replay) -> str:
    """Whether the decision was made again, and what differs where it was not."""
    if replay.same:
        return f"Replay: the same, byte for byte ({replay.size} bytes, sha256 {replay.sha256})"
    rows = [(one.path, _json(one.decided), _json(one.again)) for one in replay.differences]
    return "\n".join(["Replay: NOT the same", *table(("what", "decided", "decided again"), rows)])


def _head(told: Explained) -> Iterator[str]:
    moment = datetime.fromtimestamp(told.at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    yield f"Decision {shown(told.id)}, {moment}, request {shown(told.request_id)}"
    yield f"  asked for  {shown(told.asked)}"
    if told.preset is not None:
        yield f"  preset     {shown(told.preset)}"
    yield f"  scenario   {shown(told.scenario)}: {shown(told.why)}"
    yield f"  strategy   {shown(told.strategy)}"
    yield f"  outcome    {shown(told.outcome.result or 'still running')}"


_TRAITS = ("stream", "thinking", "web_search", "images", "image_now")
_NAMED = ("session", "agent", "parent_agent", "request_class", "subagent_model", "most_output")


def _request(told: Explained) -> Iterator[str]:
    facts, tokens = told.facts, told.tokens
    traits = [name.replace("_", " ") for name in _TRAITS if facts.get(name)]
    if facts.get("tools"):
        traits.append(f"{facts['tools']} tools")
    yield "Request"
    yield f"  {facts.get('size', 0):,} bytes{''.join(f', {one}' for one in traits)}"
    if tokens.exact is not None:
        yield f"  {tokens.exact:,} tokens, counted"
    else:
        yield f"  about {tokens.guess:,} tokens, at most {tokens.bound:,}: enough to decide, so they were not counted"
    for name in _NAMED:
        if facts.get(name) is not None:
            yield f"  {name.replace('_', ' ')} {shown(str(facts[name]))}"


def _candidates(told: Explained) -> Iterator[str]:
    yield "Candidates"
    rows = [
        (
            "-" if one.position is None else str(one.position + 1),
            shown(one.route),
            "" if one.score is None else f"{one.score:.4g}",
            "" if one.estimate_usd is None else f"${one.estimate_usd:.6f}",
            "" if one.context_window is None else f"{one.context_window:,}",
            _standing(one.standing),
            shown(one.passed_over or ""),
        )
        for one in told.candidates
    ]
    yield from table(("#", "target", "score", "estimate", "window", "standing", "passed over because"), rows)


def _standing(standing: Standing) -> str:
    """What is not as it should be, and how fast it is."""
    told = [standing.state.replace("_", "-")]
    if standing.until > 0:
        told.append(f"{'throttled' if standing.throttled else 'resting'} {standing.until:.1f} s")
    if standing.share < 1:
        told.append(f"gets {standing.share:.0%}")
    if standing.used > 0:
        told.append(f"{standing.used:.0%} used")
    if standing.reliability < 1:
        told.append(f"{standing.reliability:.0%} good")
    if standing.in_flight:
        told.append(f"{standing.in_flight} running")
    if standing.speed is not None:
        told.append(f"first byte {standing.speed.p50:.2f} s")
    return shown(", ".join(told))


def _cache(told: Explained) -> Iterator[str]:
    cache = told.cache
    if cache is not None:
        yield "Cache"
        yield f"  {cache.tokens:,} tokens at {shown(cache.target)} for another {cache.lives_s:.0f} s"
        stays = (
            "the session stays there, though another would have come first" if cache.stays else "it changed no order"
        )
        yield f"  leaving it would cost ${cache.stake_usd:.6f}; {stays}"


def _attempts(told: Explained) -> Iterator[str]:
    if told.wait_s > 0:
        yield f"It waits {told.wait_s:.1f} s for the first target, whose cache is worth that"
    attempts = told.outcome.attempts
    if attempts:
        yield "Attempts"
        rows = [
            (
                str(place),
                shown(one.route),
                shown(one.result),
                f"{one.seconds:.3f} s",
                _after(one),
                shown(one.message or ""),
            )
            for place, one in enumerate(attempts, 1)
        ]
        yield from table(("#", "target", "result", "took", "pause before", "what was said"), rows)


def _after(attempt: Attempt) -> str:
    return f"{attempt.pause:.1f} s" if attempt.pause > 0 else ""


def _json(value: Any) -> str:
    return shown(encode(value).decode())
