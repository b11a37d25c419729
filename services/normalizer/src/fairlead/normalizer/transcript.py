"""Writes into the log what is said word for word, where `dev_mode` asks for it: by clients, to providers, to clients.

Nothing else logs content. Credentials are starred here, where they are known, and by the log itself, where they look
like one; of each body there is no more than its beginning.
"""

from collections.abc import Callable, Iterable, Mapping, MutableMapping
from typing import Any

from fairlead.shared.runtime.asgi import Receive, Send
from fairlead.shared.runtime.attempt import Call

from .authorization import CREDENTIAL_HEADERS, presented

SHOWN = 64 * 1024
"""Bytes of a body."""
_MASK = b"***"
_ALIKE = 8
"""Bytes. What is shorter stands where a server wants no key, and in words that must stay readable."""


class Excerpt:
    """The beginning of what passes."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0

    def add(self, piece: bytes) -> None:
        if self._size < SHOWN:
            self._pieces.append(piece[: SHOWN - self._size])
        self._size += len(piece)

    def told(self, secrets: Iterable[bytes]) -> str:
        """The text without what is secret, and how much more there was."""
        return _readable(b"".join(self._pieces), self._size, secrets)


class Transcript:
    """`log` is a structlog logger."""

    def __init__(self, log: Any) -> None:
        self._log = log

    def sent(self, call: Call) -> None:
        """One attempt of one request, as the provider gets it."""
        excerpt = Excerpt()
        excerpt.add(call.body)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in call.headers}
        self._log.info(
            "sent to the provider",
            request_id=call.request_id,
            provider=call.name,
            url=call.url,
            headers={name: "***" if name in CREDENTIAL_HEADERS else value for name, value in headers.items()},
            body=excerpt.told(call.secrets),
        )

    def overheard(
        self, request_id: str, headers: Mapping[str, str], receive: Receive, send: Send
    ) -> tuple[Receive, Send, Callable[[], None]]:
        """The same ends of a client's connection, listened at; what was answered is written by the last."""
        secrets = [credential.secret.value.encode() for credential in presented(headers)]
        secrets = [secret for secret in secrets if len(secret) >= _ALIKE]
        asked, answered = Excerpt(), Excerpt()

        async def receiving() -> MutableMapping[str, Any]:
            message = await receive()
            if message["type"] == "http.request":
                asked.add(message.get("body", b""))
                if not message.get("more_body", False):
                    self._log.info("said by the client", request_id=request_id, body=asked.told(secrets))
            return message

        async def sending(message: MutableMapping[str, Any]) -> None:
            answered.add(message.get("body", b""))
            await send(message)

        def end() -> None:
            self._log.info("told to the client", request_id=request_id, body=answered.told(secrets))

        return receiving, sending, end


def _readable(body: bytes, size: int, secrets: Iterable[bytes]) -> str:
    for secret in secrets:
        body = body.replace(secret, _MASK)
    more = f"… ({size} bytes)" if size > SHOWN else ""
    return body.decode("utf-8", "replace") + more
