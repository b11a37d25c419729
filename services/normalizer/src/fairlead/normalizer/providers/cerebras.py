"""Cerebras: open models at high speed.

Source: https://inference-docs.cerebras.ai/api-reference/chat-completions,
https://inference-docs.cerebras.ai/capabilities/reasoning, https://inference-docs.cerebras.ai/support/error
"""

from msgspec.structs import replace

from fairlead.normalizer.providers.base import Sign, Vendor, pattern
from fairlead.shared.failure import Kind
from fairlead.shared.profile import Profile, efforts

_PLAIN = Profile(
    max_tokens_field="max_completion_tokens",
    images="data",
    documents=False,
    # Strict must be said of all tools or of none.
    strict_tools=False,
    without=frozenset({"presence_penalty", "frequency_penalty", "logit_bias"}),
)
_REASONING = replace(_PLAIN, reasoning=("reasoning_effort",), thinks=True, replay="reasoning")

CEREBRAS = Vendor(
    name="cerebras",
    dialect="openai",
    answers="chat",
    profile=_PLAIN,
    models=(
        (pattern(r"gpt-oss"), replace(_REASONING, efforts=efforts("low", "medium", "high"))),
        (pattern(r"glm"), replace(_REASONING, efforts=efforts("none", "low", "medium", "high"))),
    ),
    signs=(
        Sign(Kind.CONTEXT_OVERFLOW, says=pattern(r"current length is \d+ while limit is")),
        Sign(Kind.CONTEXT_OVERFLOW, status=413, says=pattern(r"without a body")),
        Sign(Kind.CONTEXT_OVERFLOW, status=400, says=pattern(r"without a body")),
        Sign(Kind.OVERLOADED, says=pattern(r"queue_exceeded")),
        Sign(Kind.BILLING, status=429, says=pattern(r"(?:tokens|requests) per day|daily (?:token|request)")),
    ),
    hosts=frozenset({"api.cerebras.ai"}),
)
