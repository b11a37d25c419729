"""Pictures and sound of an answer, and its parts that only Gemini knows: https://ai.google.dev/api/caching#Blob."""

from typing import Any

from msgspec import Raw

from fairlead.shared.conversation import Audio, Base64Source, Image, Thinking, Unknown, UrlSource
from fairlead.shared.dialects.gemini.loose import read_part
from fairlead.shared.dialects.gemini.media import read_blob
from fairlead.shared.dialects.gemini.signatures import NAME
from fairlead.shared.failure import FailureError
from fairlead.shared.wire import gemini as wire


def read_shown(raw: Raw) -> list[Thinking | Image | Audio | Unknown]:
    """A part that is no text and no call: a picture or sound, its signature before it, or the part as it was written.
    A thought that is a picture is no part of the answer proper."""
    try:
        one = read_part(raw, "part")
        blob = one.part.inline_data
        block = None if blob is None or one.part.thought else read_blob(blob, one.more)
    except FailureError:
        block = None
    if not isinstance(block, Image | Audio):
        return [Unknown(NAME, raw)]
    signature = one.part.thought_signature
    return [Thinking("", signature, NAME), block] if signature else [block]


def write_image(image: Image) -> dict[str, Any] | None:
    """A part; None for a picture that another provider holds."""
    match image.source:
        case Base64Source(media_type, data):
            return {"inlineData": wire.Blob(media_type, data), **_own(image)}
        case UrlSource(url):
            return {"fileData": wire.FileData(url), **_own(image)}
        case _:
            return None


def write_sound(audio: Audio, data: str, transcript: str) -> list[dict[str, Any]]:
    """Parts: the sound, and what is said in it as text."""
    sound = [{"inlineData": wire.Blob(audio.source.media_type, data), **_own(audio)}] if data else []
    return [*sound, {"text": transcript}] if transcript else sound


def _own(block: Image | Audio) -> dict[str, Any]:
    return dict(block.extras.fields) if block.extras is not None and block.extras.dialect == NAME else {}
