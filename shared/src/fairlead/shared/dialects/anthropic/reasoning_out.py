"""How much Claude is to think, and in what form it is to answer.

Each generation thinks in ways of its own: by a budget in tokens, by an effort and as long as it likes, always or never.
What it would refuse beside its thinking gives way, or else the thinking does.

Source: https://docs.claude.com/en/docs/build-with-claude/extended-thinking, …/adaptive-thinking, …/effort.
"""

from typing import Any

from msgspec import Struct

from fairlead.shared.conversation import (
    OutputFormat,
    RedactedThinking,
    Request,
    Thinking,
    ToolCall,
    ToolChoice,
    ToolMode,
)
from fairlead.shared.dialects.anthropic.blocks_out import write_extras
from fairlead.shared.dialects.anthropic.schemas import enforceable
from fairlead.shared.loss import Loss
from fairlead.shared.profile import BUDGETS, Profile, level_of

_LEAST = 1_024
"""Tokens of the smallest budget there is."""
_TO_ANSWER = 4_096
"""Tokens left for the answer itself where thinking would take all there are."""
_NO_ANSWER = 1
"""Who wants no more tokens than this warms a cache or tries a credential; nothing is to be thought about."""


class Thought(Struct, frozen=True):
    """What is said of thinking; None: nothing. `limit`: what the answer's limit has to be for it."""

    mode: str | None = None
    budget: int | None = None
    effort: str | None = None
    limit: int | None = None

    @property
    def thinks(self) -> bool:
        """Whether thinking is asked for."""
        return self.mode in ("adaptive", "enabled")


def thought_of(request: Request, profile: Profile, losses: list[Loss]) -> Thought:
    """What is asked for, in a way that the model has: as the client said it wherever that can be."""
    said = request.reasoning
    if said.mode == "disabled" or (said.mode is None and said.effort == "none"):
        return _off(profile, said.effort, losses)
    if said.mode is None and said.effort is None:
        return Thought()
    if said.mode is None or (said.mode == "enabled" and said.budget_tokens is None):
        return _by_level(said.effort or "high", request, profile, losses)
    if said.mode not in profile.thinking_modes and said.mode in ("adaptive", "enabled"):
        losses.append(Loss("thinking", "thinking.type", f"this model does not take {said.mode}"))
        level = said.effort or (level_of(said.budget_tokens) if said.budget_tokens is not None else "high")
        return _by_level(level, request, profile, losses)
    budget = _possible_budget(request, profile, losses)
    mode = None if said.mode == "enabled" and budget is None else said.mode
    return Thought(mode, budget, _word(said.effort, profile, losses))


def _off(profile: Profile, effort: str | None, losses: list[Loss]) -> Thought:
    """Not to think; where that cannot be had, as little as possible."""
    effort = None if effort == "none" else effort
    mode = next((mode for mode in ("disabled", "between_tools") if mode in profile.thinking_modes), None)
    if mode is None and profile.thinks:
        losses.append(Loss("thinking disabled", "thinking.type", "this model always thinks; told to think least"))
        effort = "low"
    return Thought(mode, effort=_word(effort, profile, losses))


def _by_level(level: str, request: Request, profile: Profile, losses: list[Loss]) -> Thought:
    mode = next((mode for mode in profile.thinking_modes if mode in ("adaptive", "enabled")), None)
    if mode is None:
        losses.append(Loss("thinking", "reasoning_effort", "this model does not think"))
        return Thought()
    if request.max_tokens is not None and request.max_tokens <= _NO_ANSWER:
        return Thought()
    if mode == "adaptive":
        effort = _word(level, profile, losses)
        if _is_forced(request.tool_choice) and not profile.forced_while_thinking:
            losses.append(Loss("thinking", "reasoning_effort", "a model made to call a tool cannot think"))
            mode = None
        return Thought(mode, effort=effort)
    obstacle = _obstacle(request)
    if obstacle is not None:
        losses.append(Loss("thinking", "reasoning_effort", obstacle))
        return Thought()
    return _budgeted(level, request, profile, losses)


def _obstacle(request: Request) -> str | None:
    """Why a request cannot be thought about within a budget."""
    if _is_forced(request.tool_choice):
        return "a model made to call a tool cannot think"
    last = request.turns[-1] if request.turns else None
    if last is not None and last.role == "assistant":
        return "an answer that was begun is continued without thinking"
    answers = (turn.content for turn in reversed(request.turns) if turn.role == "assistant")
    answer = next(answers, ())
    calls = any(isinstance(block, ToolCall) for block in answer)
    if calls and not isinstance(answer[0], Thinking | RedactedThinking):
        return "the turn that called the tools was not begun with thinking"
    return None


def _budgeted(level: str, request: Request, profile: Profile, losses: list[Loss]) -> Thought:
    """The level's budget, and room for it: the limit of the answer grows by it, as far as the model's own allows."""
    cap = profile.max_tokens_cap
    wanted = BUDGETS.get(level) or max(BUDGETS["xhigh"], (cap or 0) - _TO_ANSWER)
    limit = request.max_tokens if request.max_tokens is not None else profile.default_max_tokens
    if wanted < limit:
        return Thought("enabled", wanted, limit=limit)
    raised = limit + wanted if cap is None else max(min(limit + wanted, cap), limit)
    budget = wanted if raised == limit + wanted else max(min(wanted, raised - _TO_ANSWER), _LEAST)
    if raised > limit:
        losses.append(Loss("max_tokens", "max_tokens", f"raised to {raised}: what is thought counts, too"))
    if budget < wanted:
        losses.append(Loss("thinking budget", "thinking.budget_tokens", f"there is room for {budget}, not {wanted}"))
    return Thought("enabled", budget, limit=raised)


def _possible_budget(request: Request, profile: Profile, losses: list[Loss]) -> int | None:
    """The client's own budget as far as the answer's limit leaves room for it, where others count it outside, or take
    less than the least there is here; None where there is no room."""
    budget, limit = request.reasoning.budget_tokens, request.max_tokens
    if budget is None or (limit is not None and _LEAST <= budget < limit):
        return budget
    room = (profile.default_max_tokens if limit is None else limit) - _TO_ANSWER
    if limit is not None and room < _LEAST < limit:
        room = _LEAST
    possible = min(max(budget, _LEAST), room)
    if possible < _LEAST:
        losses.append(Loss("thinking", "thinking.budget_tokens", f"an answer of {limit} leaves no room for it"))
        return None
    if possible != budget:
        losses.append(Loss("thinking budget", "thinking.budget_tokens", f"told as {possible}, for which there is room"))
    return possible


def _is_forced(choice: ToolChoice | None) -> bool:
    return choice is not None and choice.mode in (ToolMode.ANY, ToolMode.NAMED)


_EFFORTS = {"minimal": "low", "none": None}
"""Efforts other vendors know and Anthropic does not."""


def _word(effort: str | None, profile: Profile, losses: list[Loss]) -> str | None:
    """The effort as this model knows it."""
    if effort is None:
        return None
    if not profile.output_effort:
        losses.append(Loss("reasoning effort", "output_config.effort", "this model takes none"))
        return None
    word = profile.efforts.get(effort) if profile.efforts else _EFFORTS.get(effort, effort)
    if word != effort and profile.efforts:
        losses.append(Loss("reasoning effort", "output_config.effort", f"{effort} is told as {word}"))
    return word


def write_reasoning(thought: Thought, request: Request, losses: list[Loss]) -> dict[str, Any]:
    """`thinking`, `output_config`, and the limit of the answer where thinking needs a higher one."""
    body: dict[str, Any] = {}
    if thought.mode is not None:
        thinking: dict[str, Any] = {"type": thought.mode}
        if thought.budget is not None:
            thinking["budget_tokens"] = thought.budget
        if request.reasoning.display is not None and thought.mode != "disabled":
            thinking["display"] = request.reasoning.display
        body["thinking"] = {**thinking, **write_extras(request.reasoning.extras)}
    if thought.limit is not None:
        body["max_tokens"] = thought.limit
    output: dict[str, Any] = {} if thought.effort is None else {"effort": thought.effort}
    if request.output_format is not None:
        output.update(_write_format(request.output_format, losses))
    return {**body, "output_config": output} if output else body


_LEAST_TOP_P = 0.95


def write_sampling(thought: Thought, request: Request, profile: Profile, losses: list[Loss]) -> dict[str, Any]:
    """The knobs that may be turned: while it thinks, Claude allows hardly any."""
    sampling = request.sampling
    body: dict[str, Any] = {}
    if sampling.temperature is not None:
        body["temperature"] = min(sampling.temperature, 1)
        if sampling.temperature > 1:
            losses.append(Loss("temperature", "temperature", "Anthropic's scale ends at 1"))
    if sampling.top_p is not None:
        body["top_p"] = sampling.top_p
    if sampling.top_k is not None:
        body["top_k"] = sampling.top_k
    refused = {name: "the model does not take it" for name in body if name in profile.without}
    if thought.thinks and not profile.sampling_while_thinking:
        allowed = {"temperature": body.get("temperature") == 1, "top_p": body.get("top_p", 0) >= _LEAST_TOP_P}
        refused |= {name: "not while thinking" for name in body if not allowed.get(name, False)}
    losses += [Loss(name, name, why) for name, why in refused.items()]
    return {name: value for name, value in body.items() if name not in refused}


def possible_choice(request: Request, profile: Profile, losses: list[Loss]) -> ToolChoice | None:
    """The client's choice; a model that cannot stop thinking cannot be made to call."""
    choice = request.tool_choice
    always = profile.thinks and "disabled" not in profile.thinking_modes and not profile.forced_while_thinking
    if choice is None or not (always and _is_forced(choice)):
        return choice
    losses.append(Loss("tool choice", "tool_choice", "this model always thinks, and cannot be made to call a tool"))
    return ToolChoice(ToolMode.AUTO, None, choice.parallel)


def _write_format(output_format: OutputFormat, losses: list[Loss]) -> dict[str, Any]:
    if output_format.schema is None:
        losses.append(Loss("json_object", "response_format", "Anthropic has structured output by schema only"))
        return {}
    schema, lost = enforceable(output_format.schema)
    if lost:
        losses.append(Loss(", ".join(lost), "response_format.schema", "told in words: Anthropic does not enforce it"))
    return {"format": {"type": "json_schema", "schema": schema}}
