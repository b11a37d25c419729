"""Asks a service of this machine for one of its documents, and takes no answer for an answer too."""

from typing import Any, TypeVar

import httpx2
import msgspec

from fairlead.cli.pointing import ANY, Pointing

T = TypeVar("T")
SECONDS = 3.0


class Asker:
    """One client for both services; what they say is read as the type that is asked for."""

    def __init__(self, pointing: Pointing, own_key: str | None) -> None:
        key = own_key or pointing.key
        headers = {"authorization": f"Bearer {key}"} if key and key != ANY else {}
        self._client = httpx2.Client(trust_env=False, timeout=SECONDS, headers=headers)

    def __repr__(self) -> str:
        return "<Asker>"

    def __enter__(self) -> "Asker":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, url: str, kind: type[T]) -> T | None:
        """None where nobody answers, where it is refused, and where it is not of that shape."""
        try:
            answer = self._client.get(url)
            return msgspec.json.decode(answer.content, type=kind)
        except (httpx2.HTTPError, msgspec.MsgspecError):
            return None

    def about(self, url: str) -> dict[str, Any] | None:
        """A whole document, of whatever shape."""
        return self.get(url, dict[str, Any])
