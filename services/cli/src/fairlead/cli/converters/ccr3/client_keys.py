"""`APIKEYS` of claude-code-router 3: who may ask, under which name, until when and how much."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from fairlead.cli.converters.ccr3.reading import Object, in_use, member, number, objects, text

_MINUTE_MS = 60_000
_OTHER_SIGNS = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST = 64
_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z")
"""Good until it begins there, and until it ends here."""
_COUNTS = {"rpm": ("maxRequests", "windowMs"), "tpm": ("maxTokens", "quotaWindowMs")}
"""Ours, and what says the same there where its window is a minute."""


class Keys:
    """`client_keys` are ours, in their order; `names` are by the id that a key has there."""

    def __init__(self, document: Object, lost: list[str]) -> None:
        self.client_keys: list[dict[str, Any]] = []
        self.names: dict[str, str] = {}
        self._lost = lost
        for position, entry in enumerate(objects(document, "APIKEYS", "apiKeys"), 1):
            self._take(entry, position)
        single = text(document, "APIKEY")
        if single and single not in [key["key"] for key in self.client_keys]:
            self.client_keys.append({"name": self._free("api-key"), "key": single})

    def _take(self, entry: Object, position: int) -> None:
        given = text(entry, "name") or text(entry, "id") or f"key-{position}"
        at = f"APIKEYS {given}"
        value, expires = text(entry, "key", "value", "APIKEY"), text(entry, "expiresAt")
        if not value:
            self._lost.append(f"{at}: is kept in a form that only claude-code-router reads; give that client a new one")
            return
        if any(value == key["key"] for key in self.client_keys):
            return
        if _DAY.match(expires):
            expires += "T00:00:00Z"
        if expires and not _is_moment(expires):
            self._lost.append(f"{at}: is good until {expires}, which is no time, and left out")
            return
        name = self._free(given)
        if name != given:
            self._lost.append(f"{at}: is called {name} here")
        self.names[text(entry, "id")] = name
        key = {"name": name, "key": value, **dict(self._limits(entry, at))}
        self.client_keys.append(key | ({"expires": expires} if expires else {}))

    def _limits(self, entry: Object, at: str) -> Iterator[tuple[str, int]]:
        limits = member(entry, "limits")
        heeded: set[str] = set()
        for ours, (count, window) in _COUNTS.items():
            allowed = number(limits, ours)
            if allowed is None and number(limits, window) == _MINUTE_MS:
                allowed = number(limits, count)
                heeded |= {count, window}
            if allowed is not None and allowed >= 1:
                heeded.add(ours)
                yield ours, int(allowed)
        if left := [name for name, value in limits.items() if name not in heeded and in_use(value)]:
            self._lost.append(f"{at}: limits here are rpm and tpm; {', '.join(left)} left out")

    def _free(self, given: str) -> str:
        """A name as ours may be, which no other key has."""
        plain = _OTHER_SIGNS.sub("-", given).strip("-._")[: _LONGEST - 4] or "key"
        taken = {key["name"] for key in self.client_keys} | {"APIKEY"}
        numbered = (f"{plain}-{count}" for count in range(2, len(taken) + 3))
        return plain if plain not in taken else next(name for name in numbered if name not in taken)


def _is_moment(written: str) -> bool:
    try:
        msgspec.convert(written, datetime)
    except msgspec.ValidationError:
        return False
    return True
