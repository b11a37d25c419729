"""LiteLLM's proxy: models under names its operator chose; what a model does not take is refused, not dropped.

Source: https://docs.litellm.ai/docs/reasoning_content, https://docs.litellm.ai/docs/exception_mapping,
https://docs.litellm.ai/docs/completion/prompt_caching
"""

from msgspec.structs import replace

from fairlead.normalizer.providers.base import Sign, Vendor, pattern
from fairlead.shared.failure import Kind
from fairlead.shared.profile import Profile

_REASONING = Profile(reasoning=("reasoning_effort",), replay="reasoning_content")

LITELLM = Vendor(
    name="litellm",
    dialect="openai",
    answers="chat",
    profile=Profile(reasoning_if_configured=("reasoning_effort",)),
    # An alias says what it stands for only if its operator named it so.
    models=(
        (
            pattern(r"claude"),
            replace(
                _REASONING,
                cache_hints=True,
                declares_called=True,
                replay="thinking_blocks",
                replay_makers=("litellm",),
            ),
        ),
        (pattern(r"gpt-5|gpt-oss|(?:^|/)o\d|gemini|deepseek|grok-(?:3-mini|4\.)|qwen3|glm|kimi"), _REASONING),
    ),
    # Its exceptions' names are what is reliable in its errors.
    signs=(
        Sign(Kind.CONTEXT_OVERFLOW, says=pattern(r"ContextWindowExceededError")),
        Sign(Kind.CONTENT_REFUSED, says=pattern(r"ContentPolicyViolationError")),
        Sign(Kind.BILLING, says=pattern(r"BudgetExceededError|budget_exceeded|Budget has been exceeded")),
        Sign(Kind.OVERLOADED, says=pattern(r"ServiceUnavailableError|No deployments available")),
        Sign(Kind.RATE_LIMIT, says=pattern(r"RateLimitError")),
        Sign(Kind.AUTHENTICATION, says=pattern(r"AuthenticationError")),
        Sign(Kind.NOT_FOUND, says=pattern(r"Invalid model name passed in")),
    ),
)
