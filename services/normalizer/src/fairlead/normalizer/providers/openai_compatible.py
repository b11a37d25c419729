"""Any server that answers OpenAI's chat completions, of which nothing more is known."""

from fairlead.normalizer.providers.base import Sign, Vendor, pattern
from fairlead.shared.failure import Kind
from fairlead.shared.profile import Profile

OPENAI_COMPATIBLE = Vendor(
    name="openai-compatible",
    dialect="openai",
    answers="chat",
    profile=Profile(reasoning_if_configured=("reasoning_effort",)),
    # Azure's, which is asked by this type.
    signs=(
        Sign(Kind.OVERLOADED, status=429, says=pattern(r"high demand")),
        Sign(Kind.BILLING, status=403, says=pattern(r"out of call volume quota")),
    ),
)
