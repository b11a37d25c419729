"""How tokens are counted for a model, told by its name: in which vocabulary, and how far off that is."""

import re
from functools import lru_cache

from msgspec import Struct

CL100K = "cl100k_base"
O200K = "o200k_base"


class Measure(Struct, frozen=True):
    """How to count for one family of models: a vocabulary, and what its figures are multiplied by."""

    vocabulary: str = O200K
    factor: float = 1.0


_CLAUDE = re.compile(r"claude\D*(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)")
_NEW_CLAUDE = (4, 7)
"""The first version with another vocabulary, which counts about a quarter more than the one before."""

_MEASURES = (
    # Anthropic publishes no vocabulary; its models up to 4.6 count English and code some 15 % above o200k_base.
    ("claude", Measure(O200K, 1.15)),
    ("gpt-4o", Measure(O200K)),
    ("gpt-4.", Measure(O200K)),
    ("gpt-4", Measure(CL100K)),
    ("gpt-3.5", Measure(CL100K)),
    # Their own vocabularies count English and code so much above o200k_base, and are too large to be packaged.
    ("gemini", Measure(O200K, 1.08)),
    ("deepseek", Measure(O200K, 1.03)),
)
_OF_NEW_CLAUDE = Measure(O200K, 1.45)
"""What third parties have measured: prose 1.4, code 1.5 times o200k_base."""


@lru_cache(maxsize=1_024)
def measure_of(model: str) -> Measure:
    """The measure for a model's name; o200k_base as it is for names nothing is known about."""
    version = _CLAUDE.search(model)
    if version is not None and (int(version[1]), int(version[2] or 0)) >= _NEW_CLAUDE:
        return _OF_NEW_CLAUDE
    return next((measure for part, measure in _MEASURES if part in model), Measure())
