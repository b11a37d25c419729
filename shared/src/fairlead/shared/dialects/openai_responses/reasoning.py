"""Reasoning items and the neutral form: what the maker needs back travels inside a thinking block's signature.

A block made here carries as its signature a JSON object: the item's id, its encrypted content, and where its text had
borders. Another vendor's signature travels sealed in the item's encrypted content, the one field clients echo as it is.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from fairlead.shared.codec import encode
from fairlead.shared.conversation import PARAGRAPH, RedactedThinking, Thinking
from fairlead.shared.provenance import seal, unseal

NAME = "openai-responses"

_REDACTED = "redacted:"


class Carried(Struct, omit_defaults=True):
    """What a reasoning item has beside its text.

    `parts` are the lengths of the parts the text was joined from, if there were several. `content`: the text was the
    reasoning itself, not a summary; `beside` is that reasoning where there was a summary too.
    """

    id: str | None = None
    encrypted_content: str | None = None
    parts: tuple[int, ...] = ()
    content: bool = False
    beside: tuple[str, ...] = ()


def read_reasoning(
    id: str | None, encrypted: str | None, summary: Sequence[str], content: Sequence[str]
) -> Thinking | RedactedThinking:
    """One reasoning item. Without anything its maker could take back its signature is empty."""
    spoken = tuple(summary or content)
    text = PARAGRAPH.join(spoken)
    parts = tuple(map(len, spoken)) if len(spoken) > 1 else ()
    opened = unseal(encrypted) if encrypted else None
    if opened is not None:
        maker, payload = opened
        if payload.startswith(_REDACTED):
            return RedactedThinking(payload.removeprefix(_REDACTED), maker)
        return Thinking(text, payload, maker, parts=parts)
    beside = tuple(content) if summary else ()
    if not encrypted and not content:
        return Thinking(text, "", NAME, parts=parts)
    carried = Carried(id, encrypted or None, parts, bool(content) and not summary, beside)
    return Thinking(text, encode(carried).decode(), NAME, parts=parts)


def read_carried(signature: str, maker: str) -> Carried | None:
    """What a signature of ours holds; None for another's, or none."""
    if maker != NAME or not signature:
        return None
    try:
        return msgspec.json.decode(signature, type=Carried)
    except (msgspec.DecodeError, RecursionError):
        return None


def _listed(kind: str, texts: Sequence[str]) -> list[dict[str, Any]]:
    return [{"type": kind, "text": text} for text in texts]


def write_own_reasoning(block: Thinking | RedactedThinking) -> dict[str, Any] | None:
    """An input item for the vendor that made it; None for reasoning it did not make or could not take back."""
    carried = read_carried(block.signature, block.maker) if isinstance(block, Thinking) else None
    if carried is None or not isinstance(block, Thinking):
        return None
    texts = block.told_in(carried.parts)
    item: dict[str, Any] = {"type": "reasoning"}
    if carried.id is not None and carried.encrypted_content is not None:
        item["id"] = carried.id
    item["summary"] = [] if carried.content else _listed("summary_text", texts)
    content = texts if carried.content else carried.beside
    if content:
        item["content"] = _listed("reasoning_text", content)
    if carried.encrypted_content is not None:
        item["encrypted_content"] = carried.encrypted_content
    return item


def write_summary(block: Thinking | RedactedThinking) -> list[str]:
    """The text of a block as the parts of a summary, for a client."""
    if isinstance(block, RedactedThinking):
        return []
    carried = read_carried(block.signature, block.maker)
    return block.told_in(block.parts or (carried.parts if carried is not None else ()))


def write_encrypted(block: Thinking | RedactedThinking, id: str) -> str | None:
    """What a client shall keep for a block it knows as item `id`: bare if that is all the maker needs, else sealed."""
    if isinstance(block, RedactedThinking):
        return seal(block.maker, _REDACTED + block.data)
    if not block.signature:
        return None
    carried = read_carried(block.signature, block.maker)
    if carried is not None and carried.id == id and not carried.content and not carried.beside:
        return carried.encrypted_content
    return seal(block.maker, block.signature)


def own_id(block: Thinking | RedactedThinking) -> str | None:
    """The id its maker gave a reasoning item, as far as it is known yet."""
    if isinstance(block, RedactedThinking):
        return None
    extras = block.extras
    if extras is not None and extras.dialect == NAME and "id" in extras.fields:
        given: str = msgspec.json.decode(extras.fields["id"], type=str)
        return given
    carried = read_carried(block.signature, block.maker)
    return carried.id if carried is not None else None
