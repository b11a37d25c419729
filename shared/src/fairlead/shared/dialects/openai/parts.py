"""Content parts, tool calls and reasoning between OpenAI's shape and the neutral form."""

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable, Sequence

from fairlead.shared.conversation import (
    Base64Source,
    Block,
    CacheHint,
    Document,
    Extras,
    FileSource,
    Image,
    Part,
    RedactedThinking,
    Source,
    Text,
    TextSource,
    Thinking,
    ToolCall,
    ToolReference,
    Unknown,
    UrlSource,
)
from fairlead.shared.failure import Kind, refuse
from fairlead.shared.wire import openai as wire

NAME = "openai"

_DATA_URL = re.compile(r"data:([^;,]*)(?:;[^,]*?)?;base64,")


# From the wire ----------------------------------------------------------------------------------


def read_cache(control: wire.CacheControl | None) -> CacheHint | None:
    """The cache marker extension."""
    if control is None:
        return None
    return CacheHint(control.ttl if isinstance(control.ttl, str) else None)


def read_carried(carried: wire.Carried | None) -> Extras | None:
    """Fields of another dialect that were carried along."""
    if carried is None or not isinstance(carried.fields, dict):
        return None
    return Extras(carried.dialect, carried.fields)


def read_data_url(url: str) -> Source:
    """A data URL as inline bytes, any other as a reference."""
    found = _DATA_URL.match(url)
    return UrlSource(url) if found is None else Base64Source(found[1], url[found.end() :])


def _file_source(file: wire.File, path: str) -> Source:
    if file.file_id is not None:
        return FileSource(file.file_id)
    if file.file_url is not None:
        return UrlSource(file.file_url)
    if file.file_data is None:
        raise refuse(Kind.BAD_REQUEST, f"{path}.file: one of file_data and file_id is required", param=path)
    source = read_data_url(file.file_data)
    match source:
        case Base64Source("text/plain", data):
            return _text_source(data, path)
        case UrlSource():
            return Base64Source("application/pdf", file.file_data)
    return source


def _text_source(data: str, path: str) -> Source:
    try:
        return TextSource(b64decode(data, validate=True).decode())
    except (Base64Error, UnicodeDecodeError) as error:
        raise refuse(Kind.BAD_REQUEST, f"{path}.file.file_data: not base64 of UTF-8 text", param=path) from error


def read_part(part: wire.Part, path: str) -> Part:
    """One content part. Raises FailureError (BAD_REQUEST) with `path`."""
    match part:
        case wire.TextPart(text):
            return Text(text, read_cache(part.cache_control), read_carried(part.fairlead))
        case wire.RefusalPart(refusal):
            return Text(refusal)
        case wire.ImagePart(image):
            source = read_data_url(image.url)
            return Image(source, image.detail, read_cache(part.cache_control), read_carried(part.fairlead))
        case wire.FilePart(file):
            extras = read_carried(part.fairlead)
            return Document(_file_source(file, path), file.filename, read_cache(part.cache_control), extras)
        case wire.ToolReferencePart(name):
            return ToolReference(name)
        case wire.UnknownPart(dialect, raw):
            return Unknown(dialect, raw)


def read_content(content: str | Sequence[wire.Part] | None, path: str) -> tuple[Part, ...]:
    """A content field; an empty string is no content."""
    if not content:
        return ()
    if isinstance(content, str):
        return (Text(content),)
    return tuple([read_part(part, f"{path}.content[{index}]") for index, part in enumerate(content)])


def read_tool_call(call: wire.ToolCall, path: str) -> ToolCall:
    """A function call. Raises FailureError (BAD_REQUEST) for other kinds of calls."""
    function = call.function
    if function is None or function.name is None:
        raise refuse(Kind.BAD_REQUEST, f"{path}.function.name: only function calls are supported", param=path)
    extras = read_carried(call.fairlead)
    return ToolCall(call.id or "", function.name, function.arguments or "", read_cache(call.cache_control), extras)


def read_reasoning(
    details: Iterable[wire.ReasoningDetail] | None, text: str | None
) -> list[Thinking | RedactedThinking]:
    """Reasoning by its details, else by its bare text."""
    blocks: list[Thinking | RedactedThinking] = []
    for detail in details or ():
        if detail.data is not None:
            blocks.append(RedactedThinking(detail.data))
        else:
            blocks.append(Thinking(detail.text or detail.summary or "", detail.signature or ""))
    return blocks or ([Thinking(text)] if text else [])


# To the wire ------------------------------------------------------------------------------------


def write_cache(hint: CacheHint | None) -> wire.CacheControl | None:
    """The cache marker extension."""
    if hint is None:
        return None
    return wire.CacheControl() if hint.ttl is None else wire.CacheControl(ttl=hint.ttl)


def write_carried(extras: Extras | None) -> wire.Carried | None:
    """Another dialect's fields, to be carried along."""
    return None if extras is None else wire.Carried(extras.dialect, dict(extras.fields))


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


def write_file(document: Document) -> wire.File:
    """A document as a file part's payload."""
    match document.source:
        case FileSource(file_id):
            return wire.File(file_id=file_id, filename=document.title)
        case UrlSource(url):
            return wire.File(file_url=url, filename=document.title)
        case source:
            return wire.File(file_data=write_data_url(source), filename=document.title)


def write_full_part(block: Block) -> wire.Part:
    """Any block as a part, with everything known about it in extension fields."""
    match block:
        case Text(text):
            return wire.TextPart(text, write_cache(block.cache), write_carried(block.extras))
        case Image(source, detail) if (url := write_data_url(source)) is not None:
            image = wire.ImageUrl(url, detail)
            return wire.ImagePart(image, write_cache(block.cache), write_carried(block.extras))
        case Image(FileSource(file_id)):
            return wire.FilePart(wire.File(file_id=file_id, filename="image"), write_cache(block.cache))
        case Document():
            return wire.FilePart(write_file(block), write_cache(block.cache), write_carried(block.extras))
        case ToolReference(name):
            return wire.ToolReferencePart(name)
        case Unknown(dialect, raw):
            return wire.UnknownPart(dialect, raw)
        case _:
            raise AssertionError(f"{type(block).__name__} is no content part")


def write_details(blocks: Sequence[Thinking | RedactedThinking]) -> list[wire.ReasoningDetail]:
    """Reasoning blocks with all that their maker needs to accept them again."""
    details = []
    for index, block in enumerate(blocks):
        match block:
            case Thinking(text, signature):
                detail = wire.ReasoningDetail("reasoning.text", text=text, signature=signature or None, index=index)
            case RedactedThinking(data):
                detail = wire.ReasoningDetail("reasoning.encrypted", data=data, index=index)
        details.append(detail)
    return details
