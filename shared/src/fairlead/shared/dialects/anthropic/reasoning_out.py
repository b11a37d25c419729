"""How much Claude is to think, and in what form it is to answer."""

from typing import Any

from fairlead.shared.conversation import OutputFormat, Request, ToolChoice, ToolMode
from fairlead.shared.dialects.anthropic.blocks_out import write_extras
from fairlead.shared.loss import Loss
from fairlead.shared.profile import Profile


def _possible_budget(request: Request, profile: Profile, losses: list[Loss]) -> int | None:
    """The thinking budget; below the limit of the answer where that is ours and not the client's."""
    budget, room = request.reasoning.budget_tokens, max(_LEAST, profile.default_max_tokens - _TO_ANSWER)
    if budget is None or request.max_tokens is not None or budget <= room:
        return budget
    losses.append(Loss("thinking budget", "thinking.budget_tokens", f"more than the {room} there is room for"))
    return room


_LEAST = 1_024
"""Tokens of the smallest budget there is."""
_TO_ANSWER = 4_096
"""Tokens left for the answer itself where thinking would take all there are."""


def _is_forced(choice: ToolChoice | None) -> bool:
    return choice is not None and choice.mode in (ToolMode.ANY, ToolMode.NAMED)


_EFFORTS = {"minimal": "low"}
"""Efforts other vendors know and Anthropic does not."""


def write_reasoning(request: Request, profile: Profile, losses: list[Loss]) -> dict[str, Any]:
    """`thinking` and `output_config`; what Claude would refuse beside the rest of the request is left out."""
    reasoning = request.reasoning
    body: dict[str, Any] = {}
    output: dict[str, Any] = {}
    mode, effort = reasoning.mode, reasoning.effort
    if mode is None and effort is not None:
        mode = "disabled" if effort == "none" else "adaptive"
    if mode == "adaptive" and reasoning.mode is None and not profile.adaptive_thinking:
        losses.append(Loss("reasoning effort", "reasoning_effort", "this model takes a thinking budget, not an effort"))
        mode = effort = None
    if mode == "adaptive" and reasoning.mode is None and _is_forced(request.tool_choice):
        losses.append(Loss("thinking", "reasoning_effort", "a model made to call a tool cannot think"))
        mode = None
    if mode is not None:
        thinking: dict[str, Any] = {"type": mode}
        if reasoning.budget_tokens is not None:
            thinking["budget_tokens"] = _possible_budget(request, profile, losses)
        if reasoning.display is not None:
            thinking["display"] = reasoning.display
        body["thinking"] = {**thinking, **write_extras(reasoning.extras)}
    if effort is not None and effort != "none":
        output["effort"] = _EFFORTS.get(effort, effort)
    if request.output_format is not None:
        output.update(_write_format(request.output_format, losses))
    return {**body, "output_config": output} if output else body


def _write_format(output_format: OutputFormat, losses: list[Loss]) -> dict[str, Any]:
    if output_format.schema is None:
        losses.append(Loss("json_object", "response_format", "Anthropic has structured output by schema only"))
        return {}
    return {"format": {"type": "json_schema", "schema": output_format.schema}}
