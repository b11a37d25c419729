"""OpenAI's own models, wherever they are served: which efforts each generation takes, and what Azure says of failures.

Source: https://platform.openai.com/docs/guides/reasoning, https://platform.openai.com/docs/models
"""

from msgspec.structs import replace

from fairlead.normalizer.providers.base import Sign, pattern
from fairlead.shared.failure import Kind
from fairlead.shared.profile import Profile, efforts

_COMMON = frozenset({"metadata", "prompt_cache_key"})

CHAT = Profile(max_tokens_field="max_completion_tokens", text_parts=True, system_role="developer", takes=_COMMON)
_REASONING = replace(
    CHAT,
    reasoning=("reasoning_effort",),
    thinks=True,
    without=frozenset(
        {"temperature", "top_p", "presence_penalty", "frequency_penalty", "logprobs", "top_logprobs", "logit_bias"}
    ),
    takes=_COMMON | {"verbosity"},
)
_TO_XHIGH = replace(_REASONING, thinks=False, efforts=efforts("none", "low", "medium", "high", "xhigh"))

FAMILIES = (
    (pattern(r"gpt-5(?:\.\d+)?-chat|gpt-[34]|chatgpt"), CHAT),
    (pattern(r"gpt-6-astra"), replace(_REASONING, efforts=efforts("low", "medium", "high", "xhigh", "max"))),
    (
        pattern(r"gpt-5\.(?:[6-9]|\d\d)|gpt-[6-9]"),
        replace(
            _REASONING,
            efforts=efforts("none", "low", "medium", "high", "xhigh", "max"),
            tools_end_reasoning="always",
        ),
    ),
    (pattern(r"gpt-5\.5"), replace(_TO_XHIGH, thinks=True, tools_end_reasoning="if asked")),
    # Up to here models do not reason unless told to.
    (pattern(r"gpt-5\.4"), replace(_TO_XHIGH, tools_end_reasoning="if asked")),
    (pattern(r"gpt-5\.[23]"), _TO_XHIGH),
    (pattern(r"gpt-5\.1"), replace(_REASONING, thinks=False, efforts=efforts("none", "low", "medium", "high"))),
    (pattern(r"gpt-5"), replace(_REASONING, efforts=efforts("minimal", "low", "medium", "high"))),
    (
        pattern(r"(?:^|/)o\d"),
        replace(_REASONING, efforts=efforts("low", "medium", "high"), max_stops=0, takes=_COMMON),
    ),
)
"""Patterns of names and what goes for them, the first that fits."""

OF_AZURE = (
    Sign(Kind.OVERLOADED, status=429, says=pattern(r"high demand")),
    Sign(Kind.BILLING, status=403, says=pattern(r"out of call volume quota")),
)
