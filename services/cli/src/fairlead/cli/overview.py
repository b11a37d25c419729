"""How everything is, on one page: what was found out in, lines of text out."""

from collections.abc import Iterator
from datetime import UTC, datetime

from msgspec import Struct

from fairlead.cli.daemon import Record
from fairlead.router.cli.columns import shown, table


class Ready(Struct, frozen=True):
    """`/ready` of the router."""

    status: str
    missing: tuple[str, ...] = ()


class Unusable(Struct, frozen=True):
    provider: str
    because: str


class NormalizerReady(Struct, frozen=True):
    """`/ready` of the normalizer."""

    status: str
    missing: tuple[str, ...] = ()
    unusable: tuple[Unusable, ...] = ()
    models: int = 0


class Credential(Struct, frozen=True):
    provider: str
    type: str
    state: str
    source: str | None = None
    expires_at: float | None = None
    problem: str | None = None


class Credentials(Struct, frozen=True):
    """`/api/credentials` of the normalizer."""

    credentials: tuple[Credential, ...]


class Standing(Struct, frozen=True):
    """How a provider, or one of its models, does: `until_s` seconds in its state, `used` and `reliability` as parts
    of 1."""

    state: str
    model: str | None = None
    until_s: float = 0.0
    throttled: bool = False
    used: float = 0.0
    reliability: float = 1.0
    in_flight: int = 0


class Provider(Standing, frozen=True, kw_only=True):
    """Of `/api/providers` what is told; whatever else it says is left out."""

    provider: str
    disabled: str | None = None
    models: tuple[Standing, ...] = ()


class Providers(Struct, frozen=True):
    """`/api/providers` of the router, where it has that."""

    providers: tuple[Provider, ...]


class Decided(Struct, frozen=True):
    id: str
    at: float
    asked: str
    scenario: str
    route: str
    result: str | None = None
    attempts: tuple[str, ...] = ()


class Decisions(Struct, frozen=True):
    """`/api/decisions` of the router."""

    decisions: tuple[Decided, ...]


class Overview(Struct, frozen=True):
    """What was found; None for whatever gave no answer. `now` in Unix seconds. `record`: who looks after the services
    in the background, if anybody does. `configured`: the providers of the file."""

    now: float
    router_url: str
    normalizer_url: str
    record: Record | None = None
    router: Ready | None = None
    normalizer: NormalizerReady | None = None
    configured: tuple[str, ...] = ()
    credentials: Credentials | None = None
    providers: Providers | None = None
    decisions: Decisions | None = None

    @property
    def runs(self) -> bool:
        return self.router is not None

    @property
    def well(self) -> bool:
        return self.router is not None and self.router.status == "ready" and not self._normalizer_lacks

    @property
    def _normalizer_lacks(self) -> bool:
        return self.normalizer is None or bool(self.normalizer.missing)


def text(seen: Overview) -> str:
    """Without a newline at the end."""
    sections = (_head(seen), _providers(seen), _decisions(seen))
    return "\n\n".join("\n".join(lines) for lines in map(list, sections) if lines)


def _head(seen: Overview) -> Iterator[str]:
    yield _first(seen)
    rows = [
        ("router", seen.router_url, _standing(seen.router)),
        ("normalizer", seen.normalizer_url, _standing(seen.normalizer)),
    ]
    yield from list(table(("", "", ""), rows))[1:]
    if seen.record is not None:
        yield from beneath(seen.record)


def beneath(record: Record) -> Iterator[str]:
    """What services were started with, in lines that stand below their addresses."""
    if record.simulated:
        yield f"  config      none in use: {record.simulated}"
        yield "              a simulated provider answers"
    else:
        yield f"  config      {record.config or 'none'}"
    yield f"  log         {record.log}"


def _first(seen: Overview) -> str:
    if not seen.runs:
        return "fairlead does not run; fairlead start starts it"
    if seen.record is None:
        return "fairlead runs, started by something other than fairlead start"
    others = ", ".join(str(one.pid) for one in seen.record.members)
    processes = f"process {seen.record.process.pid}" + (f", and {others}" if others else "")
    return f"fairlead runs ({processes}) for {lasting(seen.now - seen.record.since)}"


def _standing(ready: Ready | NormalizerReady | None) -> str:
    if ready is None:
        return "does not answer"
    return "; ".join([ready.status, *ready.missing])


def _providers(seen: Overview) -> Iterator[str]:
    """Each with its state as the router sees it, and each credential as the normalizer does."""
    unusable = {one.provider: one.because for one in seen.normalizer.unusable} if seen.normalizer else {}
    states = {one.provider: _of_provider(one) for one in seen.providers.providers} if seen.providers else {}
    held: dict[str, list[Credential]] = {}
    for one in seen.credentials.credentials if seen.credentials else ():
        held.setdefault(one.provider, []).append(one)
    names = dict.fromkeys((*seen.configured, *states, *held, *unusable))
    if not names:
        return
    yield "Providers"
    rows = [
        (shown(name), shown(_state(name, seen, states, unusable)), shown(_credentials(held.get(name, []), seen.now)))
        for name in names
    ]
    yield from table(("name", "state", "credential"), rows)


def _state(name: str, seen: Overview, states: dict[str, str], unusable: dict[str, str]) -> str:
    if name in unusable:
        return f"unusable: {unusable[name]}"
    if name in states:
        return states[name]
    return "usable" if seen.normalizer else "unknown"


def _of_provider(one: Provider) -> str:
    """What is told of it as a whole, and of those of its models that are not well."""
    if one.disabled:
        return f"disabled: {one.disabled}"
    ailing = [f"{model.model}: {_words(model)}" for model in one.models if _words(model) != _WELL]
    return "; ".join([_words(one), *ailing])


_WELL = "well"
_CLOSED = "closed"
"""The state of a circuit that lets everything through."""


def _words(one: Standing) -> str:
    words = [] if one.state == _CLOSED else [one.state.replace("_", "-")]
    if one.throttled:
        words.append("throttled")
    if one.until_s:
        words.append(f"for another {lasting(one.until_s)}")
    if one.used:
        words.append(f"{one.used:.0%} of its limits used")
    if one.reliability < 1:
        words.append(f"{one.reliability:.0%} good")
    if one.in_flight:
        words.append(f"{one.in_flight} running")
    return ", ".join(words) or _WELL


def _credentials(held: list[Credential], now: float) -> str:
    return "; ".join(_credential(one, now) for one in held)


def _credential(one: Credential, now: float) -> str:
    words = [f"{one.type} {one.state}"]
    if one.source:
        words.append(f"from {one.source}")
    if one.expires_at is not None and one.expires_at > now:
        words.append(f"for another {lasting(one.expires_at - now)}")
    if one.problem:
        words.append(f"- {one.problem}")
    return " ".join(words)


def _decisions(seen: Overview) -> Iterator[str]:
    if seen.decisions is None or not seen.decisions.decisions:
        return
    yield "Last decisions"
    rows = [
        (
            f"{datetime.fromtimestamp(one.at, UTC):%H:%M:%S}",
            shown(one.asked),
            shown(one.scenario),
            shown(one.route),
            shown(one.result or "running"),
            shown(one.id),
        )
        for one in seen.decisions.decisions
    ]
    yield from table(("at (UTC)", "asked for", "scenario", "went to", "result", "decision"), rows)
    yield "  fairlead explain DECISION says why."


def lasting(seconds: float) -> str:
    """A time as people say it: its two largest units."""
    left = max(0, int(seconds))
    parts: list[str] = []
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count or (unit == "s" and not parts):
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2])
