"""Groq: open models at high speed, each with efforts of its own, and a strict reader of requests.

Source: https://console.groq.com/docs/api-reference, https://console.groq.com/docs/reasoning,
https://console.groq.com/docs/openai, https://console.groq.com/docs/errors
"""

from msgspec.structs import replace

from fairlead.normalizer.providers.base import Sign, Vendor, pattern
from fairlead.shared.failure import Kind
from fairlead.shared.profile import Profile, efforts

_PLAIN = Profile(
    max_tokens_field="max_completion_tokens",
    documents=False,
    schema_without=frozenset({"$schema"}),
    without=frozenset(
        {"logprobs", "top_logprobs", "logit_bias", "presence_penalty", "frequency_penalty", "store", "metadata"}
    ),
)
_REASONING = replace(_PLAIN, reasoning=("reasoning_effort",), thinks=True, replay="reasoning")

GROQ = Vendor(
    name="groq",
    dialect="openai",
    answers="chat",
    profile=_PLAIN,
    models=(
        (pattern(r"gpt-oss"), replace(_REASONING, efforts=efforts("low", "medium", "high"))),
        (pattern(r"qwen-?3\.8"), replace(_REASONING, efforts=efforts("none", "low", "medium", "high"))),
        (pattern(r"qwen-?3"), replace(_REASONING, efforts=efforts("none", "default"))),
    ),
    signs=(
        # One request above what a minute allows: waiting does not help.
        Sign(Kind.TOO_LARGE, status=413, codes=frozenset({"rate_limit_exceeded"})),
        # What is spent for the day, not for the minute.
        Sign(Kind.BILLING, status=429, says=pattern(r"\((?:[RT]|AS)PD\)")),
        Sign(Kind.OVERLOADED, status=498),
        # The model's own slip, not the client's.
        Sign(Kind.UPSTREAM, codes=frozenset({"tool_use_failed", "json_validate_failed"})),
    ),
    hosts=frozenset({"api.groq.com"}),
)
