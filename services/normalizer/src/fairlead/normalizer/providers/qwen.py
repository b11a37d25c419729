"""Alibaba's Qwen at DashScope: thinking is a switch and a budget, and for some models only to be had in a stream.

Source: https://www.alibabacloud.com/help/en/model-studio/deep-thinking,
https://www.alibabacloud.com/help/en/model-studio/compatibility-of-openai-with-dashscope,
https://www.alibabacloud.com/help/en/model-studio/error-code
"""

from msgspec.structs import replace

from fairlead.normalizer.providers.base import Sign, Vendor, pattern
from fairlead.shared.conversation import ToolMode
from fairlead.shared.failure import Kind
from fairlead.shared.profile import Profile, efforts

_PLAIN = Profile(
    json_schema=False,
    documents=False,
    cache_hints=True,
    top_k=True,
    replay="reasoning_content",
    tool_choices=frozenset({ToolMode.AUTO, ToolMode.NONE, ToolMode.NAMED}),
    forced_while_thinking=False,
)
_HYBRID = replace(_PLAIN, reasoning=("enable_thinking", "thinking_budget"))

QWEN = Vendor(
    name="qwen",
    dialect="openai",
    answers="chat",
    profile=_PLAIN,
    models=(
        (
            pattern(r"qwen-?3\.8"),
            replace(
                _PLAIN,
                reasoning=("reasoning_effort",),
                efforts=efforts("none", "low", "medium", "high", "xhigh"),
                thinks=True,
            ),
        ),
        (pattern(r"thinking|qwq"), replace(_PLAIN, thinks=True)),
        (pattern(r"coder|instruct|-vl-ocr|qwen2"), _PLAIN),
        # Open weights: they think by default, and refuse to unless streamed.
        (pattern(r"qwen3-(?:next-)?\d+(?:\.\d+)?b"), replace(_HYBRID, thinks=True, thinks_only_streamed=True)),
        (pattern(r"qwen-?(?:3|plus|turbo|flash|max)"), _HYBRID),
    ),
    signs=(
        Sign(Kind.CONTENT_REFUSED, says=pattern(r"data_?inspection_?failed")),
        Sign(Kind.BILLING, says=pattern(r"Arrearage|AllocationQuota\.FreeTierOnly|free (?:tier|quota)")),
        Sign(Kind.AUTHENTICATION, says=pattern(r'"code":\s*"InvalidApiKey"')),
        # Its word for having spent a minute's tokens is OpenAI's for having spent the money.
        Sign(Kind.RATE_LIMIT, status=429),
    ),
    hosts=frozenset(
        {
            "dashscope.aliyuncs.com",
            "dashscope-intl.aliyuncs.com",
            "dashscope-us.aliyuncs.com",
            "coding.dashscope.aliyuncs.com",
            "coding-intl.dashscope.aliyuncs.com",
        }
    ),
)
