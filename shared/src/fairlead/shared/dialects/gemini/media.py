"""Pictures, documents and sound between Gemini's shape and the neutral form.

Source: https://ai.google.dev/api/caching#Blob.
"""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Raw

from fairlead.shared.conversation import (
    Audio,
    Base64Source,
    Document,
    Extras,
    FileSource,
    Image,
    Source,
    TextSource,
    UrlSource,
)
from fairlead.shared.dialects.gemini.signatures import NAME
from fairlead.shared.failure import Kind, refuse
from fairlead.shared.wire import gemini as wire

# From the wire ----------------------------------------------------------------------------------


def read_blob(blob: wire.Blob, more: Mapping[str, Raw]) -> Image | Document | Audio | None:
    """Inline bytes; None for a kind that only Gemini takes (video). `more`: further fields of the part."""
    kind, _, _ = blob.mime_type.lower().partition("/")
    read = _BLOBS.get(blob.mime_type.lower()) or _BLOBS.get(kind)
    return None if read is None else read(blob, _extras(more))


def _image(blob: wire.Blob, extras: Extras | None) -> Image:
    return Image(Base64Source(blob.mime_type, _standard(blob.data)), extras=extras)


def _audio(blob: wire.Blob, extras: Extras | None) -> Audio:
    return Audio(Base64Source(blob.mime_type, _standard(blob.data)), extras)


def _pdf(blob: wire.Blob, extras: Extras | None) -> Document:
    return Document(Base64Source(blob.mime_type, _standard(blob.data)), blob.display_name, extras=extras)


def _text(blob: wire.Blob, extras: Extras | None) -> Document:
    try:
        text = b64decode(_standard(blob.data), validate=True).decode()
    except (Base64Error, UnicodeDecodeError) as error:
        raise refuse(Kind.BAD_REQUEST, "inlineData.data: not base64 of UTF-8 text", param="inlineData.data") from error
    return Document(TextSource(text, blob.mime_type), blob.display_name, extras=extras)


_BLOBS: Mapping[str, Callable[[wire.Blob, Extras | None], Image | Document | Audio]] = {
    "image": _image,
    "audio": _audio,
    "application/pdf": _pdf,
    "text": _text,
}


def read_file(file: wire.FileData, raw: Raw, more: Mapping[str, Raw]) -> Image | Document | None:
    """Bytes by reference; None for a kind that only Gemini takes. `raw` is the reference as it was written."""
    kind = (file.mime_type or _kind_by_name(file.file_uri) or "").lower()
    extras = Extras(NAME, {"fileData": raw, **more})
    if kind.startswith("image/"):
        return Image(_reference(file.file_uri), extras=extras)
    if kind == "application/pdf" or kind.startswith("text/"):
        return Document(_reference(file.file_uri), file.display_name, extras=extras)
    return None


_HELD = ("gs://", "files/", "https://generativelanguage.googleapis.com/")
"""How references begin that only Google can follow."""


def _reference(uri: str) -> FileSource | UrlSource:
    return FileSource(uri, NAME) if uri.startswith(_HELD) or "://" not in uri else UrlSource(uri)


def _extras(more: Mapping[str, Raw]) -> Extras | None:
    return Extras(NAME, more) if more else None


def _standard(data: str) -> str:
    """Base64 in the alphabet and with the padding that everybody reads; protobuf's JSON is lax about both."""
    if "-" in data or "_" in data:
        data = data.translate(_ALPHABET)
    return data if len(data) % 4 == 0 else data.rstrip("=") + "=" * (-len(data.rstrip("=")) % 4)


_ALPHABET = str.maketrans("-_", "+/")

# To the wire ------------------------------------------------------------------------------------


def write_media(block: Image | Document | Audio, path: str) -> dict[str, Any]:
    """A part. Raises FailureError (BAD_REQUEST) for a file held by another provider, and for an image it cannot read.

    https://ai.google.dev/gemini-api/docs/image-understanding#supported-formats lists the kinds of images.
    """
    own = block.extras.fields if block.extras is not None and block.extras.dialect == NAME else {}
    if "fileData" in own:
        return dict(own)
    return {**_written(block.source, path), **own}


def _written(source: Source, path: str) -> dict[str, Any]:
    match source:
        case Base64Source("image/gif"):
            raise refuse(Kind.BAD_REQUEST, f"{path}: a Gemini model reads no GIF images", param=path)
        case Base64Source(media_type, data):
            return {"inlineData": wire.Blob(media_type, data)}
        case TextSource(text, media_type):
            return {"inlineData": wire.Blob(media_type, b64encode(text.encode()).decode())}
        case UrlSource(url):
            return {"fileData": wire.FileData(url, _kind_by_name(url))}
        case FileSource(file_id, maker) if maker in ("", NAME) and file_id.startswith(_HELD):
            return {"fileData": wire.FileData(file_id, _kind_by_name(file_id))}
        case FileSource():
            raise refuse(Kind.BAD_REQUEST, f"{path}: a file held by another provider cannot be read", param=path)


_KINDS: Mapping[str, str] = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "heic": "image/heic",
    "heif": "image/heif",
    "pdf": "application/pdf",
    "txt": "text/plain",
}


def _kind_by_name(uri: str) -> str | None:
    """The media type a name ends like."""
    return _KINDS.get(uri.partition("?")[0].rpartition(".")[2].lower())
