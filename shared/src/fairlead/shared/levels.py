"""How hard a model is to think, and the names that say it: `gpt-5.2(high)` and `gpt-5.2:high` are `gpt-5.2`.

No maker gives a model a name that ends in brackets. Some end in a colon and a word (Ollama's `phi3:medium`): there the
whole name has to be known to be nobody's before it is taken apart.
"""

import re

from msgspec import Struct

REASONING_LEVELS = ("auto", "off", "minimal", "low", "medium", "high", "xhigh", "max")

_LEVELS = "|".join(REASONING_LEVELS)
_SUFFIX = re.compile(
    rf"(?P<model>.*\S)\s*(?:(?P<bracket>\()(?P<within>{_LEVELS})\)|:(?P<after>{_LEVELS}))\Z", re.IGNORECASE
)


class Levelled(Struct, frozen=True):
    """A model's name without its suffix, and the level that said; `sure`: it can have been nothing else."""

    model: str
    level: str
    sure: bool


def split_level(name: str) -> Levelled | None:
    """The parts of a model's name that ends in a level; None for any other."""
    found = _SUFFIX.fullmatch(name)
    if found is None:
        return None
    return Levelled(found["model"], (found["within"] or found["after"]).lower(), found["bracket"] is not None)


def without_level(name: str) -> str:
    """A model's name but for the level it may end in."""
    split = split_level(name)
    return name if split is None else split.model
