"""The quicker, dearer tier of a provider, for models that are configured to have it: how each dialect asks for it.

Source: https://docs.claude.com/en/docs/build-with-claude/fast-mode,
https://platform.openai.com/docs/guides/priority-processing
"""

from collections.abc import Mapping

from msgspec import Raw, Struct

from .providers.rules import BETA_HEADER
from .transformers import AS_IT_IS, Adjustment


class Tier(Struct, frozen=True):
    """A field of the body, which a client's own of that name overrules, and the beta that it belongs to."""

    field: str
    value: Raw
    beta: str | None = None


_OPENAI = Tier("service_tier", Raw(b'"priority"'))
TIERS: Mapping[str, Tier] = {
    "anthropic": Tier("speed", Raw(b'"fast"'), "fast-mode-2026-02-01"),
    "openai": _OPENAI,
    "openai-responses": _OPENAI,
}
"""By dialect; Gemini's has none that Factory would take."""


def quick(dialect: str) -> Adjustment:
    """What asks for the tier in each body of a dialect."""
    tier = TIERS.get(dialect)
    return AS_IT_IS if tier is None else Adjustment(patches=(lambda fields: {tier.field: tier.value, **fields},))


def with_beta(headers: Mapping[str, str], dialect: str) -> dict[str, str]:
    """The headers that go with such a body. Each beta is named once."""
    tier = TIERS.get(dialect)
    if tier is None or tier.beta is None:
        return dict(headers)
    named = [name.strip() for name in headers.get(BETA_HEADER, "").split(",")]
    return {**headers, BETA_HEADER: ",".join(dict.fromkeys(name for name in (*named, tier.beta) if name))}
