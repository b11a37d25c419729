"""Content parts between the Responses shape and the neutral form."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Raw, UnsetType

from fairlead.shared.codec import decode_field, encode, is_typed
from fairlead.shared.conversation import (
    CacheHint,
    Citation,
    Document,
    Extras,
    FileSource,
    Image,
    Logprob,
    Part,
    Source,
    Text,
    TextSource,
    ToolReference,
    Unknown,
    UrlSource,
)
from fairlead.shared.data_urls import read_data_url, read_file_data, write_data_url
from fairlead.shared.dialects.openai_responses.logprobs import read_logprobs, write_logprobs
from fairlead.shared.dialects.openai_responses.reasoning import NAME
from fairlead.shared.failure import Kind, refuse
from fairlead.shared.wire import openai_responses as wire

LOGPROBS = "message.output_text.logprobs"
"""How a request asks for how likely each token was."""

# From the wire ----------------------------------------------------------------------------------


_MAKER = "openai"
"""Who holds files: the same for both of OpenAI's dialects."""


def _marked(marker: Raw | UnsetType) -> tuple[CacheHint | None, Extras | None]:
    """A cache marker, in the neutral form and as it was."""
    if not isinstance(marker, Raw):
        return None, None
    return CacheHint(), Extras(NAME, {"prompt_cache_breakpoint": marker})


def _input_text(part: wire.InputText, _path: str) -> Text:
    return Text(part.text, *_marked(part.prompt_cache_breakpoint))


def _output_text(part: wire.OutputText, _path: str) -> Text:
    citations = tuple([read_citation(raw) for raw in part.annotations or ()])
    return Text(part.text, citations=citations, logprobs=read_logprobs(part.logprobs) if part.logprobs else ())


def _plain_text(part: wire.ReasoningText | wire.SummaryText, _path: str) -> Text:
    return Text(part.text)


def _refusal(part: wire.Refusal, _path: str) -> Text:
    return Text(part.refusal, refusal=True)


def _image(part: wire.InputImage, path: str) -> Image:
    if part.image_url is not None:
        source: Source = read_data_url(part.image_url)
    elif part.file_id is not None:
        source = FileSource(part.file_id, _MAKER)
    else:
        raise refuse(Kind.BAD_REQUEST, f"{path}: one of image_url and file_id is required", param=path)
    return Image(source, part.detail, *_marked(part.prompt_cache_breakpoint))


def _file(part: wire.InputFile, path: str) -> Document:
    if part.file_data is not None:
        source = read_file_data(part.file_data, f"{path}.file_data")
    elif part.file_url is not None:
        source = UrlSource(part.file_url)
    elif part.file_id is not None:
        source = FileSource(part.file_id, _MAKER)
    else:
        raise refuse(Kind.BAD_REQUEST, f"{path}: one of file_data, file_url and file_id is required", param=path)
    return Document(source, part.filename, *_marked(part.prompt_cache_breakpoint))


_READERS: Mapping[type, Callable[[Any, str], Part]] = {
    wire.InputText: _input_text,
    wire.OutputText: _output_text,
    wire.ReasoningText: _plain_text,
    wire.SummaryText: _plain_text,
    wire.Refusal: _refusal,
    wire.InputImage: _image,
    wire.InputFile: _file,
}
_BY_TAG: Mapping[str, type] = {
    **{str(kind.__struct_config__.tag): kind for kind in _READERS},  # type: ignore[attr-defined]
    "text": wire.InputText,
}
"""By type; "text" is what a part is called everywhere else, and so by many who write by hand."""


def read_parts(content: str | Sequence[wire.Part] | None, path: str) -> tuple[Part, ...]:
    """A content field whose parts all have known shapes; an empty string is no content."""
    if not content:
        return ()
    if isinstance(content, str):
        return (Text(content),)
    return tuple([_READERS[type(part)](part, path) for part in content])


def read_raw_parts(raw: Raw, path: str) -> tuple[Part, ...]:
    """A content field of any kind: a string, null, or a list of parts that may be of unknown types.

    Raises FailureError (BAD_REQUEST) naming `path` when what we do know has the wrong shape.
    """
    content: str | list[Raw] | None = decode_field(raw, str | list[Raw] | None, path)
    if not isinstance(content, list):
        return read_parts(content, path)
    return tuple([read_raw_part(one, f"{path}[{index}]") for index, one in enumerate(content)])


def read_raw_part(raw: Raw, path: str) -> Part:
    """One part: the fields we know are read, the rest is kept beside them; a part of an unknown type is kept whole."""
    fields: dict[str, Raw] = decode_field(raw, dict[str, Raw], path)
    if "type" not in fields:
        raise refuse(Kind.BAD_REQUEST, f"{path}.type: field required", param=f"{path}.type")
    kind = _BY_TAG.get(decode_field(fields["type"], str, f"{path}.type"))
    if kind is None:
        return Unknown(NAME, raw)
    names = {"type", *kind.__struct_fields__}  # type: ignore[attr-defined]
    known = {key: value for key, value in fields.items() if key in names}
    known["type"] = Raw(encode(kind.__struct_config__.tag))  # type: ignore[attr-defined]
    part = _READERS[kind](decode_field(encode(known), kind, path), path)
    whole: Part = with_extras(part, {key: value for key, value in fields.items() if key not in names})
    return whole


def with_extras(block: Any, fields: Mapping[str, Raw]) -> Any:
    """The block, with fields only this dialect knows beside those it has."""
    if not fields:
        return block
    known = block.extras.fields if block.extras is not None else {}
    return msgspec.structs.replace(block, extras=Extras(NAME, {**known, **fields}))


def read_citation(raw: Raw) -> Citation:
    """One annotation; only those of web pages have a meaning elsewhere."""
    said: wire.UrlCitation = decode_field(raw, wire.UrlCitation, "annotation")
    title = said.title or said.filename
    start, end = said.start_index, said.end_index
    if start is None or end is None or end <= start:
        start = end = None  # what vendors write that know of no place
    return Citation(said.url, title, start=start, end=end, raw=Unknown(NAME, raw))


# To the wire ------------------------------------------------------------------------------------


def write_extras(extras: Extras | None) -> Mapping[str, Raw]:
    """What we kept for our own dialect; another dialect's extras mean nothing here."""
    return extras.fields if extras is not None and extras.dialect == NAME else {}


def _write_part_extras(extras: Extras | None) -> Mapping[str, Raw]:
    """The same of a part, whose cache mark chat completions write as Responses do."""
    if extras is not None and extras.dialect == "openai":
        return {name: raw for name, raw in extras.fields.items() if name == "prompt_cache_breakpoint"}
    return write_extras(extras)


def write_citation(citation: Citation, length: int) -> Any:
    """An annotation of a text of `length` characters; None where there is no page to point at. Without a place it is
    the whole text that is cited."""
    raw = citation.raw
    if raw is not None and raw.dialect == NAME and is_typed(raw.raw):
        return raw.raw
    if citation.url is None:
        return None
    return {
        "type": "url_citation",
        "start_index": citation.start if citation.start is not None else 0,
        "end_index": citation.end if citation.end is not None else length,
        "url": citation.url,
        "title": citation.title or "",
    }


def write_output_text(text: Text) -> dict[str, Any]:
    """A part of an assistant's message."""
    if text.refusal:
        return {"type": "refusal", "refusal": text.text}
    length = len(text.text)
    annotations = [one for one in (write_citation(cited, length) for cited in text.citations) if one is not None]
    return output_text(text.text, annotations, text.logprobs)


def output_text(text: str, annotations: Sequence[Any], logprobs: Sequence[Logprob]) -> dict[str, Any]:
    """Such a part, of what is known of it."""
    part = {"type": "output_text", "text": text, "annotations": annotations}
    return {**part, "logprobs": write_logprobs(logprobs)} if logprobs else part


def write_part(part: Part) -> Any:
    """A part of a user's or a developer's message, or of a tool's output; None for what Responses has no words for."""
    match part:
        case Text(text):
            return {"type": "input_text", "text": text, **_write_part_extras(part.extras)}
        case Image(FileSource(file_id), detail):
            named = {"type": "input_image", "file_id": file_id, "detail": detail or "auto"}
            return {**named, **_write_part_extras(part.extras)}
        case Image(source, detail):
            url = write_data_url(source)
            shown = {"type": "input_image", "image_url": url, "detail": detail or "auto"}
            return {**shown, **_write_part_extras(part.extras)}
        case Document():
            return _write_file(part)
        case ToolReference(name):
            return {"type": "input_text", "text": f"Tool {name} may be called from now on."}
        case Unknown(dialect, raw) if dialect == NAME:
            return raw
        case _:
            return None


def _write_file(document: Document) -> dict[str, Any]:
    """A file; one that is plain text is told as text, which every model reads."""
    title = document.title
    match document.source:
        case TextSource(text):
            return {"type": "input_text", "text": f"{title}\n\n{text}" if title else text}
        case UrlSource(url):
            named = {"filename": title} if title else {}
            return {"type": "input_file", "file_url": url, **named, **_write_part_extras(document.extras)}
        case FileSource(file_id):
            return {"type": "input_file", "file_id": file_id, **_write_part_extras(document.extras)}
        case source:
            data = write_data_url(source)
            filename = title or "document.pdf"
            given = {"type": "input_file", "file_data": data, "filename": filename}
            return {**given, **_write_part_extras(document.extras)}
