"""The two ways a request crosses to the normalizer: as the client's own bytes, or translated into OpenAI chat."""

from collections.abc import Callable, Mapping
from functools import cached_property

from msgspec import Raw, Struct, structs

from fairlead.shared.codec import encode
from fairlead.shared.conversation import Request, ServerTool, Tool, Unknown
from fairlead.shared.dialect import Dialect
from fairlead.shared.loss import Loss
from fairlead.shared.profile import BETWEEN_SERVICES
from fairlead.shared.splicing import splice
from fairlead.shared.surfaces import Surface

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


class Asked(Struct, frozen=True):
    """What a client sent to an operation: `query` as it stood after the path, `fields` with what the path says."""

    surface: Surface
    query: str
    fields: Mapping[str, Raw]
    body: bytes
    stream: bool


class Crossing:
    """One client's request, to be written for any number of targets; it is decoded at most once."""

    def __init__(self, client: Dialect, chat: Dialect, asked: Asked) -> None:
        self.client = client
        self._chat = chat
        self._asked = asked

    def native(self, address: str) -> Sent:
        """The client's bytes with nothing changed but `model`, which some dialects name in the path alone."""
        asked, surface = self._asked, self._asked.surface
        if surface.names_model_in_path:
            return Sent(surface.target(address, asked.stream), asked.body, self.client, native=True)
        target = f"{surface.path}?{asked.query}" if asked.query else surface.path
        body = splice(asked.body, asked.fields, {"model": Raw(encode(address))})
        return Sent(target, body, self.client, native=True)

    def translated(self, address: str) -> Sent:
        """The same in OpenAI chat. Raises `FailureError` (BAD_REQUEST, with the path) for what cannot be read."""
        request = structs.replace(self.decoded, model=address)
        encoded = self._chat.encode_request(request, BETWEEN_SERVICES)
        return Sent(CHAT_PATH, encoded.body, self._chat, False, encoded.losses, request.tools)

    def written(self, address: str, dialect: str | None) -> Sent:
        """For a model that speaks `dialect` (None: not known).

        A client of chat is never translated here: what it wrote crosses as it stands, and so does its answer.
        """
        own = self.client.name in (dialect, self._chat.name)
        write: Callable[[str], Sent] = self.native if own else self.translated
        return write(address)

    @cached_property
    def decoded(self) -> Request:
        """The request in neutral form. Raises `FailureError`."""
        return self.client.decode_request(self._asked.fields)
