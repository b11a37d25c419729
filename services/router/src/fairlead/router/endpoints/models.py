"""`GET /v1/models` and `GET /v1/models/{id}`: the normalizer's list, or while it is away the last one, or what the
configuration says; in the shapes of OpenAI and Anthropic at once."""

from collections.abc import Iterable, Mapping

from fairlead.router.discovery import Discovery
from fairlead.router.judge import NO_PRESETS, Presets
from fairlead.router.listed import Listed, page, single
from fairlead.router.reception import Caller, Reception
from fairlead.shared.catalog import page_of
from fairlead.shared.config.schema import ClientKey
from fairlead.shared.dialect import Dialect
from fairlead.shared.failure import FailureError
from fairlead.shared.runtime.asgi import (
    ClientGoneError,
    Receive,
    Scope,
    Send,
    respond_failure,
    respond_json,
    watched,
)

_BELOW = "/v1/models/"

_SENT_BY_CLIENTS_OF = (
    ("anthropic-version", "anthropic"),
    ("x-api-key", "anthropic"),
    ("x-goog-api-key", "gemini"),
    ("authorization", "openai"),
)
"""The path is that of all; of Anthropic's clients some send `authorization` too, and always the first of these."""


class ModelsEndpoint:
    """The list, and under its path single models. `fallback` is the list to show before the normalizer was heard.
    Models of `presets` are told below their own paths, and there alone."""

    def __init__(
        self,
        dialects: Mapping[str, Dialect],
        reception: Reception,
        discovery: Discovery,
        fallback: tuple[Listed, ...],
        presets: Presets = NO_PRESETS,
    ) -> None:
        self._dialects = dialects
        self._reception = reception
        self._discovery = discovery
        self._fallback = fallback
        self._presets = presets
        self._hidden = frozenset(name for policy in presets.policies.values() for name in policy.providers)

    def __repr__(self) -> str:
        return f"<ModelsEndpoint {self._discovery}>"

    async def __call__(self, caller: Caller, _scope: Scope, receive: Receive, send: Send) -> None:
        request_id = caller.request_id.encode()
        try:
            key = self._reception.check(caller)
            body = await watched(receive, self._told(caller, key))
        except ClientGoneError:
            return
        except FailureError as error:
            await respond_failure(send, error.failure, self._dialect(caller), caller.request_id)
            return
        await respond_json(send, 200, body, [(b"request-id", request_id), (b"x-request-id", request_id)])

    async def _told(self, caller: Caller, key: ClientKey | None) -> bytes:
        """Raises `FailureError`."""
        wanted = None if caller.operation.startswith(_BELOW) else page_of(caller.query)
        await self._discovery.refresh(look=True)
        models = self._shown(self._fallback if self._discovery.listed is None else self._discovery.listed, caller)
        if wanted is None:
            return single(models, caller.operation.removeprefix(_BELOW), key)
        return page(models, wanted, key)

    def _shown(self, models: Iterable[Listed], caller: Caller) -> list[Listed]:
        """Raises `FailureError` (NOT_FOUND)."""
        if caller.preset is None:
            return [one for one in models if one.provider not in self._hidden]
        own = self._presets.of(caller.preset).providers
        return [one for one in models if one.provider in own]

    def _dialect(self, caller: Caller) -> Dialect:
        """The one to tell a failure in."""
        names = (name for header, name in _SENT_BY_CLIENTS_OF if header in caller.headers)
        return self._dialects[next(names, "anthropic")]
