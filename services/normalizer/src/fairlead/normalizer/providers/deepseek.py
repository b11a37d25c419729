"""DeepSeek: thinks unless told not to, and wants its reasoning back as soon as tools are in play.

Source: https://api-docs.deepseek.com/api/create-chat-completion, https://api-docs.deepseek.com/guides/thinking_mode,
https://api-docs.deepseek.com/quick_start/error_codes
"""

from msgspec.structs import replace

from fairlead.normalizer.providers.base import Vendor, pattern
from fairlead.shared.profile import Profile, efforts

_TEXT = Profile(
    reasoning=("thinking", "reasoning_effort"),
    efforts=efforts("low", "high", "max", medium="high"),
    thinks=True,
    replay="reasoning_content",
    replay_required="all",
    images="none",
    documents=False,
    json_schema=False,
    strict_tools=False,
    forced_while_thinking=False,
    without=frozenset({"seed", "logit_bias", "parallel_tool_calls"}),
)

DEEPSEEK = Vendor(
    name="deepseek",
    dialect="openai",
    answers="chat",
    profile=_TEXT,
    models=((pattern(r"deepseek-flash|vision|-vl"), replace(_TEXT, images="url")),),
    hosts=frozenset({"api.deepseek.com"}),
)
