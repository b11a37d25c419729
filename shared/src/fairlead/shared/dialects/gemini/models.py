"""What a Gemini model can do, by its name: one row a family.

Sources: https://ai.google.dev/gemini-api/docs/thinking, /function-calling, /thought-signatures.
"""

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from msgspec import Struct


class Budgets(Struct, frozen=True):
    """The model is told how many tokens it may think. `off` is the budget of no thinking; None: it always thinks."""

    by_effort: Mapping[str, int]
    lowest: int
    highest: int
    off: int | None


class Levels(Struct, frozen=True):
    """The model is told how hard to think, and always does."""

    by_effort: Mapping[str, str]


Thinking: TypeAlias = Budgets | Levels


class Family(Struct, frozen=True):
    """Models that take the same request. `unstreamed_limit`: tokens an answer may have when it is not streamed."""

    generation: tuple[int, int]
    thinking: Thinking | None
    unstreamed_limit: int | None = None

    @property
    def json_schema(self) -> bool:
        """Schemas may be JSON Schema; earlier models read a subset of OpenAPI."""
        return self.generation >= (2, 5)

    @property
    def third(self) -> bool:
        """Generation 3 brought, all at once: calls matched by id, files in a function's answer, calls that must be
        signed, the mode VALIDATED, and functions beside built-in tools or structured output."""
        return self.generation >= (3, 0)


EFFORTS = ("minimal", "low", "medium", "high", "xhigh", "max")
"""From least to most."""


def _budgets(steps: Sequence[int], lowest: int, off: int | None) -> Budgets:
    return Budgets(dict(zip(EFFORTS, steps, strict=True)), lowest, steps[-1], off)


def _levels(*steps: str) -> Levels:
    return Levels(dict(zip(EFFORTS, steps, strict=True)))


_FROM_LOW = _levels("LOW", "LOW", "MEDIUM", "HIGH", "HIGH", "HIGH")
_FROM_MINIMAL = _levels("MINIMAL", "LOW", "MEDIUM", "HIGH", "HIGH", "HIGH")
_TWO_STEPS = _levels("LOW", "LOW", "HIGH", "HIGH", "HIGH", "HIGH")
_OF_IMAGES = _levels("MINIMAL", "MINIMAL", "HIGH", "HIGH", "HIGH", "HIGH")
_PRO = _budgets((512, 1024, 8192, 24576, 32768, 32768), 128, None)
_FLASH = _budgets((512, 1024, 8192, 24576, 24576, 24576), 1, 0)
_LITE = _budgets((512, 1024, 8192, 24576, 24576, 24576), 512, 0)

_NEWEST = Family((4, 0), _FROM_LOW)
_FAMILIES: Sequence[tuple[str, Family]] = (
    (r"gemma", Family((2, 5), None)),
    (r"gemini-(1|2\.0)", Family((2, 0), None)),
    (r"gemini-2\.5-.*(image|tts)", Family((2, 5), None)),
    (r"gemini-2\.5-pro", Family((2, 5), _PRO)),
    (r"gemini-2\.5-flash-lite", Family((2, 5), _LITE)),
    (r"gemini-2\.5", Family((2, 5), _FLASH)),
    (r"gemini-3.*image", Family((3, 0), _OF_IMAGES)),
    (r"gemini-3-pro", Family((3, 0), _TWO_STEPS)),
    (r"gemini-3\.1-pro|gemini-3\.[78]-flash", Family((3, 1), _FROM_LOW)),
    (r"gemini-3", Family((3, 0), _FROM_MINIMAL)),
    (r"gemini-4", Family((4, 0), _FROM_LOW, 32_768)),
)
_ROWS = tuple((re.compile(pattern), family) for pattern, family in _FAMILIES)


def family_of(model: str) -> Family:
    """The family of a model id, with or without a path before it. One that no row knows is taken for the newest."""
    name = model.rpartition("/")[2].lower()
    return next((family for pattern, family in _ROWS if pattern.match(name)), _NEWEST)
