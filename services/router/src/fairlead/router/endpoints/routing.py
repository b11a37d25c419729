"""`/api/routing/active`: the targets that can be called now; `/api/transformers`: what changes requests for them."""

from collections.abc import Iterable, Mapping
from typing import Any

import httpx2
import msgspec

from fairlead.router.active import ActiveTable
from fairlead.router.reception import Caller, Reception
from fairlead.shared.codec import encode
from fairlead.shared.config.schema import Provider, TransformerUse
from fairlead.shared.config.transformers import DIALECTS, OPTIONS
from fairlead.shared.dialect import Dialect
from fairlead.shared.queries import parameters
from fairlead.shared.runtime.asgi import Receive, Scope, Send, respond_told


class ActiveEndpoint:
    """`headers` open the normalizer; where it does not say how its credentials stand, all count as well, and
    `credentials_unknown` says why."""

    def __init__(self, dialect: Dialect, reception: Reception, table: ActiveTable, headers: Mapping[str, str]) -> None:
        self._dialect = dialect
        self._reception = reception
        self._table = table
        self._headers = headers

    def __repr__(self) -> str:
        return "<ActiveEndpoint>"

    async def __call__(self, caller: Caller, _scope: Scope, _receive: Receive, send: Send) -> None:
        await respond_told(send, self._told(caller), self._dialect, caller.request_id)

    async def _told(self, caller: Caller) -> bytes:
        self._reception.oversee(caller)
        parameters(caller.query)
        unknown = None
        try:
            table = await self._table.look(self._headers)
        except (httpx2.HTTPError, msgspec.MsgspecError, TimeoutError) as error:
            table, unknown = self._table.guess(), str(error) or type(error).__name__
        return encode({**table, "credentials_unknown": unknown})


class TransformersEndpoint:
    """Those that are known, with the options they take, and which of `providers` uses them."""

    def __init__(self, dialect: Dialect, reception: Reception, providers: Iterable[Provider]) -> None:
        self._dialect = dialect
        self._reception = reception
        self._body = encode({"transformers": transformers(providers)})

    def __repr__(self) -> str:
        return "<TransformersEndpoint>"

    async def __call__(self, caller: Caller, _scope: Scope, _receive: Receive, send: Send) -> None:
        await respond_told(send, self._told(caller), self._dialect, caller.request_id)

    async def _told(self, caller: Caller) -> bytes:
        self._reception.oversee(caller)
        parameters(caller.query)
        return self._body


def transformers(providers: Iterable[Provider]) -> list[dict[str, Any]]:
    """One for each name. `options`: their names, None for any; `used_by`: providers, or `provider,model`; `custom`: of
    a file of the user's own, which may take the name of one that is built in."""
    users: dict[tuple[str, bool], list[str]] = {}
    for provider in providers:
        chains: list[tuple[str, tuple[TransformerUse, ...]]] = [
            (provider.name, provider.transformer.use),
            *[(f"{provider.name},{model}", chain) for model, chain in provider.transformer.models.items()],
        ]
        for user, chain in chains:
            for use in chain:
                users.setdefault((use.name.lower(), use.custom), []).append(user)
    options = {**dict.fromkeys(DIALECTS, ()), **{name: _names(kind) for name, kind in OPTIONS.items()}}
    every = [*[(name, False) for name in options], *[one for one in users if one[1]]]
    return [
        {
            "name": name,
            "options": None if custom else options[name],
            "used_by": users.get((name, custom), []),
            "sets_dialect": not custom and name in DIALECTS,
            "custom": custom,
        }
        for name, custom in sorted(every)
    ]


def _names(kind: Any) -> tuple[str, ...] | None:
    is_struct = isinstance(kind, type) and issubclass(kind, msgspec.Struct)
    return tuple(field.encode_name for field in msgspec.structs.fields(kind)) if is_struct else None
