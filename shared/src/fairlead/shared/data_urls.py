"""Bytes inside URLs, as OpenAI's dialects carry images and files: https://www.rfc-editor.org/rfc/rfc2397."""

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error

from fairlead.shared.conversation import Base64Source, FileSource, Source, TextSource, UrlSource
from fairlead.shared.failure import Kind, refuse

_DATA_URL = re.compile(r"data:([^;,]*)(?:;[^,]*?)?;base64,")


def read_data_url(url: str) -> Base64Source | UrlSource:
    """A data URL as inline bytes, any other as a reference."""
    found = _DATA_URL.match(url)
    return UrlSource(url) if found is None else Base64Source(found[1], url[found.end() :])


def read_file_data(data: str, path: str, field: str = "") -> Source:
    """A file given inline: a data URL, or the bare base64 text of a PDF. Plain text is read as text.

    Raises FailureError (BAD_REQUEST) naming `path`, and the `field` below it, when that text is not UTF-8.
    """
    match read_data_url(data):
        case Base64Source("text/plain", text):
            return _text_source(text, path, field)
        case UrlSource():
            return Base64Source("application/pdf", data)
        case source:
            return source


def as_text(source: Source) -> Source:
    """A text of any kind that is given as bytes, as text; any other source as it is."""
    if not isinstance(source, Base64Source) or not source.media_type.startswith("text/"):
        return source
    try:
        return TextSource(b64decode(source.data, validate=True).decode(), source.media_type)
    except (Base64Error, UnicodeDecodeError):
        return source


def _text_source(data: str, path: str, field: str) -> TextSource:
    try:
        return TextSource(b64decode(data, validate=True).decode())
    except (Base64Error, UnicodeDecodeError) as error:
        raise refuse(Kind.BAD_REQUEST, f"{path}{field}: not base64 of UTF-8 text", param=path) from error


def write_data_url(source: Source) -> str | None:
    """A URL that holds or names the bytes; None when there is none (a provider's file id)."""
    match source:
        case Base64Source(media_type, data):
            return f"data:{media_type};base64,{data}"
        case UrlSource(url):
            return url
        case TextSource(text):
            return f"data:text/plain;base64,{b64encode(text.encode()).decode()}"
        case FileSource():
            return None
