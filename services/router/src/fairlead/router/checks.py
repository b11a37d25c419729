"""Who is to be asked whether he is well, and when: every so often, and just before a circuit would let a request try.

A check that passes closes a circuit before a client's request has to be the probe; one that fails keeps it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from fairlead.router.health import Lesson
from fairlead.router.rendezvous import draw
from fairlead.shared.config.schema import Config, Provider
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.key_told import KeyTold
from fairlead.shared.key_told import read as read_key

LEAD = 2.0
"""Seconds before a circuit lets a probe through at which it is checked: longer than most answers take."""
LEAST = 5.0
"""Seconds between two checks of one provider, however often its circuit opens."""
JITTER = 0.1
"""The part of an interval by which checks come sooner or later, so that those of many routers do not meet."""
LIFE = 2.5
"""Intervals for which a provider is one router's to check, unless it checks again."""

TOKENS = 16
"""The longest answer that is asked for; OpenAI's Responses takes no smaller number."""


class Check(Struct, frozen=True):
    """One provider that is checked every so many seconds: by an answer of `model`, which is asked for by `address`, or
    by its list of models where it is None. `lent`: clients may bring its credential, so that a refused one says nothing
    of others."""

    provider: str
    every: float
    model: str | None = None
    address: str = ""
    lent: bool = False

    @property
    def body(self) -> dict[str, Any]:
        """What the normalizer is asked."""
        if self.model is None:
            return {"provider": self.provider}
        hello = [{"role": "user", "content": "Say hi."}]
        return {"model": self.address, "messages": hello, "max_tokens": TOKENS}


def checks_of(config: Config, keyed: Iterable[str]) -> tuple[Check, ...]:
    """Those that a configuration asks for; nobody who is switched off. `keyed` have a credential of ours."""
    certain = frozenset(keyed)
    return tuple([_check(one, lent=one.name not in certain) for one in config.all_providers if _is_checked(one)])


def _is_checked(provider: Provider) -> bool:
    return provider.health_check is not None and provider.disabled_because is None


def _check(provider: Provider, *, lent: bool) -> Check:
    told = provider.health_check
    assert told is not None, "it is to be checked"
    address = "" if told.model is None else told.model if provider.is_normalizer else f"{provider.name},{told.model}"
    return Check(provider.name, told.every_s, told.model, address, lent)


class Rounds:
    """When each provider was checked; what outlives a configuration, so that an edit neither hastens nor delays."""

    def __init__(self) -> None:
        self._began: dict[str, tuple[float, int]] = {}

    def __repr__(self) -> str:
        return f"<Rounds {len(self._began)}>"

    def due(self, checks: Sequence[Check], now: float, opens: Mapping[str, float]) -> list[Check]:
        """Those to be made now, and noted as made. `opens`: when the circuits that are not closed let a probe through,
        by provider. The first check of each comes at any moment of its first interval."""
        self._began = {one.provider: self._began.get(one.provider, (now, 0)) for one in checks}
        ready = [one for one in checks if self.at(one, opens.get(one.provider)) <= now]
        for one in ready:
            self._began[one.provider] = (now, self._began[one.provider][1] + 1)
        return ready

    def at(self, check: Check, opens: float | None = None) -> float:
        """The moment at which a provider, which `due` has seen, is to be checked next."""
        last, number = self._began[check.provider]
        chance = draw(check.provider, str(number))
        regular = last + check.every * (chance if not number else 1.0 - JITTER + 2.0 * JITTER * chance)
        return regular if opens is None else min(regular, max(opens - LEAD, last + LEAST))


class Said(Struct, frozen=True):
    """What a check came to; `result` in a word: "well", the kind of the failure, or "not checked"."""

    lesson: Lesson
    result: str
    key: KeyTold | None = None


NOT_CHECKED = Said(Lesson(gone=True), "not checked")
"""Nobody was asked: the normalizer cannot be reached, or has no way to ask."""

_OF_THE_CREDENTIAL = frozenset({Kind.AUTHENTICATION, Kind.BILLING, Kind.PERMISSION})


class _List(Struct):
    failure: Kind | None = None
    status: int | None = None
    retry_after: float | None = None
    key: str | None = None


def said_of_list(check: Check, status: int, body: bytes) -> Said:
    """What the normalizer answered about a provider's list."""
    try:
        told = msgspec.json.decode(body, type=_List) if status == _OK else None
    except (msgspec.MsgspecError, UnicodeDecodeError):
        told = None
    if told is None:
        return NOT_CHECKED
    key = read_key(told.key.encode()) if told.key else None
    if told.failure is None:
        return said(check, None, key)
    return said(check, Failure(told.failure, "", status=told.status, retry_after=told.retry_after), key)


def said(check: Check, failure: Failure | None, key: KeyTold | None) -> Said:
    """What a check came to that was made."""
    lent = failure is not None and check.lent and failure.kind in _OF_THE_CREDENTIAL
    return Said(Lesson(failure, gone=lent), failure.kind.value if failure is not None else "well", key)


_OK = 200
