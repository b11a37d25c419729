"""A request that nobody sent: where would it go? Fields of a form become facts, and a decision a few lines."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from fairlead.router.decide import Case, Decision
from fairlead.router.explain import Filed, explanation
from fairlead.router.facts import BYTES_PER_TOKEN, Facts
from fairlead.router.work import CLASSES
from fairlead.shared.failure import Kind, refuse

TOKENS = 12_000
MOST = 100_000_000
MODEL = "claude-opus-5-5"
_AGENTS_TOOLS = ("Read", "Edit", "Write", "Bash")


class Supposed(Struct, frozen=True):
    """What the form says. `work`: one of Claude Code's classes, "" for another client; `scenario`: "" for the rules to
    say; `moment` is now."""

    model: str = MODEL
    tokens: int = TOKENS
    thinking: bool = False
    web_search: bool = False
    image: bool = False
    tools: bool = False
    work: str = ""
    scenario: str = ""


class Candidate(Struct, frozen=True):
    """One target that was considered, in the order of asking; `passed_over`: why it is not asked."""

    route: str
    position: int | None
    passed_over: str | None
    estimate_usd: float | None
    score: float | None


class Supposition(Struct, frozen=True):
    """Where it would go."""

    scenario: str
    why: str
    strategy: str
    candidates: tuple[Candidate, ...]
    warning: str | None = None


def supposed(query: Mapping[str, str]) -> Supposed:
    """Raises `FailureError` (BAD_REQUEST)."""
    tokens, work = query.get("tokens", "").strip() or str(TOKENS), query.get("work", "")
    if not tokens.isdecimal() or len(tokens) > len(str(MOST)) or not 0 < int(tokens) <= MOST:
        raise refuse(Kind.BAD_REQUEST, f"tokens: must be a number from 1 to {MOST:,}", param="tokens")
    if work and work not in CLASSES:
        raise refuse(Kind.BAD_REQUEST, f"work: must be one of {', '.join(sorted(CLASSES))}", param="work")
    flags = {name: name in query for name in ("thinking", "web_search", "image", "tools")}
    model = query.get("model", "").strip() or MODEL
    return Supposed(model, int(tokens), work=work, scenario=query.get("scenario", ""), **flags)


def facts_of(one: Supposed) -> Facts:
    """As a request would tell them that has so many tokens."""
    names = (*(_AGENTS_TOOLS if one.tools else ()), *(("web_search",) if one.web_search else ()))
    return Facts(
        model=one.model,
        stream=True,
        size=one.tokens * BYTES_PER_TOKEN,
        token_bound=one.tokens,
        thinking=one.thinking,
        web_search=one.web_search,
        tools=len(names),
        image_now=one.image,
        images=one.image,
        request_class=one.work or None,
        tool_names=names,
    )


def supposition(case: Case, decision: Decision, now: float) -> Supposition:
    """`now` in Unix seconds."""
    told: Mapping[str, Any] = explanation(Filed(case, decision, "", now))
    candidates = [Candidate(**{name: one[name] for name in Candidate.__struct_fields__}) for one in told["candidates"]]
    candidates.sort(key=lambda one: (one.position is None, one.position or 0))
    return Supposition(decision.scenario, decision.why, decision.strategy, tuple(candidates), case.choice.warning)
