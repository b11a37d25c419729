"""claude-code-router's `tokenizer` of a provider: the vocabulary its tokens are counted in here."""

from collections.abc import Iterator, Mapping
from typing import Any

from fairlead.shared.measures import CL100K, O200K

from .sections import Entries, Entry, Reader, Section

_TOKENIZER = Section("Providers[].tokenizer", ("default", "models", "fallback"))
_ONE = Section(
    "Providers[].tokenizer[]",
    ("type", "encoding", "model", "url", "apiKey", "requestFormat", "responseField", "headers"),
)
_VOCABULARIES: Mapping[str, str] = {CL100K: CL100K, O200K: O200K, "o200k_harmony": O200K}
"""Encodings of tiktoken, and the vocabulary packaged here that counts any text as they do."""
_INSTEAD = (
    "tokens are counted in the vocabulary that fits the model's name best, corrected by what the provider reports"
)


def read_tokenizers(reader: Reader, entry: Entry | None) -> dict[str, str]:
    """The vocabulary by model, `"*"` for all others. Other kinds than tiktoken, and encodings that are not packaged,
    are warned of, with what is used instead."""
    if entry is None:
        return {}
    found = {model: _vocabulary(reader, one) for model, one in _each(reader, entry)}
    return {model: vocabulary for model, vocabulary in found.items() if vocabulary is not None}


def _each(reader: Reader, entry: Entry) -> Iterator[tuple[str, Entry]]:
    entries = reader.members(_TOKENIZER, entry)
    if "default" in entries:
        yield "*", entries["default"]
    models = entries.get("models")
    if models is None:
        return
    if not isinstance(models.value, dict):
        reader.problem(models.path, "must be an object of tokenizers by model")
        return
    for model, value in models.value.items():
        yield model, Entry(value, (*models.path, model), models.qualified)


def _vocabulary(reader: Reader, one: Entry) -> str | None:
    entries: Entries = reader.members(_ONE, one)
    kind, encoding = _said(entries, "type", "tiktoken"), _said(entries, "encoding", CL100K)
    if kind == "tiktoken" and encoding in _VOCABULARIES:
        return _VOCABULARIES[encoding]
    if kind == "tiktoken":
        known = ", ".join(_VOCABULARIES)
        reader.warn(one.path, f"the encoding {encoding} is not packaged here ({known} are); {_INSTEAD}")
    else:
        reader.warn(one.path, f"tokenizers of the type {kind} are never asked; {_INSTEAD}")
    return None


def _said(entries: Entries, key: str, default: str) -> Any:
    """As written: what only another tokenizer would need may be unset."""
    return entries[key].value if key in entries else default
