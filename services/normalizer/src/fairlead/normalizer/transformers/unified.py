"""The form in which claude-code-router hands requests to transformers: chat, with `reasoning` and cache marks."""

from typing import Any

import msgspec
from msgspec import Raw

from fairlead.shared.codec import encode
from fairlead.shared.profile import Profile

from .adjustment import Adjustment, Fields

_LEVELS = ((0, "none"), (1_024, "low"), (8_192, "medium"))
"""The largest budget of each level that claude-code-router knows, in tokens; whatever is above is "high"."""

_PROFILE = Profile(reasoning=("reasoning",), replay="reasoning_content", cache_hints=True)


def _completed(fields: Fields) -> Fields:
    """`reasoning` with all three of its members: `effort`, `enabled`, and `max_tokens` where a budget was given."""
    if "reasoning" not in fields:
        return fields
    said: Any = msgspec.json.decode(fields["reasoning"])
    if not isinstance(said, dict):
        return fields
    budget = said.get("max_tokens")
    effort = said.get("effort") or (_level(budget) if isinstance(budget, int) else "high")
    return {**fields, "reasoning": Raw(encode({"effort": effort, "enabled": effort != "none", **said}))}


def _level(budget: int) -> str:
    return next((level for most, level in _LEVELS if budget <= most), "high")


UNIFIED = Adjustment(profiles=(lambda _profile, _model: _PROFILE,), patches=(_completed,))
