"""Content parts, tool calls and reasoning between OpenAI's shape and the neutral form."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from fairlead.shared.codec import decode_field, encode
from fairlead.shared.conversation import (
    Audio,
    Base64Source,
    Block,
    CacheHint,
    Citation,
    Document,
    Extras,
    FileSource,
    Image,
    RedactedThinking,
    Source,
    Text,
    Thinking,
    ToolCall,
    Unknown,
    UrlSource,
)
from fairlead.shared.data_urls import read_data_url, read_file_data, write_data_url
from fairlead.shared.failure import Kind, refuse
from fairlead.shared.wire import openai as wire

NAME = "openai"

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


def _file_source(file: wire.File, path: str) -> Source:
    if file.file_id is not None:
        return FileSource(file.file_id, NAME)
    if file.file_url is not None:
        return UrlSource(file.file_url)
    if file.file_data is None:
        raise refuse(Kind.BAD_REQUEST, f"{path}.file: one of file_data and file_id is required", param=path)
    return read_file_data(file.file_data, path, ".file.file_data")


def read_part(part: wire.Part, path: str) -> Any:
    """One content part. Raises FailureError (BAD_REQUEST) with `path`."""
    match part:
        case wire.TextPart(text):
            return Text(text, read_cache(part.cache_control))
        case wire.RefusalPart(refusal):
            return Text(refusal, refusal=True)
        case wire.ImagePart(image):
            return Image(read_data_url(image.url), image.detail, read_cache(part.cache_control))
        case wire.FilePart(file):
            return Document(_file_source(file, path), file.filename, read_cache(part.cache_control))
        case wire.AudioPart(audio):
            return Audio(Base64Source(f"audio/{audio.format}", audio.data))
        case wire.BlockPart(raw):
            return decode_field(raw, Block, f"{path}.block")


def read_content(content: str | Sequence[wire.Part] | None, path: str) -> tuple[Any, ...]:
    """A content field; an empty string is no content."""
    if not content:
        return ()
    if isinstance(content, str):
        return (Text(content),)
    return tuple([read_part(part, f"{path}.content[{index}]") for index, part in enumerate(content)])


_PARTS: Mapping[str, type] = {str(kind.__struct_config__.tag): kind for kind in wire.Part.__args__}
_BREAKPOINT = "prompt_cache_breakpoint"
"""OpenAI's own cache mark: https://platform.openai.com/docs/guides/prompt-caching."""


def read_raw_content(raw: Raw, path: str) -> tuple[Any, ...]:
    """A content field whose parts may have fields nobody has heard of: those are kept beside the part."""
    if not bytes(raw).startswith(b"["):
        return read_content(decode_field(raw, str | None, f"{path}.content"), path)
    parts = decode_field(raw, list[Raw], f"{path}.content")
    return tuple([_read_raw_part(one, f"{path}.content[{index}]") for index, one in enumerate(parts)])


def _read_raw_part(raw: Raw, path: str) -> Any:
    fields: dict[str, Raw] = decode_field(raw, dict[str, Raw], path)
    kind = _PARTS.get(decode_field(fields.get("type", Raw(b'""')), str, f"{path}.type"))
    if kind is None:
        return decode_field(raw, wire.Part, path)  # which refuses it, in the words it has for all parts
    known, more = split_known(fields, kind, "type")
    block = read_part(decode_field(known, kind, path), path)
    if not more or isinstance(block, Unknown):
        return block
    marked = {"cache": CacheHint()} if _BREAKPOINT in more and getattr(block, "cache", None) is None else {}
    return replace(block, extras=Extras(NAME, more), **marked)


def split_known(fields: Mapping[str, Raw], kind: type, tag: str) -> tuple[bytes, dict[str, Raw]]:
    """An object of `kind` with the fields it has, and those it has not as far as they say anything."""
    names = {tag, *kind.__struct_fields__}  # type: ignore[attr-defined]
    more = {name: raw for name, raw in fields.items() if name not in names and bytes(raw) not in (b"null", b"[]")}
    return encode({name: raw for name, raw in fields.items() if name in names}), more


def own_fields(extras: Extras | None) -> Mapping[str, Raw]:
    """What we kept for our own dialect; another dialect's extras mean nothing here."""
    return extras.fields if extras is not None and extras.dialect == NAME else {}


def with_fields(written: Any, more: Mapping[str, Raw]) -> Any:
    """Something written, with fields that our shapes do not have."""
    return {**decode_field(encode(written), dict[str, Raw], ""), **more} if more else written


def read_refusal(refusal: str | None) -> tuple[Text, ...]:
    """Why the model will not answer, as it stands beside the content."""
    return (Text(refusal, refusal=True),) if refusal else ()


def read_tool_call(call: wire.ToolCall, path: str) -> ToolCall:
    """A function or free-text call. Raises FailureError (BAD_REQUEST) for other kinds."""
    cache = read_cache(call.cache_control)
    if call.custom is not None and call.custom.name is not None:
        return ToolCall(call.id or "", call.custom.name, call.custom.input or "", cache, custom=True)
    function = call.function
    if function is None or not function.name:
        raise refuse(Kind.BAD_REQUEST, f"{path}: neither a function nor a custom tool call", param=path)
    arguments = arguments_text(function)
    return ToolCall(call.id or "", function.name, "" if arguments.strip() == "null" else arguments, cache)


def calls_of(said: wire.AnswerMessage | wire.Delta) -> Sequence[wire.SaidToolCall]:
    """The calls of an answer, or pieces of them."""
    if said.tool_calls is None and said.function_call is not None:
        return [wire.SaidToolCall(function=said.function_call)]
    return said.tool_calls or ()


def arguments_text(function: wire.Function | None) -> str:
    """A call's arguments as JSON text, or a piece of it."""
    told: Any = None if function is None else function.arguments
    return encode(told).decode() if isinstance(told, dict) else told or ""


def read_citations(annotations: Iterable[wire.Annotation] | None, before: int = 0) -> tuple[Citation, ...]:
    """Web pages the answer cites; other kinds of annotations hold nothing another dialect could use. `before`: how many
    characters of the content are not of the text that cites."""
    cited = [one.url_citation for one in annotations or () if one.url_citation is not None]
    return tuple([Citation(one.url, one.title, None, *_read_span(one, before)) for one in cited])


def _read_span(cited: wire.UrlCitation, before: int) -> tuple[int | None, int | None]:
    """Where it stands. An empty place, which vendors write that know of none, is none."""
    start, end = cited.start_index, cited.end_index
    if start is None or end is None or not before <= start < end:
        return None, None
    return start - before, end - before


_SIGNS_THOUGHTS = "anthropic"
"""How the names of makers begin whose signature is always that of a thought, not of a call or a text after it."""


def read_reasoning(
    details: Iterable[wire.ReasoningDetail] | None, text: str | None
) -> list[Thinking | RedactedThinking]:
    """Reasoning by its details, else by its bare text. Who puts a stream together has the signature of one thought in
    the details, and only in the bare text what was thought."""
    blocks: list[Thinking | RedactedThinking] = []
    details = list(details or ())
    only = text if sum(detail.data is None for detail in details) == 1 else None
    for detail in details:
        maker = detail.format or ""
        if detail.data is not None:
            blocks.append(read_encrypted(detail, detail.data))
        else:
            signed = only if maker.startswith(_SIGNS_THOUGHTS) else None
            blocks.append(Thinking(detail.text or detail.summary or signed or "", detail.signature or "", maker))
    return blocks or ([Thinking(text)] if text else [])


def read_encrypted(detail: wire.ReasoningDetail, data: str) -> RedactedThinking:
    """Reasoning that only its maker can read. What it is known by there stands behind the maker's name, to come back
    with it: letters, digits, `-` and `_`."""
    maker = detail.format or ""
    if not isinstance(detail.id, str):
        return RedactedThinking(data, maker)
    known = urlsafe_b64encode(encode((detail.index, detail.id))).decode().rstrip("=")
    return RedactedThinking(data, f"{maker}={known}")


# To the wire ------------------------------------------------------------------------------------


def write_cache(hint: CacheHint | None) -> wire.CacheControl | None:
    """The cache marker extension."""
    if hint is None:
        return None
    return wire.CacheControl("ephemeral") if hint.ttl is None else wire.CacheControl("ephemeral", hint.ttl)


def write_carried(extras: Extras | None) -> wire.Carried | None:
    """Another dialect's fields, to be carried along."""
    return None if extras is None else wire.Carried(extras.dialect, dict(extras.fields))


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
    """Any block as a part: in chat's own words where they say everything, else in the neutral form."""
    match block:
        case Text() if is_plain_text(block):
            return wire.TextPart(block.text, write_cache(block.cache))
        case Image(Base64Source() | UrlSource() as source, detail, extras=None):
            return wire.ImagePart(wire.ImageUrl(write_data_url(source) or "", detail), write_cache(block.cache))
        case Document(FileSource(maker=maker)) if maker != NAME:
            return wire.BlockPart(Raw(encode(block)))
        case Document(extras=None):
            return wire.FilePart(write_file(block), write_cache(block.cache))
        case _:
            return wire.BlockPart(Raw(encode(block)))


def is_plain_text(text: Text) -> bool:
    """Whether chat's own words say everything about a text."""
    return text.extras is None and not (text.citations or text.refusal or text.logprobs)


def is_plain_call(call: ToolCall) -> bool:
    """Whether chat's own words say everything about a call."""
    return call.extras is None and call.namespace is None and not call.custom


def write_annotations(citations: Iterable[Citation], before: int, length: int) -> list[dict[str, Any]]:
    """Citations of web pages; others have no words here. `before`: characters of the content before the text that
    cites, which has `length`. Without a place it is the whole text that is cited: the dialect does not allow none."""
    return [
        {
            "type": "url_citation",
            "url_citation": {
                "url": one.url,
                "title": one.title or "",
                "start_index": before + (one.start or 0),
                "end_index": before + (length if one.end is None else one.end),
            },
        }
        for one in citations
        if one.url is not None
    ]


def write_details(blocks: Sequence[Thinking | RedactedThinking]) -> list[wire.ReasoningDetail]:
    """Reasoning blocks with all that their maker needs to accept them again."""
    details = []
    for index, block in enumerate(blocks):
        match block:
            case Thinking(text, signature):
                detail = wire.ReasoningDetail("reasoning.text", text=text, signature=signature or None, index=index)
                detail.format = block.maker or None
            case RedactedThinking():
                detail = write_encrypted(block, index)
        details.append(detail)
    return details


def write_encrypted(block: RedactedThinking, index: int) -> wire.ReasoningDetail:
    """Reasoning that only its maker can read, under the number and the id it had there, or else under `index`."""
    detail = wire.ReasoningDetail("reasoning.encrypted", data=block.data, format=block.maker or None, index=index)
    maker, apart, known = block.maker.partition("=")
    if not apart:
        return detail
    try:
        number, id = _known.decode(urlsafe_b64decode(known + "=" * (-len(known) % 4)))
    except (ValueError, msgspec.DecodeError):
        return detail
    return replace(detail, format=maker or None, index=number, id=id)


_known = msgspec.json.Decoder(tuple[int | None, str])


def write_original_details(blocks: Sequence[Thinking | RedactedThinking]) -> list[wire.ReasoningDetail]:
    """Reasoning as the vendor that told it wants it back: OpenAI's models have only summaries of theirs read. Text that
    nobody signed is of whoever made the rest of it."""
    details = write_details(blocks)
    makers = {detail.format for detail in details if detail.format is not None}
    maker = makers.pop() if len(makers) == 1 else None
    for detail in details:
        detail.format = detail.format or maker
        if (detail.format or "").endswith("responses-v1") and detail.text is not None:
            detail.type, detail.summary, detail.text = "reasoning.summary", detail.text, None
    return details


BREAK = "\n\n"
"""Between texts that were separate blocks, where a target takes only one string."""


def joined(first: Any, second: Any) -> Any:
    """Two contents as one: a string if both are, else parts."""
    if isinstance(first, str) and isinstance(second, str):
        return first + BREAK + second
    contents = (content for content in (first, second) if content)
    return [
        part for content in contents for part in ([wire.TextPart(content)] if isinstance(content, str) else content)
    ]
