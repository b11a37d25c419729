"""`GET /api/providers`: how every provider and every model of the configuration does now."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import to_builtins

from fairlead.router.health import UNKNOWN, Checked, Known, Standing, State
from fairlead.router.memory import Memory
from fairlead.router.policy import Policy
from fairlead.router.reception import Caller, Reception
from fairlead.shared.codec import encode
from fairlead.shared.dialect import Dialect
from fairlead.shared.queries import parameters
from fairlead.shared.runtime.asgi import Receive, Scope, Send, respond_told


class ProvidersEndpoint:
    """Everybody a route names, and everybody else who was asked of late. `clock` is that of the memory."""

    def __init__(
        self, dialect: Dialect, reception: Reception, policy: Policy, memory: Memory, clock: Callable[[], float]
    ) -> None:
        self._dialect = dialect
        self._reception = reception
        self._policy = policy
        self._memory = memory
        self._clock = clock

    def __repr__(self) -> str:
        return "<ProvidersEndpoint>"

    async def __call__(self, caller: Caller, _scope: Scope, _receive: Receive, send: Send) -> None:
        await respond_told(send, self._told(caller), self._dialect, caller.request_id)

    async def _told(self, caller: Caller) -> bytes:
        self._reception.oversee(caller)
        parameters(caller.query)
        now = self._clock()
        told = providers(self._policy, self._memory.known(now), now)
        return encode({"redis": _REDIS[self._memory.away], "providers": told})


_REDIS: Mapping[bool | None, str] = {None: "not used", False: "here", True: "away"}


def providers(policy: Policy, known: list[Known], now: float) -> list[dict[str, Any]]:
    """One for each provider, with its `models`; times in seconds from now, limits and shares as parts of 1."""
    everybody = {(one.provider, one.model): one for one in known}
    for target in policy.everybody:
        everybody.setdefault((target.provider, None), Known(target.provider, None, UNKNOWN))
        everybody.setdefault((target.provider, target.model), Known(target.provider, target.model, UNKNOWN))
    told = {
        provider: {
            "provider": provider,
            "disabled": policy.disabled.get(provider),
            **_standing(one, now),
            "keys": _keys(one.standing),
            "models": [],
        }
        for (provider, model), one in everybody.items()
        if model is None
    }
    for (provider, model), one in everybody.items():
        if model is not None and provider in told:
            told[provider]["models"].append({"model": model, **_standing(one, now), "keys": to_builtins(one.keys)})
    return list(told.values())


def _keys(standing: Standing) -> dict[str, int] | None:
    """How many a provider has and how many do not rest; None where it has one, or nobody knows."""
    return {"total": standing.keys, "ready": standing.ready} if standing.keys else None


def _standing(one: Known, now: float) -> dict[str, Any]:
    standing = one.standing
    return {
        "state": standing.state.value,
        "until_s": round(max(0.0, standing.until - now), 1),
        "throttled": standing.throttled,
        "share": round(standing.share, 3),
        "used": round(standing.used, 4),
        "reliability": round(standing.reliability, 4),
        "speed": to_builtins(standing.speed),
        "in_flight": standing.in_flight,
        "calls": one.calls,
        "failures": one.failures,
        "check": _check(one.check, now),
    }


def _check(check: Checked | None, now: float) -> dict[str, Any] | None:
    """What our own checks came to, None where there were none."""
    if check is None:
        return None
    return {
        "ago_s": round(now - check.at, 1),
        "failure": check.failure.value if check.failure is not None else None,
        "checks": check.count,
        "failures": check.failures,
    }


def circuits(policy: Policy, known: list[Known]) -> dict[tuple[str, ...], float]:
    """1 for the state each configured target is in, 0 for the others; a provider as a whole has no model."""
    return {
        (provider, model, state.value): float(standing.state is state)
        for (provider, model), standing in _standings(policy, known).items()
        for state in State
    }


def limits_used(policy: Policy, known: list[Known]) -> dict[tuple[str, ...], float]:
    """The part of its limits that each configured target has used."""
    return {target: standing.used for target, standing in _standings(policy, known).items()}


def in_flight(policy: Policy, known: list[Known]) -> dict[tuple[str, ...], float]:
    """The requests that are on their way to each configured target."""
    return {target: float(standing.in_flight) for target, standing in _standings(policy, known).items()}


def keys(policy: Policy, known: list[Known]) -> dict[tuple[str, ...], float]:
    """The keys of each configured provider that has several, those that are ready and those that rest."""
    wholes = {target[0]: one for target, one in _standings(policy, known).items() if not target[1] and one.keys}
    return {
        (provider, state): float(count)
        for provider, one in wholes.items()
        for state, count in (("ready", one.ready), ("resting", one.keys - one.ready))
    }


def _standings(policy: Policy, known: list[Known]) -> dict[tuple[str, ...], Standing]:
    """How each configured target stands, and each provider as a whole, which has no model."""
    found = {(one.provider, one.model or ""): one.standing for one in known}
    targets = dict.fromkeys((target.provider, target.model) for target in policy.everybody)
    wholes = dict.fromkeys((provider, "") for provider, _ in targets)
    return {target: found.get(target, UNKNOWN) for target in (*targets, *wholes)}
