"""How much a model is to think, in the fields of whichever OpenAI-compatible vendor is asked."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from fairlead.shared.conversation import Reasoning, Request
from fairlead.shared.dialects.openai.parts import write_carried
from fairlead.shared.loss import Loss
from fairlead.shared.profile import Profile, level_of
from fairlead.shared.wire import openai as wire


class Thought(Struct, frozen=True):
    """What the client said: not at all (`off`), or as much as `level`, one of `profile.LEVELS`, or `budget` tokens.

    `level` follows from the budget where only that was given; both None: to think, however much.
    """

    off: bool = False
    level: str | None = None
    budget: int | None = None


def thought_of(reasoning: Reasoning) -> Thought | None:
    """None where the client said nothing."""
    if reasoning.mode is None and reasoning.effort is None:
        return None
    if reasoning.mode == "disabled" or reasoning.effort == "none":
        return Thought(off=True)
    budget, level = reasoning.budget_tokens, reasoning.effort
    if level is None and budget is not None:
        level = level_of(budget)
    return Thought(level=level, budget=budget)


def _possible_thought(request: Request, profile: Profile) -> Thought | None:
    """What was said, unless it cannot be in such a request."""
    said = thought_of(request.reasoning)
    return Thought(off=True) if _obstacle(request, profile, said) is not None else said


def _obstacle(request: Request, profile: Profile, said: Thought | None) -> str | None:
    """Why the model must be told not to reason over a request."""
    if profile.thinks_only_streamed and not request.stream:
        return "this model thinks only in streams"
    ends, asked = profile.tools_end_reasoning, said is not None and not said.off
    if request.tools and (ends == "always" or (ends == "if asked" and asked)):
        return "this model takes no tools while it reasons, but by way of Responses"
    return None


def thinks(request: Request, profile: Profile) -> bool:
    """Whether the model will reason over this request."""
    thought = _possible_thought(request, profile)
    if thought is None or not profile.reasoning or (thought.off and _always_thinks(profile)):
        return profile.thinks
    return not thought.off


def _always_thinks(profile: Profile) -> bool:
    """Whether there is no word for not thinking at all."""
    return profile.reasoning == ("reasoning_effort",) and _word("none", profile) is None


def write_reasoning(request: Request, profile: Profile, losses: list[Loss]) -> dict[str, Any]:
    """The fields that steer reasoning; between our services, all that was said."""
    if profile.extensions:
        return _write_fully(request.reasoning)
    said, thought = thought_of(request.reasoning), _possible_thought(request, profile)
    if thought is None:
        return {}
    obstacle = _obstacle(request, profile, said)
    if obstacle is not None and said is not None and not said.off:
        losses.append(Loss("thinking", "thinking", obstacle))
    if not profile.reasoning:
        _lament(request.reasoning, losses)
        return {}
    fields: dict[str, Any] = {}
    for way in profile.reasoning:
        fields.update(_WAYS[way](thought, profile))
    _note_substitutes(thought, profile, losses)
    return fields


def _write_fully(reasoning: Reasoning) -> dict[str, Any]:
    fields: dict[str, Any] = {} if reasoning.effort is None else {"reasoning_effort": reasoning.effort}
    thinking = wire.Thinking(reasoning.mode or "", fairlead=write_carried(reasoning.extras))
    if reasoning.budget_tokens is not None:
        thinking.budget_tokens = reasoning.budget_tokens
    if reasoning.display is not None:
        thinking.display = reasoning.display
    return fields if thinking == wire.Thinking() else {**fields, "thinking": thinking}


def _lament(reasoning: Reasoning, losses: list[Loss]) -> None:
    if reasoning.effort is not None:
        losses.append(Loss("reasoning effort", "reasoning_effort", "the provider is not known to take one"))
    if reasoning.mode not in (None, "disabled"):
        losses.append(Loss("thinking", "thinking", "chat completions have no such switch"))


def _note_substitutes(thought: Thought, profile: Profile, losses: list[Loss]) -> None:
    """Every other word than the client's own is a loss, and so is a budget that no field tells."""
    if thought.off:
        if _always_thinks(profile):
            losses.append(Loss("reasoning off", "reasoning_effort", "this model always thinks; told to think least"))
        return
    if thought.budget is not None and not _BUDGETED.intersection(profile.reasoning):
        losses.append(Loss("thinking budget", "thinking.budget_tokens", "told as an effort, or not at all"))
    if thought.level is not None and profile.reasoning_effort and _word(thought.level, profile) != thought.level:
        told = _word(thought.level, profile)
        losses.append(Loss("reasoning effort", "reasoning_effort", f"{thought.level} is told as {told}"))


_BUDGETED = frozenset({"reasoning", "thinking.budget_tokens", "thinking_budget"})


def _word(level: str, profile: Profile) -> str | None:
    """The vendor's word for a level; None when it has none. A vendor of whom no words are known takes any."""
    return profile.efforts.get(level) if profile.efforts else level


# The ways ---------------------------------------------------------------------------------------


def _effort(thought: Thought, profile: Profile) -> dict[str, Any]:
    """Where reasoning cannot be turned off, the least there is; where another field turns it off, nothing."""
    if thought.off and len(profile.reasoning) > 1:
        return {}
    level = "none" if thought.off else thought.level
    word = None if level is None else _word(level, profile) or _word("minimal", profile)
    return {} if word is None else {"reasoning_effort": word}


def _openrouter(thought: Thought, profile: Profile) -> dict[str, Any]:
    """Effort and budget exclude each other: https://openrouter.ai/docs/use-cases/reasoning-tokens."""
    if thought.off:
        return {"reasoning": {"effort": "none"}}
    if thought.budget is not None:
        return {"reasoning": {"max_tokens": thought.budget}}
    if thought.level is not None:
        return {"reasoning": {"effort": _word(thought.level, profile) or thought.level}}
    return {"reasoning": {"enabled": True}}


def _switch(thought: Thought, _profile: Profile) -> dict[str, Any]:
    return {"thinking": {"type": "disabled" if thought.off else "enabled"}}


def _switch_with_budget(thought: Thought, profile: Profile) -> dict[str, Any]:
    told = _switch(thought, profile)
    if thought.budget is not None:
        told["thinking"]["budget_tokens"] = thought.budget
    return told


def _enable(thought: Thought, _profile: Profile) -> dict[str, Any]:
    return {"enable_thinking": not thought.off}


_QWEN_BUDGETS = {"minimal": 512, "low": 1_024, "medium": 8_192, "high": 24_576, "xhigh": 32_768}
"""What a level comes to where only a budget can be told; "max" is the model's own limit."""


def _budget(thought: Thought, _profile: Profile) -> dict[str, Any]:
    budget = thought.budget if thought.budget is not None else _QWEN_BUDGETS.get(thought.level or "")
    return {} if thought.off or budget is None else {"thinking_budget": budget}


_WAYS: Mapping[str, Callable[[Thought, Profile], dict[str, Any]]] = {
    "reasoning_effort": _effort,
    "reasoning": _openrouter,
    "thinking": _switch,
    "thinking.budget_tokens": _switch_with_budget,
    "enable_thinking": _enable,
    "thinking_budget": _budget,
}
