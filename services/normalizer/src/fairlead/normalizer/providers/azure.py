"""Azure OpenAI and Foundry: OpenAI's and others' models under the names that their deployments were given.

Source: https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle,
https://learn.microsoft.com/azure/ai-foundry/openai/quotas-limits
"""

from urllib.parse import urlsplit

from fairlead.normalizer.authorization import Scheme
from fairlead.normalizer.providers.base import Vendor
from fairlead.normalizer.providers.gpt import FAMILIES, OF_AZURE
from fairlead.shared.profile import Profile


def _below_openai(base: str) -> str:
    """A resource alone is its host; OpenAI's API stands below `/openai` there."""
    base = base.rstrip("/")
    return base if urlsplit(base).path else f"{base}/openai"


AZURE = Vendor(
    name="azure",
    known_as="azure.ai.openai",
    dialect="openai",
    answers="chat",
    base=_below_openai,
    profile=Profile(reasoning_if_configured=("reasoning_effort",)),
    # A deployment that is called after its model is known to be one.
    models=FAMILIES,
    signs=OF_AZURE,
    scheme=Scheme.AZURE,
)
