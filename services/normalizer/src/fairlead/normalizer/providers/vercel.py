"""Vercel's AI Gateway: many makers' models, with OpenRouter's words for reasoning.

Source: https://vercel.com/docs/ai-gateway/openai-compat/reasoning
"""

from msgspec.structs import replace

from fairlead.normalizer.providers.base import Vendor, pattern
from fairlead.shared.profile import Profile

_ANY = Profile(
    reasoning=("reasoning",),
    replay="reasoning_details",
    replay_makers=("anthropic-claude-", "google-gemini-", "openai-responses-", "xai-responses-", "unknown"),
)

VERCEL = Vendor(
    name="vercel",
    dialect="openai",
    answers="chat",
    profile=_ANY,
    models=((pattern(r"claude"), replace(_ANY, cache_hints=True)),),
    hosts=frozenset({"ai-gateway.vercel.sh"}),
)
