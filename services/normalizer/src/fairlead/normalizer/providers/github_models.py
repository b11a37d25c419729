"""GitHub Models: OpenAI's and others' models, with small windows.

Source: https://docs.github.com/en/rest/models/inference, https://docs.github.com/en/github-models
"""

from fairlead.normalizer.providers.base import Sign, Vendor, pattern
from fairlead.normalizer.providers.gpt import FAMILIES
from fairlead.normalizer.providers.listing import GITHUB
from fairlead.shared.failure import Kind
from fairlead.shared.profile import Profile

GITHUB_MODELS = Vendor(
    name="github-models",
    dialect="openai",
    answers="chat",
    profile=Profile(reasoning_if_configured=("reasoning_effort",)),
    models=FAMILIES,
    signs=(
        Sign(Kind.CONTEXT_OVERFLOW, says=pattern(r"tokens_limit_reached")),
        Sign(Kind.BILLING, status=429, says=pattern(r"UserByModelByDay|per 86400s")),
    ),
    hosts=frozenset({"models.github.ai", "models.inference.ai.azure.com"}),
    lists=GITHUB,
    constant={"x-github-api-version": "2022-11-28"},
)
