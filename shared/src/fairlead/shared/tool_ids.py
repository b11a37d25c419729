"""Tool call ids made legal for a target, the same way every time: a changed id would change the cached prefix."""

import re
from hashlib import sha256

_LEGAL = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_SHORT = re.compile(r"[a-zA-Z0-9]{9}")


class ToolIds:
    """Maps the ids of one conversation, walked in order, to ids that every dialect accepts and that are unique.

    An id that is legal and not yet taken stays as it is. Any other becomes `call_` and a hash of the id and of how
    often it came before; results are matched to calls of the same id in the order both appear.
    """

    def __init__(self) -> None:
        self._calls: dict[str, int] = {}
        self._results: dict[str, int] = {}

    def call(self, id: str) -> str:
        """The id of the next call named `id`."""
        self._calls[id] = occurrence = self._calls.get(id, 0) + 1
        return _legal(id, occurrence)

    def result(self, id: str) -> str:
        """The id of the next result for a call named `id`. Repeated results of one call keep its id."""
        self._results[id] = occurrence = self._results.get(id, 0) + 1
        calls = self._calls.get(id, 1)
        return _legal(id, occurrence if occurrence < calls else calls)


class ShortIds(ToolIds):
    """The same for who takes exactly nine letters and digits; an id that is so already stays as it is."""

    def call(self, id: str) -> str:
        return _short(super().call(id))

    def result(self, id: str) -> str:
        return _short(super().result(id))


def _short(id: str) -> str:
    return id if _SHORT.fullmatch(id) else sha256(id.encode()).hexdigest()[:9]


def _legal(id: str, occurrence: int) -> str:
    if occurrence == 1 and _LEGAL.fullmatch(id):
        return id
    return "call_" + sha256(f"{occurrence}:{id}".encode()).hexdigest()[:24]
