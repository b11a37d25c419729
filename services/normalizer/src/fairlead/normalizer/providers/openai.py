"""OpenAI itself.

Source: https://platform.openai.com/docs/api-reference/chat/create
"""

from msgspec.structs import replace

from fairlead.normalizer.providers.base import Vendor
from fairlead.normalizer.providers.gpt import CHAT, FAMILIES

OPENAI = Vendor(
    name="openai",
    dialect="openai",
    answers="chat",
    # Models that nobody has heard of yet are taken to reason.
    profile=replace(CHAT, reasoning=("reasoning_effort",)),
    models=FAMILIES,
    hosts=frozenset({"api.openai.com"}),
    forwarded=("openai-",),
)
