"""Fields that only one dialect has and whose loss would change what an answer means: refused, never left out."""

from collections.abc import Mapping

from fairlead.shared.conversation import Extras
from fairlead.shared.failure import Kind, refuse

_SERVER_HELD = "the conversation it names is held by another server; send the whole conversation instead"

_ESSENTIAL: Mapping[str, tuple[frozenset[bytes], str]] = {
    "n": (frozenset({b"1"}), "one answer at a time"),
    "modalities": (frozenset({b'["text"]'}), "the model answers in text"),
    "audio": (frozenset(), "the model answers in text"),
    "functions": (frozenset({b"[]"}), "use tools instead"),
    "container": (frozenset(), "the model has no such containers"),
    "mcp_servers": (frozenset({b"[]"}), "the model's provider calls no such servers"),
    "thread": (frozenset(), _SERVER_HELD),
    "previous_response_id": (frozenset(), _SERVER_HELD),
    "conversation": (frozenset(), _SERVER_HELD),
    "prompt": (frozenset(), "the prompt it names is held by another server; send its text instead"),
    "background": (frozenset({b"false"}), "answers are given at once"),
    "candidateCount": (frozenset({b"1"}), "one answer at a time"),
    "responseModalities": (frozenset({b"[]", b'["TEXT"]', b'["text"]'}), "the model answers in text"),
    "responseMimeType": (frozenset(), "the model answers in text or JSON"),
    "cachedContent": (frozenset({b'""'}), _SERVER_HELD),
}
"""By field: the values that ask for nothing, besides null, and what to tell who asks for something."""


def refuse_essential(extras: Extras | None, whom: str) -> None:
    """Raises FailureError (BAD_REQUEST) if `extras`, fields of another dialect, hold one `whom` cannot do without."""
    for name, raw in extras.fields.items() if extras is not None else ():
        harmless, why = _ESSENTIAL.get(name, (None, ""))
        if harmless is not None and bytes(raw) != b"null" and bytes(raw) not in harmless:
            raise refuse(Kind.BAD_REQUEST, f"{name}: not available with {whom}: {why}", param=name)
