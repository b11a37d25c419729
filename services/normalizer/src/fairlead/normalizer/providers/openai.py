"""OpenAI itself.

Source: https://platform.openai.com/docs/api-reference/chat/create
"""

from fairlead.normalizer.providers.base import Vendor
from fairlead.shared.profile import Profile

OPENAI = Vendor(
    name="openai",
    dialect="openai",
    answers="chat",
    profile=Profile(
        max_tokens_field="max_completion_tokens",
        text_parts=True,
        reasoning=("reasoning_effort",),
        system_role="developer",
    ),
    hosts=frozenset({"api.openai.com"}),
    forwarded=("openai-",),
)
