"""Any server that answers OpenAI's chat completions, of which nothing more is known."""

from fairlead.normalizer.providers.base import Vendor

OPENAI_COMPATIBLE = Vendor(name="openai-compatible", dialect="openai", answers="chat")
