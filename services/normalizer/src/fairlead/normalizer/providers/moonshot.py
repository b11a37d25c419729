"""Moonshot's Kimi: reasoning comes back with every tool call, and sampling is fixed while it thinks.

Source: https://platform.moonshot.ai/docs/api/chat, https://platform.moonshot.ai/docs/guide/use-kimi-k2-thinking-model,
https://platform.moonshot.ai/docs/api/errors
"""

from msgspec.structs import replace

from fairlead.normalizer.providers.base import Sign, Vendor, pattern
from fairlead.shared.conversation import ToolMode
from fairlead.shared.failure import Kind
from fairlead.shared.profile import Profile, efforts

_PLAIN = Profile(
    images="data",
    documents=False,
    json_schema=False,
    empty_text="(empty)",
    max_stops=5,
    tool_choices=frozenset({ToolMode.AUTO, ToolMode.NONE, ToolMode.NAMED}),
    forced_while_thinking=False,
    without=frozenset({"parallel_tool_calls"}),
    replay="reasoning_content",
)
_THINKING = replace(
    _PLAIN,
    thinks=True,
    replay_required="calls",
    without=frozenset({"parallel_tool_calls", "temperature", "top_p", "presence_penalty", "frequency_penalty"}),
)

MOONSHOT = Vendor(
    name="moonshot",
    dialect="openai",
    answers="chat",
    profile=_PLAIN,
    models=(
        (
            pattern(r"(?:^|[-/])k3"),
            replace(
                _THINKING,
                json_schema=True,
                reasoning=("reasoning_effort",),
                efforts=efforts("low", "high", "max", medium="high", xhigh="max"),
            ),
        ),
        (pattern(r"k2\.[56]"), replace(_THINKING, reasoning=("thinking",))),
        (pattern(r"k2\.7|thinking|for-coding"), _THINKING),
    ),
    signs=(
        Sign(Kind.BILLING, says=pattern(r"exceeded_current_quota_error")),
        Sign(Kind.BILLING, status=429, says=pattern(r"\bTPD\b")),
        Sign(Kind.OVERLOADED, says=pattern(r"engine_overloaded_error")),
        Sign(Kind.CONTENT_REFUSED, says=pattern(r'"type":\s*"content_filter"')),
    ),
    hosts=frozenset({"api.moonshot.ai", "api.moonshot.cn", "api.kimi.com"}),
)
