"""What stands under a key of a document that nobody has checked; what is not of the kind asked for counts as absent."""

import math
from collections.abc import Mapping
from typing import Any

Object = Mapping[str, Any]


def text(entry: Object, *spellings: str) -> str:
    """The first that is a text and not blank, without blanks around it; else the empty text."""
    given = (entry.get(key) for key in spellings)
    return next((value.strip() for value in given if isinstance(value, str) and value.strip()), "")


def number(entry: Object, *spellings: str) -> float | None:
    """The first that is a number, or a text that says one. A whole one is an `int`."""
    for key in spellings:
        value = entry.get(key)
        try:
            read = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else math.nan
        except (ValueError, OverflowError):
            continue
        if math.isfinite(read):
            return int(read) if read.is_integer() else read
    return None


def member(entry: Object, *spellings: str) -> Object:
    """The first that is an object; else an empty one."""
    return next((entry[key] for key in spellings if isinstance(entry.get(key), dict)), {})


def objects(entry: Object, *spellings: str) -> list[Object]:
    """Those items of the first list that are objects."""
    return [item for item in _items(entry, spellings) if isinstance(item, dict)]


def texts(entry: Object, *spellings: str) -> list[str]:
    """Those items of the first list that are texts and not blank, each once."""
    given = [item.strip() for item in _items(entry, spellings) if isinstance(item, str)]
    return list(dict.fromkeys(filter(None, given)))


def _items(entry: Object, spellings: tuple[str, ...]) -> list[Any]:
    return next((entry[key] for key in spellings if isinstance(entry.get(key), list)), [])


def in_use(value: Any) -> bool:
    """Whether it says anything: what is empty, or switched off by its own `enabled`, does not."""
    if isinstance(value, dict):
        return value.get("enabled") is not False and any(in_use(item) for item in value.values())
    if isinstance(value, list):
        return any(in_use(item) for item in value)
    return bool(value)
