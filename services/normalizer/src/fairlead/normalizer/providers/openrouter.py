"""OpenRouter: many makers' models behind one API, which hands their reasoning out and takes it back unmodified.

Source: https://openrouter.ai/docs/api-reference/chat-completion, https://openrouter.ai/docs/use-cases/reasoning-tokens,
https://openrouter.ai/docs/features/prompt-caching, https://openrouter.ai/docs/api-reference/errors
"""

from msgspec.structs import replace

from fairlead.normalizer.providers.base import Sign, Vendor, pattern
from fairlead.shared.failure import Kind
from fairlead.shared.profile import Profile

_ANY = Profile(
    reasoning=("reasoning",),
    replay="reasoning_details",
    replay_makers=(
        "anthropic-claude-",
        "google-gemini-",
        "openai-responses-",
        "azure-openai-responses-",
        "azure-responses-",
        "bedrock-",
        "xai-responses-",
        "meta-responses-",
        "unknown",
    ),
    top_k=True,
    declares_called=True,
)

OPENROUTER = Vendor(
    name="openrouter",
    dialect="openai",
    answers="chat",
    profile=_ANY,
    # Elsewhere prompts are cached without being told where.
    models=((pattern(r"claude|gemini"), replace(_ANY, cache_hints=True)),),
    signs=(
        Sign(Kind.CONTEXT_OVERFLOW, says=pattern(r'"error_type":\s*"context_length_exceeded"')),
        Sign(Kind.CONTENT_REFUSED, says=pattern(r'"error_type":\s*"(?:content_policy_violation|refusal)"')),
        Sign(Kind.OVERLOADED, says=pattern(r'"error_type":\s*"provider_overloaded"')),
        Sign(Kind.UPSTREAM, says=pattern(r'"error_type":\s*"(?:provider_unavailable|timeout|server)"')),
        Sign(Kind.BILLING, status=429, says=pattern(r"free-models-per-day")),
        Sign(Kind.BILLING, status=403, says=pattern(r"key limit exceeded|insufficient credits")),
        Sign(Kind.CONTENT_REFUSED, status=403, says=pattern(r"flagged|moderation")),
    ),
    hosts=frozenset({"openrouter.ai"}),
)
