"""What the normalizer can reach: its `GET /v1/models`, read into the one question routing asks, a model's dialect."""

from collections.abc import Iterable, Mapping

import msgspec
from msgspec import Struct

from fairlead.shared.codec import encode
from fairlead.shared.config.schema import Provider


class Entry(Struct, frozen=True):
    """One model. `dialect` is what it speaks natively."""

    id: str
    dialect: str | None = None
    provider: str | None = None


class _Listing(Struct):
    data: list[Entry]


class Catalog(Struct, frozen=True):
    """Models by lower-case address: under their ids, and as `provider,model` where the provider is told.

    `body` is the list as the normalizer wrote it; None while it has not been read.
    """

    entries: Mapping[str, Entry] = {}
    body: bytes | None = None

    @classmethod
    def read(cls, body: bytes) -> "Catalog":
        """The normalizer's answer. Raises `msgspec.MsgspecError` when it is not a list of models."""
        entries: dict[str, Entry] = {}
        for entry in msgspec.json.decode(body, type=_Listing).data:
            entries.setdefault(entry.id.lower(), entry)
            if entry.provider:
                entries.setdefault(f"{entry.provider},{entry.id}".lower(), entry)
        return cls(entries, body)

    def find(self, address: str) -> Entry | None:
        """The model of that address, in any case."""
        return self.entries.get(address.lower())

    def dialect(self, address: str) -> str | None:
        """The dialect of a model, None when it is unknown."""
        entry = self.find(address)
        return entry.dialect if entry else None


def from_config(providers: Iterable[Provider]) -> bytes:
    """The list of models a configuration names, in the Anthropic and the OpenAI shape at once."""
    data = [
        {
            "type": "model",
            "object": "model",
            "id": model if provider.is_normalizer else f"{provider.name},{model}",
            "display_name": model,
            "created_at": "1970-01-01T00:00:00Z",
            "created": 0,
            "owned_by": provider.name,
            "provider": provider.name,
        }
        for provider in providers
        for model in provider.models
    ]
    ends = [data[0]["id"], data[-1]["id"]] if data else [None, None]
    return encode({"object": "list", "data": data, "has_more": False, "first_id": ends[0], "last_id": ends[1]})
