"""Fields that only one dialect has and whose loss would change what an answer means: refused, never left out."""

from collections.abc import Mapping

import msgspec

from fairlead.shared.conversation import Block, Document, Extras, FileSource, Image, Unknown
from fairlead.shared.failure import Kind, refuse

_SERVER_HELD = "the conversation it names is held by another server; send the whole conversation instead"

_ESSENTIAL: Mapping[str, tuple[frozenset[bytes], str]] = {
    "n": (frozenset({b"1"}), "one answer at a time"),
    "modalities": (frozenset({b'["text"]'}), "the model answers in text"),
    "audio": (frozenset(), "the model answers in text"),
    "functions": (frozenset({b"[]"}), "use tools instead"),
    "compaction": (frozenset(), "only the dialect's own models sum up a conversation so"),
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


_ESSENTIAL_KINDS: Mapping[str, str] = {
    "compaction": "what was said before it only its maker can read; send the whole conversation instead",
    "compaction_trigger": "the model's provider sums up no conversations",
    "container_upload": "the model has no such containers",
    "input_audio": "the model takes no audio",
    "input_video": "the model takes no video",
    "inlineData": "the model takes no files of this kind",
    "fileData": "the model takes no files of this kind",
    "mcp": "the model's provider calls no such servers",
    "mcpServers": "the model's provider calls no such servers",
}
"""By kind of block, item, part or tool: why it is refused. What a client gives a model to work with is; what a model
once did by itself, and a tool it could do without, may be left out."""


def refuse_unknown(block: Block | Unknown, whom: str, path: str) -> None:
    """Raises FailureError (BAD_REQUEST) if `block`, which only another dialect understands, is one `whom` cannot do
    without."""
    if not isinstance(block, Unknown):
        return
    fields: dict[str, object] = msgspec.json.decode(block.raw, type=dict[str, object])
    for kind in (fields.get("type"), *fields):
        why = _ESSENTIAL_KINDS.get(str(kind))
        if why is not None:
            raise refuse(Kind.BAD_REQUEST, f"{path}: {kind}: not available with {whom}: {why}", param=path)


def refuse_foreign_file(block: Block, maker: str, path: str) -> None:
    """Raises FailureError (BAD_REQUEST) for a file that somebody else than `maker` holds: its id would mean nothing
    there, and an answer about a file nobody has seen would be made up."""
    match block:
        case Image(FileSource(maker=holder)) | Document(FileSource(maker=holder)) if holder not in ("", maker):
            raise refuse(
                Kind.BAD_REQUEST,
                f"{path}: a file held by another provider cannot be read; send the file itself instead",
                param=path,
            )
