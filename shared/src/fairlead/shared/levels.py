"""A level of reasoning said in a model's name: `gpt-5.2(high)` or `gpt-5.2:high` is `gpt-5.2`, made to think hard.

No maker gives a model a name that ends in brackets. Some end in a colon and a word (Ollama's `phi3:medium`): there the
whole name has to be known to be nobody's before it is taken apart.
"""

import re

from msgspec import Struct

from .config.schema import REASONING_LEVELS

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
