"""How much to think, between Gemini's `thinkingConfig` and the neutral form.

Older models take a budget in tokens, newer ones a level; which of them is the model's family's business. A client's
figure on the other scale is put on this one, and what that changes is told.

Source: https://ai.google.dev/gemini-api/docs/thinking.
"""

from collections.abc import Callable, Mapping
from typing import Any

from fairlead.shared.conversation import Reasoning
from fairlead.shared.dialects.gemini.models import EFFORTS, Budgets, Family, Levels, Thinking
from fairlead.shared.dialects.gemini.signatures import NAME
from fairlead.shared.loss import Loss
from fairlead.shared.wire import gemini as wire

_DYNAMIC = -1


def read_thinking(config: wire.ThinkingConfig | None) -> Reasoning:
    """A thinking configuration; thoughts are shown only to those who ask for them."""
    if config is None:
        return Reasoning()
    display = "summarized" if config.include_thoughts else "omitted"
    level = (config.thinking_level or "").lower()
    effort = level if level in EFFORTS else None
    budget = config.thinking_budget
    if budget is None or budget > 0:
        return Reasoning("enabled" if budget else None, budget, display, effort)
    return Reasoning("adaptive" if budget == _DYNAMIC else "disabled", None, display, effort)


def write_thinking(reasoning: Reasoning, family: Family, losses: list[Loss]) -> dict[str, Any]:
    """The `thinkingConfig` entry, or nothing."""
    off = reasoning.mode == "disabled" or reasoning.effort == "none"
    asked = reasoning.mode is not None or reasoning.effort is not None
    if not asked and reasoning.display != "summarized":
        return {}
    if family.thinking is None:
        if not off:
            losses.append(Loss("thinking", "thinkingConfig", "this model does not think"))
        return {}
    write = _OFF if off else _ON
    config = write[type(family.thinking)](reasoning, family.thinking, losses) if asked else {}
    if not off and reasoning.display != "omitted":
        config = {"includeThoughts": True, **config}
    own = reasoning.extras.fields if reasoning.extras is not None and reasoning.extras.dialect == NAME else {}
    return {"thinkingConfig": {**config, **own}} if config or own else {}


def _budget(reasoning: Reasoning, scale: Budgets, losses: list[Loss]) -> dict[str, Any]:
    if reasoning.budget_tokens is not None:
        budget = min(max(reasoning.budget_tokens, scale.lowest), scale.highest)
        if budget != reasoning.budget_tokens:
            losses.append(Loss("thinking budget", "thinkingConfig", f"the nearest this model has is {budget}"))
        return {"thinkingBudget": budget}
    if reasoning.effort is None:
        return {"thinkingBudget": _DYNAMIC}
    return {"thinkingBudget": scale.by_effort.get(reasoning.effort, _DYNAMIC)}


def _level(reasoning: Reasoning, scale: Levels, losses: list[Loss]) -> dict[str, Any]:
    effort = reasoning.effort
    if effort is None and reasoning.budget_tokens is not None:
        effort = _effort_of(reasoning.budget_tokens)
        level = scale.by_effort[effort]
        losses.append(Loss("thinking budget", "thinkingConfig", f"this model has levels; it is told {level}"))
        return {"thinkingLevel": level}
    if effort is None or effort not in scale.by_effort:
        return {}
    level = scale.by_effort[effort]
    if level.lower() != effort:
        losses.append(Loss("reasoning effort", "thinkingConfig", f"the nearest this model has is {level}"))
    return {"thinkingLevel": level}


def _effort_of(budget: int) -> str:
    """The lowest effort whose budget is enough."""
    return next((effort for effort, tokens in _ENOUGH.items() if budget <= tokens), "max")


_ENOUGH = {"minimal": 1024, "low": 4096, "medium": 12288, "high": 24576, "xhigh": 40960}
"""Tokens other vendors' models are given for an effort."""


def _no_budget(_reasoning: Reasoning, scale: Budgets, losses: list[Loss]) -> dict[str, Any]:
    if scale.off is None:
        losses.append(Loss("thinking disabled", "thinkingConfig", "this model always thinks"))
    return {"thinkingBudget": scale.lowest if scale.off is None else scale.off}


def _lowest_level(_reasoning: Reasoning, scale: Levels, losses: list[Loss]) -> dict[str, Any]:
    losses.append(Loss("thinking disabled", "thinkingConfig", "this model always thinks"))
    return {"thinkingLevel": scale.by_effort["minimal"]}


_Write = Callable[[Reasoning, Any, list[Loss]], dict[str, Any]]
_ON: Mapping[type[Thinking], _Write] = {Budgets: _budget, Levels: _level}
_OFF: Mapping[type[Thinking], _Write] = {Budgets: _no_budget, Levels: _lowest_level}
