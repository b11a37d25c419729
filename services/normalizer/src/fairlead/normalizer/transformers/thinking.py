"""Transformers about reasoning: `reasoning`, `forcereasoning`, `extrathinktag`."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from msgspec.structs import replace

from fairlead.shared.config.transformers import Reasoning as ReasoningOptions
from fairlead.shared.conversation import Reasoning, Request, Text, Thinking, ToolResult, Turn
from fairlead.shared.filters.think_tags import ThinkTags
from fairlead.shared.profile import Profile

from .adjustment import Adjustment

_TAG = "reasoning_content"
_PROMPT = f"""\
Think before you answer, every time, and write down what you think first:

<{_TAG}>
your thoughts, step by step
</{_TAG}>

Then, after the closing tag, give your answer or call your tools. Never leave the thoughts out."""
_REMEMBERED = 10
"""The newest turns whose thoughts are told again; those of older ones only where nothing else would be left."""


def reasoning(options: ReasoningOptions) -> Adjustment:
    """Thinking goes by `thinking` and `enable_thinking`; with `enable: false` it is always turned off."""
    off = () if options.enable else (_turned_off,)
    return Adjustment(profiles=(_switched,), rewrites=off)


def extrathinktag(_options: object) -> Adjustment:
    """What the model says between `<think>` and `</think>` is its reasoning."""
    return Adjustment(filters=(ThinkTags,))


def forcereasoning(_options: object) -> Adjustment:
    """A model that cannot think is told to think in words, and reminded of what it thought before."""
    return Adjustment(rewrites=(_reminded, _prompted), filters=(partial(ThinkTags, _TAG),))


def _switched(profile: Profile, _model: str) -> Profile:
    return replace(profile, reasoning=("thinking.budget_tokens", "enable_thinking"), efforts=_NO_EFFORTS)


_NO_EFFORTS: Mapping[str, Any] = {}


def _turned_off(request: Request) -> Request:
    return replace(request, reasoning=Reasoning(mode="disabled"))


def _reminded(request: Request) -> Request:
    turns = [turn for turn in request.turns if turn.role == "assistant" and _thoughts(turn)]
    newest = {id(turn) for turn in turns[-_REMEMBERED:]}
    told = [_told(turn, whole=id(turn) in newest) for turn in request.turns]
    return replace(request, turns=tuple(told))


def _thoughts(turn: Turn) -> str:
    return "".join(block.text for block in turn.content if isinstance(block, Thinking))


def _told(turn: Turn, *, whole: bool) -> Turn:
    thoughts = _thoughts(turn) if turn.role == "assistant" else ""
    rest = [block for block in turn.content if not isinstance(block, Thinking)]
    if not thoughts or (not whole and rest):
        return turn
    tagged = f"<{_TAG}>{thoughts}</{_TAG}>\n"
    if rest and isinstance(rest[0], Text):
        first = replace(rest[0], text=tagged + rest[0].text)
        return replace(turn, content=(first, *rest[1:]))
    return replace(turn, content=(Text(tagged), *rest))


def _prompted(request: Request) -> Request:
    """The prompt ends the last turn, or is one of its own where that holds what tools have answered."""
    last = request.turns[-1] if request.turns else None
    if last is None or last.role != "user" or any(isinstance(block, ToolResult) for block in last.content):
        return replace(request, turns=(*request.turns, Turn("user", (Text(_PROMPT),))))
    return replace(request, turns=(*request.turns[:-1], replace(last, content=(*last.content, Text(_PROMPT)))))
