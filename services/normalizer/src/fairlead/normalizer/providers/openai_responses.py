"""OpenAI's Responses, at OpenAI and at whoever offers it under an address of their own.

Source: https://platform.openai.com/docs/api-reference/responses
"""

from msgspec.structs import replace

from fairlead.normalizer.providers.base import Vendor
from fairlead.normalizer.providers.gpt import CHAT, FAMILIES

OPENAI_RESPONSES = Vendor(
    name="openai-responses",
    known_as="openai",
    dialect="openai-responses",
    answers="responses",
    counts="count_responses",
    # Models that nobody has heard of yet are taken to reason.
    profile=replace(CHAT, reasoning=("reasoning_effort",)),
    models=FAMILIES,
    hosts=frozenset({"api.openai.com"}),
    forwarded=("openai-",),
)
