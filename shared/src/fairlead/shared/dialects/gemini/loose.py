"""Objects whose fields may be spelled in either way, and may be new: known ones apart from the rest.

The service reads `systemInstruction` and `system_instruction` alike, and its clients write both.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Raw, Struct

from fairlead.shared.codec import decode_field, encode
from fairlead.shared.failure import Kind, refuse
from fairlead.shared.fields import NULL, camel
from fairlead.shared.wire import gemini as wire


def fields_of(raw: Raw | bytes, path: str) -> dict[str, Raw]:
    """An object's fields in camelCase; those that are null are absent. Raises FailureError naming `path`."""
    fields: dict[str, Raw] = decode_field(raw, dict[str, Raw], path)
    return {camel(name): value for name, value in fields.items() if value != NULL}


def many(raw: Raw, path: str) -> list[Raw]:
    """A list, or the only one that would stand in it."""
    if not bytes(raw).lstrip().startswith(b"["):
        return [raw]
    items: list[Raw] = decode_field(raw, list[Raw], path)
    return items


class LoosePart(Struct, frozen=True, gc=False):
    """A part: what is known of it, the fields that are not, and all of it as it was written, nothing where the first
    says it all."""

    part: wire.Part
    more: Mapping[str, Raw]
    raw: Raw


class LooseContent(Struct, frozen=True, gc=False):
    """One message in the order of its parts."""

    role: str
    parts: list[LoosePart]
    more: Mapping[str, Raw]


_NONE: Mapping[str, Raw] = {}
_contents = msgspec.json.Decoder(list[wire.Content])


def read_contents(raw: Raw) -> list[LooseContent]:
    """All messages: in one pass when every field in them is known, else one by one."""
    try:
        contents = _contents.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return [_content(one, f"contents[{index}]") for index, one in enumerate(many(raw, "contents"))]
    return [LooseContent(one.role, [LoosePart(part, _NONE, Raw()) for part in one.parts], _NONE) for one in contents]


def read_content(raw: Raw, path: str) -> LooseContent:
    """One message, or the text of one."""
    return _content(raw, path)


def _content(raw: Raw, path: str) -> LooseContent:
    if bytes(raw).lstrip().startswith(b'"'):
        return LooseContent("user", [_text(raw, path)], _NONE)
    fields = fields_of(raw, path)
    if "parts" not in fields and "text" in fields:
        return LooseContent("user", [_part(raw, path)], _NONE)
    role = decode_field(fields.pop("role", Raw(b'"user"')), str, f"{path}.role")
    parts = many(fields.pop("parts", Raw(b"[]")), f"{path}.parts")
    return LooseContent(role, [_part(one, f"{path}.parts[{i}]") for i, one in enumerate(parts)], fields)


def read_part(raw: Raw, path: str) -> LoosePart:
    """One part."""
    return _part(raw, path)


def _text(raw: Raw, path: str) -> LoosePart:
    return LoosePart(wire.Part(decode_field(raw, str, path)), _NONE, Raw())


def _part(raw: Raw, path: str) -> LoosePart:
    if bytes(raw).lstrip().startswith(b'"'):
        return _text(raw, path)
    known, more = _split(fields_of(raw, path), wire.Part)
    for name, kind in _NESTED.items():
        if name in known:
            known[name], further = _nested(known[name], kind, f"{path}.{name}")
            more = {**more, **further}
    return LoosePart(decode_field(encode(known), wire.Part, path), more, raw)


_NESTED: Mapping[str, type[Struct]] = {
    "inlineData": wire.Blob,
    "fileData": wire.FileData,
    "functionCall": wire.FunctionCall,
    "functionResponse": wire.FunctionResponse,
}


def _nested(raw: Raw, kind: type[Struct], path: str) -> tuple[Raw, Mapping[str, Raw]]:
    fields, more = _split(fields_of(raw, path), kind)
    if kind is wire.FunctionResponse and "parts" in fields:
        files = [
            _response_part(one, f"{path}.parts") for one in decode_field(fields["parts"], list[Raw], f"{path}.parts")
        ]
        fields["parts"] = Raw(encode(files))
    return Raw(encode(fields)), more


def _response_part(raw: Raw, path: str) -> Any:
    fields, _ = _split(fields_of(raw, path), wire.ResponsePart)
    return {name: _nested(value, _NESTED[name], f"{path}.{name}")[0] for name, value in fields.items()}


def _split(fields: dict[str, Raw], kind: type[Struct]) -> tuple[dict[str, Raw], dict[str, Raw]]:
    known = {field.encode_name for field in msgspec.structs.fields(kind)}
    return (
        {name: value for name, value in fields.items() if name in known},
        {name: value for name, value in fields.items() if name not in known},
    )


def required(fields: Mapping[str, Raw], name: str, path: str = "") -> Raw:
    """A field that must be there. Raises FailureError (BAD_REQUEST)."""
    full = f"{path}.{name}" if path else name
    if name not in fields:
        raise refuse(Kind.BAD_REQUEST, f"{full}: field required", param=full)
    return fields[name]
