"""Reads how hard models are to think: one level for a provider, or levels by model."""

from collections.abc import Collection

from fairlead.shared.levels import REASONING_LEVELS

from .sections import Entry, Reader, did_you_mean


def read_level(reader: Reader, entry: Entry | None, default: str) -> str:
    """A level in any case; says so when it is none."""
    given = reader.convert(entry, str, default) if entry else default
    level = given.strip().lower()
    if level not in REASONING_LEVELS:
        suggestion = did_you_mean(level, REASONING_LEVELS) or f"; must be one of {', '.join(REASONING_LEVELS)}"
        reader.problem(entry.path if entry else (), f"unknown level {given}{suggestion}")
        return default
    return level


def read_levels(reader: Reader, entry: Entry | None, models: Collection[str] | None) -> dict[str, str]:
    """`"high"` for all models, or `{<model>: "high", "*": "auto"}`; by model, `"*"` for all others.

    `models`: those there are, None where only the provider knows.
    """
    if entry is None:
        return {}
    if not isinstance(entry.value, dict):
        return {"*": read_level(reader, entry, "auto")}
    levels: dict[str, str] = {}
    for model, value in entry.value.items():
        path = (*entry.path, model)
        if models is not None and model not in ("*", *models):
            reader.warn(path, f"{model} is not among the models{did_you_mean(model, models)}")
        levels[model] = read_level(reader, Entry(value, path, entry.qualified), "auto")
    return levels
