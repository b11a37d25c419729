"""xAI: each Grok takes other efforts, and some none at all.

Source: https://docs.x.ai/docs/api-reference, https://docs.x.ai/docs/guides/reasoning
"""

from msgspec.structs import replace

from fairlead.normalizer.providers.base import Sign, Vendor, pattern
from fairlead.shared.failure import Kind
from fairlead.shared.profile import Profile, efforts

_PLAIN = Profile(
    names=False,
    strict_tools=False,
    schema_without=frozenset({"additionalProperties"}),
)
_THINKING = replace(
    _PLAIN, thinks=True, max_stops=0, without=frozenset({"presence_penalty", "frequency_penalty", "logprobs"})
)
_STEERED = replace(_THINKING, reasoning=("reasoning_effort",))

XAI = Vendor(
    name="xai",
    known_as="x_ai",
    dialect="openai",
    answers="chat",
    profile=_PLAIN,
    models=(
        (pattern(r"grok-4\.20"), _THINKING),
        (pattern(r"grok-4\.3"), replace(_STEERED, efforts=efforts("none", "low", "medium", "high"))),
        (pattern(r"grok-4\.5"), replace(_STEERED, efforts=efforts("low", "medium", "high"))),
        (pattern(r"grok-4\.[6-9]"), replace(_STEERED, efforts=efforts("low", "medium", "high", "xhigh"))),
        (pattern(r"grok-3-mini"), replace(_STEERED, efforts=efforts("low", "high"))),
        (pattern(r"grok-(?:4|code)"), _THINKING),
    ),
    signs=(
        Sign(Kind.AUTHENTICATION, status=400, says=pattern(r"incorrect api key")),
        Sign(Kind.BILLING, status=403, says=pattern(r"credits|spending limit")),
        Sign(Kind.BILLING, status=429, says=pattern(r"credits|spending limit")),
        Sign(Kind.CONTENT_REFUSED, status=403, says=pattern(r"content violates|usage guidelines|content policy")),
    ),
    hosts=frozenset({"api.x.ai"}),
)
