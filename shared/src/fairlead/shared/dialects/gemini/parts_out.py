"""What parts of an answer need beyond their text: signatures on the part they belong to, and arguments as an object."""

from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import Raw

from fairlead.shared.codec import encode
from fairlead.shared.conversation import RedactedThinking, Thinking
from fairlead.shared.dialects.gemini.signatures import NAME, sealed_signature

Form: TypeAlias = Literal["object", "value", "text"]


def write_arguments(arguments: str) -> tuple[Raw, Form]:
    """A call's arguments as an object, verbatim where they are one; other JSON, or text that is none, as `input`."""
    stripped = arguments.strip()
    if not stripped:
        return Raw(b"{}"), "object"
    try:
        value = msgspec.json.decode(stripped)
    except (msgspec.DecodeError, RecursionError):
        return Raw(encode({"input": arguments})), "text"
    verbatim = Raw(stripped.encode())
    return (verbatim, "object") if isinstance(value, dict) else (Raw(encode({"input": verbatim})), "value")


class Signing:
    """Reasoning that waits for the part it belongs to: Gemini's own signature bare, other makers' reasoning sealed."""

    def __init__(self) -> None:
        self._own = ""
        self._foreign: list[Thinking | RedactedThinking] = []

    def hold(self, block: Thinking | RedactedThinking) -> None:
        """Keeps what has to come back with the next part."""
        if block.maker == NAME and isinstance(block, Thinking):
            self._own = block.signature
        else:
            self._foreign.append(block)

    def take(self) -> dict[str, Any]:
        """The `thoughtSignature` entry for the next part, or nothing."""
        if self._foreign:
            own = [Thinking("", self._own, NAME)] if self._own else []
            signature = sealed_signature([*self._foreign, *own])
        else:
            signature = self._own
        self._own, self._foreign = "", []
        return {"thoughtSignature": signature} if signature else {}


def own_part(block: Thinking) -> dict[str, Any] | None:
    """A thought of Gemini's own as a part by itself, its signature on it; None if that belongs to the next part."""
    marks = block.extras.fields if block.extras is not None and block.extras.dialect == NAME else {}
    if block.maker != NAME or not (block.text or marks):
        return None
    signature = {"thoughtSignature": block.signature} if block.signature else {}
    kind = {"thought": True} if block.text or "thought" in marks else {}
    return {"text": block.text, **kind, **signature}
