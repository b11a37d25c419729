"""Mistral: strict about roles, ids and fields; its reasoning is a part of the content.

Source: https://docs.mistral.ai/api, https://docs.mistral.ai/capabilities/reasoning,
https://github.com/mistralai/mistral-common (its checks of roles and ids)
"""

from msgspec.structs import replace

from fairlead.normalizer.providers.base import Sign, Vendor, pattern
from fairlead.shared.failure import Kind
from fairlead.shared.profile import Profile, efforts

_PLAIN = Profile(
    stream_usage=False,
    alternate=True,
    system_turns=False,
    names=False,
    empty_text="(empty)",
    documents=False,
    short_ids=True,
    top_k=True,
    renames={"seed": "random_seed"},
    without=frozenset({"user", "logit_bias", "store"}),
)
_REASONING = replace(
    _PLAIN, reasoning=("reasoning_effort",), efforts=efforts("none", "high", minimal="none"), replay="content"
)

MISTRAL = Vendor(
    name="mistral",
    known_as="mistral_ai",
    dialect="openai",
    answers="chat",
    profile=_PLAIN,
    models=(
        (
            pattern(r"mistral-(?:small-(?:latest|[4-9]|2[6-9])|medium-(?:latest|[3-9]|2[6-9])|large-(?:latest|[4-9]))"),
            _REASONING,
        ),
        (pattern(r"magistral"), replace(_PLAIN, thinks=True, replay="content")),
    ),
    signs=(
        Sign(Kind.OVERLOADED, says=pattern(r'"code":\s*"?3505|service_tier_capacity_exceeded')),
        Sign(Kind.BILLING, status=429, says=pattern(r"monthly[ _]limit")),
    ),
    hosts=frozenset({"api.mistral.ai"}),
)
