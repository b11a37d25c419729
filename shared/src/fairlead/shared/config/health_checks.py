"""Reads `health_check` of a provider: how often, and by what call, it is asked whether it is well."""

from .schema import CHECKS, HealthCheck
from .sections import Entry, Reader


def read_health_check(
    reader: Reader, entry: Entry | None, models: tuple[str, ...], *, is_normalizer: bool
) -> HealthCheck | None:
    """A number of seconds, or an object; None where it is not to be checked. `models` are the configured ones."""
    if entry is None:
        return None
    if not isinstance(entry.value, dict):
        entry = entry._replace(value={"every_s": entry.value})
    check = reader.struct(HealthCheck, entry)
    path = entry.path
    if check.kind not in CHECKS:
        reader.problem((*path, "kind"), f"must be one of {', '.join(CHECKS)}")
    elif check.kind == "answer" and check.model is None:
        if not models:
            reader.problem((*path, "model"), "missing; say which model is to answer")
            return None
        return HealthCheck(check.every_s, check.kind, models[0])
    elif check.kind == "list" and check.model is not None:
        reader.problem((*path, "model"), 'is for kind: "answer"; a list is that of all models')
    elif check.kind == "list" and is_normalizer:
        reader.problem((*path, "kind"), 'must be "answer": the normalizer has no list of its own to be asked for')
    return check
