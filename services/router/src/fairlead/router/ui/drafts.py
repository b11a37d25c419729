"""A row of the routing matrix while it is edited: fields of a form, as they were typed, and what they come to."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pyjson5
from msgspec import Struct, structs

from fairlead.shared.config.positions import MAX_DEPTH
from fairlead.shared.config.schema import STRATEGIES

from .matrix import Aim, Ladder, Line, Matrix, Whole, json_of

MOST = 50
"""Targets of a row."""
SPARE = 1
"""Empty fields after those that are filled in."""

_TARGET, _WEIGHT, _FALLBACK = "target-", "weight-", "fallback-"


class Drafted(Struct, frozen=True):
    """One target as it is typed."""

    route: str = ""
    weight: str = ""


class Draft(Struct, frozen=True):
    """One row. `slips`: what is wrong with it, by the name of the field."""

    scenario: str
    targets: tuple[Drafted, ...] = ()
    fallback: tuple[str, ...] = ()
    strategy: str = ""
    delay_ms: str = ""
    when: str = ""
    slips: Mapping[str, str] = {}

    @property
    def target_fields(self) -> tuple[Drafted, ...]:
        """With empty ones to fill in."""
        return (*self.targets, *[Drafted()] * SPARE)[:MOST]

    @property
    def fallback_fields(self) -> tuple[str, ...]:
        """With empty ones to fill in."""
        return (*self.fallback, *[""] * SPARE)[:MOST]


def draft_of(line: Line) -> Draft:
    """As the file says it."""
    weighed = any(aim.weight != 1 for aim in line.targets)
    return Draft(
        line.scenario,
        tuple(Drafted(aim.route, f"{aim.weight:g}" if weighed else "") for aim in line.targets),
        line.fallback,
        line.strategy,
        str(line.delay_ms) if line.delay_ms else "",
        json_of(line.when),
    )


def draft_from(form: Mapping[str, str]) -> Draft:
    """As it was typed; empty fields are left out."""
    targets = [
        Drafted(form[f"{_TARGET}{number}"].strip(), form.get(f"{_WEIGHT}{number}", "").strip())
        for number in range(MOST)
        if form.get(f"{_TARGET}{number}", "").strip()
    ]
    fallback = [form.get(f"{_FALLBACK}{number}", "").strip() for number in range(MOST)]
    return Draft(
        form.get("scenario", "").strip(),
        tuple(targets),
        tuple(route for route in fallback if route),
        form.get("strategy", ""),
        form.get("delay_ms", "").strip(),
        form.get("when", "").strip(),
    )


def moved(draft: Draft, deed: str) -> Draft:
    """With one entry further up or down, or without it: `up target 1`, `down fallback 0`, `remove target 2`; the same
    for anything else."""
    words = deed.split()
    if len(words) != 3 or words[1] not in _HELD or words[2] not in _NUMBERS:
        return draft
    held = getattr(draft, _HELD[words[1]])
    return structs.replace(draft, **{_HELD[words[1]]: tuple(_shifted(held, words[0], _NUMBERS[words[2]]))})


_HELD = {"target": "targets", "fallback": "fallback"}
_STEPS = {"up": -1, "down": 1}
_NUMBERS = {str(number): number for number in range(MOST)}


def _shifted(held: Sequence[Any], way: str, number: int) -> Sequence[Any]:
    if number >= len(held):
        return held
    rest = [*held[:number], *held[number + 1 :]]
    if way == "remove":
        return rest
    place = min(len(rest), max(0, number + _STEPS.get(way, 0)))
    return [*rest[:place], held[number], *rest[place:]]


def line_from(draft: Draft) -> Line | Mapping[str, str]:
    """The row, or what is wrong with what was typed, by the name of the field."""
    slips: dict[str, str] = {}
    aims = []
    for number, one in enumerate(draft.targets):
        route = _route(one.route, f"{_TARGET}{number}", slips)
        aims.append(Aim(route, _weight(one.weight, f"{_WEIGHT}{number}", slips)))
    fallback = [_route(one, f"{_FALLBACK}{number}", slips) for number, one in enumerate(draft.fallback)]
    if not draft.scenario:
        slips["scenario"] = "give it a name"
    if draft.strategy and draft.strategy not in STRATEGIES:
        slips["strategy"] = f"must be one of {', '.join(STRATEGIES)}"
    delay = _number(draft.delay_ms, "delay_ms", slips)
    when = _conditions(draft.when, slips)
    return slips or Line(draft.scenario, tuple(aims), tuple(fallback), draft.strategy, delay or 0, when)


def whole_from(form: Mapping[str, str], matrix: Matrix) -> tuple[Whole, tuple[Ladder, ...]] | Mapping[str, str]:
    """What is not of one scenario; fields that are not in the form stay. `ladder-0` has a target a line."""
    slips: dict[str, str] = {}
    emergency = form.get("emergency", matrix.whole.emergency).strip()
    whole = Whole(
        _route(emergency, "emergency", slips) if emergency else "",
        _number(form.get("long_context_threshold", "").strip(), "long_context_threshold", slips),
        _number(form.get("fast_threshold", "").strip(), "fast_threshold", slips),
    )
    ladders = []
    for ladder in matrix.ladders:
        field = f"ladder-{ladder.number}"
        typed = form.get(field, "\n".join(ladder.rungs)).splitlines()
        rungs = tuple(_route(rung, field, slips) for rung in typed if rung.strip())
        ladders.append(structs.replace(ladder, rungs=rungs))
    return slips or (whole, tuple(ladders))


def _route(typed: str, field: str, slips: dict[str, str]) -> str:
    provider, _, model = (part.strip() for part in typed.partition(","))
    if not provider or not model:
        slips[field] = f"“{typed[:80]}” is no target; write provider,model"
    return f"{provider},{model}"


def _weight(typed: str, field: str, slips: dict[str, str]) -> float:
    try:
        weight = float(typed or "1")
    except ValueError:
        weight = math.nan
    if not 0 <= weight < math.inf:
        slips[field] = "a weight is a number from 0"
    return weight


def _number(typed: str, field: str, slips: dict[str, str]) -> int | None:
    if not typed:
        return None
    if not typed.isdecimal() or len(typed) > 9:
        slips[field] = "must be a whole number"
        return None
    return int(typed)


def _conditions(typed: str, slips: dict[str, str]) -> Any:
    if not typed:
        return None
    try:
        when = pyjson5.decode(typed, maxdepth=MAX_DEPTH)
    except pyjson5.Json5DecoderException:
        when = None
    if not isinstance(when, dict):
        slips["when"] = 'must be conditions such as { hours: "22-06", model: "claude-*" }'
    return when or None
