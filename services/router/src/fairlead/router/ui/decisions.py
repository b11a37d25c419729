"""Decisions as they happen, and each with everything it was made from."""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from fairlead.router.decisions import KEPT
from fairlead.router.explain import Filed, explanation
from fairlead.router.usage import queries
from fairlead.router.usage.asking import Asked
from fairlead.shared.failure import Kind, refuse

from .house import House
from .lines import Line, Verdict, line, verdict
from .page import Answer, Html, Page, Visit
from .reading import ask
from .unread import Unread

MOST = 100
"""Lines of the list."""
EARLY = 600.0
"""Seconds that may pass between a request's arrival and its decision: counting tokens, and a custom router."""


class Filter(Struct, frozen=True):
    """Which decisions are wanted; "" for any."""

    scenario: str = ""
    provider: str = ""
    failed: bool = False

    def takes(self, one: Line) -> bool:
        """Whether it is one of them."""
        return (
            self.scenario in ("", one.scenario)
            and self.provider in ("", one.provider)
            and (one.failed or bool(one.passed) or not self.failed)
        )


class Listed(Struct, frozen=True):
    """`scenarios` and `providers` are those to choose from; `kept`: how many decisions are remembered."""

    lines: tuple[Line, ...]
    wanted: Filter
    scenarios: tuple[str, ...]
    providers: tuple[str, ...]
    kept: int


class Used(Struct, frozen=True):
    """What the request came to; tokens, US dollars, seconds."""

    input: int
    cache_read: int
    cache_write: int
    output: int
    cost: float | None
    default_cost: float | None
    first_byte: float | None
    duration: float


class Explained(Struct, frozen=True):
    """`told` is what `GET /api/decisions/{id}` says. `traits`: the request in a few words."""

    line: Line
    told: Mapping[str, Any]
    verdicts: tuple[Verdict, ...]
    traits: tuple[str, ...]
    used: Used | None


def listed(filed: Iterable[Filed], wanted: Filter) -> Listed:
    """The newest first, as `filed` is."""
    lines = [line(one) for one in filed]
    return Listed(
        lines=tuple([one for one in lines if wanted.takes(one)][:MOST]),
        wanted=wanted,
        scenarios=tuple(sorted({one.scenario for one in lines} | {wanted.scenario} - {""})),
        providers=tuple(sorted({one.provider for one in lines} | {wanted.provider} - {""})),
        kept=len(lines),
    )


def explained(filed: Filed, used: Used | None) -> Explained:
    """One decision."""
    told = explanation(filed)
    verdicts = tuple(verdict(one.result) for one in filed.attempts)
    return Explained(line(filed), told, verdicts, _traits(told["facts"]), used)


_TRAITS = {
    "stream": "streamed",
    "thinking": "thinking",
    "web_search": "web search",
    "image_now": "a picture in this turn",
    "images": "pictures",
}


def _traits(facts: Mapping[str, Any]) -> tuple[str, ...]:
    named = [word for name, word in _TRAITS.items() if facts.get(name)]
    if tools := facts.get("tools"):
        named.append("1 tool" if tools == 1 else f"{tools} tools")
    return (*named, *[str(facts[name]) for name in ("request_class", "work", "agent_type") if facts.get(name)])


def _used(rows: list[queries.Row], decision: str) -> Used | None:
    found = next((row for row in rows if row["decision"] == decision), None)
    return Used(**{name: found[name] for name in Used.__struct_fields__}) if found is not None else None


def wanted_of(query: Mapping[str, str]) -> Filter:
    """What the form above the list asks."""
    return Filter(query.get("scenario", ""), query.get("provider", ""), query.get("failed") == "1")


async def show(house: House, visit: Visit) -> Answer:
    """`GET /ui/decisions`."""
    return Html("decisions.html", listed(house.decisions.newest(KEPT), wanted_of(visit.query)))


async def live(house: House, visit: Visit) -> Answer:
    """What of it changes."""
    return Html("decisions_live.html", listed(house.decisions.newest(KEPT), wanted_of(visit.query)))


async def explain(house: House, visit: Visit) -> Answer:
    """`GET /ui/decisions/{id}`: a page, or what a panel shows of it."""
    wanted = visit.named["id"] or ""
    filed = house.decisions.find(wanted)
    if filed is None:
        message = f"No decision {wanted[:60]} is remembered. The newest {KEPT} since the router started are."
        raise refuse(Kind.NOT_FOUND, message)
    near = Asked(start=filed.at - EARLY, end=filed.at + 1, where={"decision": wanted}, limit=1)
    rows = await ask(house, lambda cursor: queries.requests(cursor, near)) if filed.result is not None else []
    used = None if isinstance(rows, Unread) else _used(rows, wanted)
    return Html("decision_part.html" if visit.partial else "decision.html", explained(filed, used))


PAGES = (
    Page("decisions", show, name="Decisions", live=live),
    Page("decisions/(?P<id>[^/]+)", explain, section="Decisions"),
)
