"""Anthropic's own models, wherever they are served: how each generation is made to think, and what it takes beside it.

Source: https://docs.claude.com/en/docs/build-with-claude/adaptive-thinking,
https://docs.claude.com/en/docs/build-with-claude/extended-thinking, https://docs.claude.com/en/docs/build-with-claude/effort,
https://docs.claude.com/en/docs/build-with-claude/context-windows
"""

from msgspec.structs import replace

from fairlead.normalizer.providers.base import LongContext, pattern
from fairlead.normalizer.providers.pruning import EACH, Path
from fairlead.shared.profile import Profile, efforts

_STRICT = Profile(forced_while_thinking=False, sampling_while_thinking=False)
_BUDGETED = replace(_STRICT, thinking_modes=("enabled", "disabled"), output_effort=False, max_tokens_cap=64_000)
_ADAPTIVE = replace(
    _STRICT,
    thinking_modes=("adaptive", "disabled"),
    efforts=efforts("low", "medium", "high", "xhigh", "max"),
    without=frozenset({"temperature", "top_p", "top_k"}),
)
_THINKING = replace(_ADAPTIVE, thinks=True)
_ALWAYS = replace(_THINKING, thinking_modes=("adaptive",))

FAMILIES = (
    (
        pattern(r"claude-(?:v?[12]|instant|3-(?:opus|sonnet|haiku)|3[-.]5)"),
        Profile(thinking_modes=(), output_effort=False),
    ),
    (pattern(r"opus-4(?:-2025|[-.][01](?!\d)|$)"), replace(_BUDGETED, max_tokens_cap=32_000)),
    (
        pattern(r"opus-4[-.]5"),
        replace(_BUDGETED, output_effort=True, efforts=efforts("low", "medium", "high")),
    ),
    (pattern(r"claude-3[-.]7|(?:sonnet|haiku)-4(?:-2025|[-.][0-5](?!\d)|$)"), _BUDGETED),
    (
        pattern(r"(?:opus|sonnet)-4[-.]6"),
        replace(
            _STRICT,
            thinking_modes=("adaptive", "enabled", "disabled"),
            efforts=efforts("low", "medium", "high", "max"),
        ),
    ),
    (pattern(r"opus-4[-.][78]"), _ADAPTIVE),
    (pattern(r"sonnet-5[-.]5"), replace(_THINKING, thinking_modes=("adaptive", "between_tools"))),
    (pattern(r"haiku-5[-.]5"), replace(_THINKING, forced_while_thinking=True)),
    (pattern(r"(?:opus|sonnet)-5(?![-.]\d(?!\d))"), replace(_THINKING, forced_while_thinking=True)),
    # The newest, and those that nobody has heard of yet: they think, and cannot be told not to.
    (pattern(r"claude"), _ALWAYS),
)
"""Patterns of names and what goes for them, the first that fits."""

LONG_CONTEXT = LongContext(
    takes=pattern(r"sonnet-4(?:-2025\d{4}|[-.][05](?!\d)|(?![-.\d]))"),
    refuses=pattern(
        r"claude-(?:v?[12]|instant|3)|haiku-4|opus-4(?:-2025\d{4}|[-.][015](?!\d)|(?![-.\d]))",
    ),
    ended_at=frozenset({"api.anthropic.com"}),  # on 30 April 2026
)
"""From 4.6 on, a million tokens are the models' plain window; some places still want the beta for it."""

CACHE_SCOPES: tuple[Path, ...] = (
    ("system", EACH, "cache_control", "scope"),
    ("tools", EACH, "cache_control", "scope"),
    ("messages", EACH, "content", EACH, "cache_control", "scope"),
    ("messages", EACH, "content", EACH, "content", EACH, "cache_control", "scope"),
)
"""Whom a cached prompt is shared with: Anthropic's own API alone takes it."""

OTHERS = replace(_STRICT, thinking_modes=("enabled", "adaptive", "disabled", "between_tools"))
"""Other makers' models behind the Messages API: what they have in common is the budget."""
