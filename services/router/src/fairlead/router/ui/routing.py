"""The pages of routing: who answers each scenario and whether they can now, a row to be edited, and where a request
would go."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyjson5
from msgspec import Struct, structs

from fairlead.router.endpoints.config import NO_FILE
from fairlead.router.policy import Policy, name_of
from fairlead.router.steering import Opened, Posted, Steering
from fairlead.router.strategy import PRIORITY
from fairlead.router.work import CLASSES
from fairlead.shared.config import ConfigError, Finding
from fairlead.shared.config.positions import MAX_DEPTH
from fairlead.shared.config.revising import revised
from fairlead.shared.config.schema import FAST_THRESHOLD, LONG_CONTEXT_THRESHOLD, STRATEGIES
from fairlead.shared.config.sections import fold
from fairlead.shared.failure import FailureError, Kind, refuse

from . import drafts
from .drafts import Draft, draft_from, draft_of, line_from, moved
from .editor import Review, saved_of
from .house import House
from .matrix import FAMILY, NO_SCENARIOS, Ladder, Line, Matrix, Whole, matrix_of, with_ladder, with_line, with_whole
from .outlook import Outlook, outlook
from .page import Answer, Html, Page, Visit
from .supposing import Supposed, Supposition, facts_of, supposed, supposition

PATH = "routing"
MOST_KNOWN = 2_000
"""Targets that a field offers; some providers list hundreds."""
WORDS: Mapping[str, str] = {
    "default": "Everything that no other scenario takes",
    "background": "Claude Code's small jobs, and what it sends to a Haiku",
    "think": "Thinking is on",
    "longContext": "More tokens than the threshold",
    "webSearch": "A web search tool is offered",
    "image": "The turn to be answered holds a picture",
    "fast": "Few tokens, and thinking is off",
    "coder": "An agent at work, which changes files or runs commands",
}


class Thresholds(Struct, frozen=True):
    """In tokens, where the file does not say."""

    long_context: int = LONG_CONTEXT_THRESHOLD
    fast: int = FAST_THRESHOLD


class Seen(Struct, frozen=True):
    """One row. `words`: when it is chosen; `strategy`: the one in effect."""

    line: Line
    words: str
    strategy: str


class Routing(Struct, frozen=True):
    """`rows` are those that are configured, `free` the names of built-in ones that are not. `problem`: why the file
    cannot be read, in which case there are none; `fixed`: it is not changed here. `outlooks` by target; `unknown`: why
    nothing is known of credentials; `saved` as in `Editor`."""

    rows: Sequence[Seen]
    free: Sequence[str]
    whole: Whole
    ladders: Sequence[Ladder]
    outlooks: Mapping[str, Outlook]
    unknown: str | None
    fixed: bool = False
    problem: str | None = None
    saved: str | None = None
    thresholds: Thresholds = Thresholds()


class Editing(Struct, frozen=True):
    """One row while it is edited. `known`: targets there are; `is_new`: it has no name in the file yet; `problems`:
    why the file could not be served with so."""

    draft: Draft
    known: Sequence[str]
    outlooks: Mapping[str, Outlook]
    words: str = ""
    is_new: bool = False
    problems: Sequence[Finding] = ()
    strategies: Sequence[str] = STRATEGIES


class EditingWhole(Struct, frozen=True):
    """What is not of one scenario, as it was typed. `slips` by field."""

    form: Mapping[str, str]
    ladders: Sequence[Ladder]
    known: Sequence[str]
    slips: Mapping[str, str] = {}
    problems: Sequence[Finding] = ()
    thresholds: Thresholds = Thresholds()


class Trying(Struct, frozen=True):
    """A request that is supposed, and where it would go: None before the form was sent. `problem`: why nowhere."""

    asked: Supposed
    scenarios: Sequence[str]
    known: Sequence[str]
    told: Supposition | None = None
    problem: str | None = None
    classes: Sequence[str] = tuple(sorted(CLASSES))


async def show(house: House, visit: Visit) -> Answer:
    """`GET /ui/routing`."""
    return Html("routing.html", await _looked(house, saved_of(visit)))


async def live(house: House, _visit: Visit) -> Answer:
    """The table alone."""
    return Html("routing_live.html", await _looked(house, None))


async def edit(house: House, visit: Visit) -> Answer:
    """`GET /ui/routing/edit?scenario=…`; without a name a new one."""
    _, config = await _file(house)
    scenario = visit.query.get("scenario", "")
    line = matrix_of(config).line(scenario) or Line(scenario)
    if max(len(line.targets), len(line.fallback)) > drafts.MOST:
        raise refuse(Kind.CONFLICT, f"{scenario} has more than {drafts.MOST} targets; edit it under Configuration")
    return Html("routing_edit.html", await _editing(house, draft_of(line), is_new=not scenario))


async def change(house: House, visit: Visit) -> Answer:
    """`POST /ui/routing/edit`: an entry changes its place, or the row is to be reviewed."""
    draft, deed, is_new = draft_from(visit.form), visit.field("do"), "new" in visit.form
    if deed == "delete":
        draft = structs.replace(draft, targets=(), fallback=())
    elif deed != "review":
        return Html("routing_edit.html", await _editing(house, moved(draft, deed), is_new=is_new))
    line = line_from(draft)
    if is_new and isinstance(line, Line):
        line = _new(line, matrix_of((await _file(house))[1]))
    if not isinstance(line, Line):
        wrong = await _editing(house, structs.replace(draft, slips=line), is_new=is_new)
        return Html("routing_edit.html", wrong, 400)
    answer = await _reviewed(house, lambda config: with_line(config, line))
    if isinstance(answer, Review):
        return Html("config_review.html", answer)
    wrong = await _editing(house, draft, is_new=is_new)
    return Html("routing_edit.html", structs.replace(wrong, problems=answer), 400)


async def edit_whole(house: House, _visit: Visit) -> Answer:
    """`GET /ui/routing/whole`."""
    _, config = await _file(house)
    return Html("routing_whole.html", _editing_whole(house, matrix_of(config), {}))


async def change_whole(house: House, visit: Visit) -> Answer:
    """`POST /ui/routing/whole`."""
    _, config = await _file(house)
    matrix = matrix_of(config)
    made = drafts.whole_from(visit.form, matrix)
    shown = _editing_whole(house, matrix, visit.form)
    if not isinstance(made, tuple):
        return Html("routing_whole.html", structs.replace(shown, slips=made), 400)
    whole, ladders = made

    def changed(config: dict[str, Any]) -> dict[str, Any]:
        config = with_whole(config, whole)
        for ladder in ladders:
            config = with_ladder(config, ladder)
        return config

    answer = await _reviewed(house, changed)
    if isinstance(answer, Review):
        return Html("config_review.html", answer)
    return Html("routing_whole.html", structs.replace(shown, problems=answer), 400)


async def attempt(house: House, visit: Visit) -> Answer:
    """`GET /ui/routing/try`."""
    scenarios = tuple(house.policy.routes)
    asked = supposed(visit.query)
    if asked.scenario and asked.scenario not in scenarios:
        raise refuse(Kind.BAD_REQUEST, f"there is no scenario {asked.scenario[:80]}", param="scenario")
    trying = Trying(asked, scenarios, known_models(house))
    if "tokens" in visit.query:
        try:
            case, decision = await house.judge.suppose(facts_of(asked), asked.tokens, asked.scenario or None)
        except FailureError as error:
            trying = structs.replace(trying, problem=error.failure.message)
        else:
            trying = structs.replace(trying, told=supposition(case, decision, house.now()))
    return Html("routing_try.html", trying)


def known_models(house: House) -> list[str]:
    """Targets there are, as a configuration names them: of the configuration itself, and what providers list."""
    policy, entries = house.policy, house.discovery.catalog.entries.values()
    named = [f"{names.provider},{model}" for names in policy.names.values() for model in names.models.values()]
    listed = [f"{one.provider},{one.id}" for one in entries if one.provider and one.provider.lower() in policy.names]
    return list(dict.fromkeys((*map(name_of, policy.targets), *named, *sorted(listed))))[:MOST_KNOWN]


def rows_of(matrix: Matrix, policy: Policy) -> list[Seen]:
    """Those that are configured."""
    return [
        Seen(line, _words(line), line.strategy or policy.strategy(line.scenario) or PRIORITY)
        for line in matrix.lines
        if line.targets
    ]


def _words(line: Line) -> str:
    if line.is_family:
        return f"The client asks for {line.scenario.removeprefix(FAMILY)}"
    return WORDS.get(line.scenario, "Its conditions hold" if line.when else "A custom router names it")


def _new(line: Line, matrix: Matrix) -> Line | Mapping[str, str]:
    if fold(line.scenario) in NO_SCENARIOS:
        return {"scenario": f"{line.scenario} means something else there; take another name"}
    for one in matrix.lines:
        if one.targets and fold(one.scenario) == fold(line.scenario):
            return {"scenario": f"there is a row {one.scenario} already"}
    return line if line.targets else {"target-0": "name one"}


async def _looked(house: House, saved: str | None) -> Routing:
    found, unknown = await outlook(house)
    try:
        opened, config = await _file(house)
    except FailureError as error:
        problem = error.failure.message
        return Routing((), (), Whole(), (), found, unknown, fixed=True, problem=problem)
    matrix = matrix_of(config)
    free = [line.scenario for line in matrix.lines if not line.targets]
    rows = rows_of(matrix, house.policy)
    return Routing(rows, free, matrix.whole, matrix.ladders, found, unknown, opened.etag is None, saved=saved)


async def _editing(house: House, draft: Draft, *, is_new: bool) -> Editing:
    found, _ = await outlook(house)
    words = "" if is_new else _words(Line(draft.scenario, when=draft.when or None))
    return Editing(draft, known_models(house), found, words, is_new)


def _editing_whole(house: House, matrix: Matrix, typed: Mapping[str, str]) -> EditingWhole:
    whole = matrix.whole
    form = {
        "emergency": whole.emergency,
        "long_context_threshold": str(whole.long_context_threshold or ""),
        "fast_threshold": str(whole.fast_threshold or ""),
        **{f"ladder-{ladder.number}": "\n".join(ladder.rungs) for ladder in matrix.ladders},
        **typed,
    }
    return EditingWhole(form, matrix.ladders, known_models(house))


def _steering(house: House) -> Steering:
    if house.steering is None:
        raise refuse(Kind.CONFLICT, NO_FILE)
    return house.steering


async def _file(house: House) -> tuple[Opened, dict[str, Any]]:
    """The file, and its values. Raises `FailureError` where it cannot be read."""
    return await house.aside.run(_read, _steering(house))


def _read(steering: Steering) -> tuple[Opened, dict[str, Any]]:
    opened = steering.opened()
    try:
        config = pyjson5.decode(opened.text, maxdepth=MAX_DEPTH)
    except pyjson5.Json5DecoderException:
        config = None
    if not isinstance(config, dict):
        raise refuse(Kind.CONFLICT, f"{opened.file} cannot be read; mend it under Configuration first")
    return opened, config


async def _reviewed(house: House, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Review | tuple[Finding, ...]:
    """The file with a change of its values, beside the file; or why it could not be served with."""
    opened, config = await _file(house)
    made = revised(opened.text, change(config))
    try:
        found = await house.aside.run(_steering(house).preview, Posted(text=made.text))
    except ConfigError as error:
        return error.findings
    return Review(found.difference, made.text, found.etag, found.warnings, made.lost, then=PATH)


PAGES = (
    Page(PATH, show, name="Routing", live=live),
    Page(f"{PATH}/edit", edit, section="Routing", act=change),
    Page(f"{PATH}/whole", edit_whole, section="Routing", act=change_whole),
    Page(f"{PATH}/try", attempt, section="Routing"),
)
