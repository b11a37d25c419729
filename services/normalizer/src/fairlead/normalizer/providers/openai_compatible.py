"""Any server that answers OpenAI's chat completions, of which nothing more is known."""

from fairlead.normalizer.providers.base import Vendor
from fairlead.normalizer.providers.gpt import OF_AZURE
from fairlead.shared.profile import Profile

OPENAI_COMPATIBLE = Vendor(
    name="openai-compatible",
    dialect="openai",
    answers="chat",
    profile=Profile(reasoning_if_configured=("reasoning_effort",)),
    signs=OF_AZURE,  # which is asked by this type too
)
