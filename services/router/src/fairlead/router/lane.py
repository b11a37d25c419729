"""The two ways a request crosses to the normalizer: as the client's own bytes, or translated into OpenAI chat."""

from collections.abc import Callable, Mapping
from functools import cached_property

from msgspec import Raw, Struct, structs

from fairlead.shared.codec import encode, splice
from fairlead.shared.conversation import Request, ServerTool, Tool, Unknown
from fairlead.shared.dialect import Dialect
from fairlead.shared.loss import Loss
from fairlead.shared.profile import BETWEEN_SERVICES

CHAT_PATH = "/v1/chat/completions"


class Sent(Struct, frozen=True):
    """One body on its way.

    `target` is where it goes, path and query; `source` the dialect the answer comes in. `tools`: what the client
    offered, where its answer will be translated back.
    """

    target: str
    body: bytes
    source: Dialect
    native: bool
    losses: tuple[Loss, ...] = ()
    tools: tuple[Tool | ServerTool | Unknown, ...] = ()


class Crossing:
    """One client's request, to be written for any number of targets; it is decoded at most once.

    `path` is the client's own operation, `query` what stood after it.
    """

    def __init__(self, client: Dialect, chat: Dialect, path: str, query: str, fields: Mapping[str, Raw]) -> None:
        self.client = client
        self._chat = chat
        self._target = f"{path}?{query}" if query else path
        self._fields = fields

    def native(self, address: str) -> Sent:
        """The client's bytes with nothing changed but `model`."""
        return Sent(self._target, splice(self._fields, model=Raw(encode(address))), self.client, native=True)

    def translated(self, address: str) -> Sent:
        """The same in OpenAI chat. Raises `FailureError` (BAD_REQUEST, with the path) for what cannot be read."""
        request = structs.replace(self.decoded, model=address)
        encoded = self._chat.encode_request(request, BETWEEN_SERVICES)
        return Sent(CHAT_PATH, encoded.body, self._chat, False, encoded.losses, request.tools)

    def written(self, address: str, dialect: str | None) -> Sent:
        """For a model that speaks `dialect` (None: not known)."""
        write: Callable[[str], Sent] = self.native if dialect == self.client.name else self.translated
        return write(address)

    @cached_property
    def decoded(self) -> Request:
        """The request in neutral form. Raises `FailureError`."""
        return self.client.decode_request(self._fields)
