"""Items from the Responses shape into the neutral form: each becomes blocks of one role."""

from collections.abc import Callable, Mapping

import msgspec
from msgspec import Raw, Struct

from fairlead.shared.codec import decode_field, encode
from fairlead.shared.conversation import Block, Extras, Part, Role, Text, ToolCall, ToolResult, Unknown
from fairlead.shared.dialects.openai_responses.parts import read_parts, read_raw_parts, with_extras
from fairlead.shared.dialects.openai_responses.reasoning import NAME, read_reasoning
from fairlead.shared.dialects.openai_responses.web_search import read_web_search
from fairlead.shared.failure import FailureError, Kind, refuse
from fairlead.shared.wire import openai_responses as wire


class Said(Struct, frozen=True, gc=False):
    """One item in the neutral form. `extras` belong to the turn it makes, where it makes one of its own."""

    role: Role
    blocks: tuple[Block, ...]
    extras: Extras | None = None


class Taken(Struct, gc=False):
    """An item taken apart: its known fields, its content or output as parts, and the fields nobody has heard of."""

    item: wire.Item
    parts: tuple[Part, ...]
    unknown: Mapping[str, Raw]
    path: str


def _message(taken: Taken) -> Said:
    item, parts = taken.item, taken.parts
    match item.role:
        case "assistant":
            phase = {"phase": Raw(encode(item.phase))} if item.phase is not None else {}
            own = {**phase, **taken.unknown}
            return Said("assistant", tuple([_owned(part, own) for part in parts]) if own else parts)
        case "user" | "system" | "developer" as role:
            _require_known(taken, "content")
            return Said(role, parts, Extras(NAME, taken.unknown) if taken.unknown else None)
        case None:
            raise refuse(Kind.BAD_REQUEST, f"{taken.path}.role: field required", param=f"{taken.path}.role")
        case other:
            message = f'{taken.path}.role: unexpected role "{other}"'
            raise refuse(Kind.BAD_REQUEST, message, param=f"{taken.path}.role")


def _owned(part: Part, fields: Mapping[str, Raw]) -> Part:
    """A message's own fields, on its texts: in the neutral form an assistant's turn has no messages in it."""
    return with_extras(part, fields) if isinstance(part, Text) else part


def _reasoning(taken: Taken) -> Said:
    """Some clients send back reasoning of which they were given nothing: that is no block."""
    item = taken.item
    summary = [part.text for part in item.summary or () if isinstance(part, wire.SummaryText)]
    content = [part.text for part in taken.parts if isinstance(part, Text)]
    block = read_reasoning(item.id, item.encrypted_content, summary, content)
    return Said("assistant", () if block == _NO_REASONING else (block,))


_NO_REASONING = read_reasoning(None, None, (), ())


def _call(taken: Taken) -> Said:
    item = taken.item
    custom = item.type == "custom_tool_call"
    id, name = _required(taken, "call_id", item.call_id), _required(taken, "name", item.name)
    arguments = (item.input if custom else item.arguments) or ""
    extras = Extras(NAME, taken.unknown) if taken.unknown else None
    return Said("assistant", (ToolCall(id, name, arguments, None, extras, custom, item.namespace),))


def _output(taken: Taken) -> Said:
    id = _required(taken, "call_id", taken.item.call_id)
    _require_known(taken, "output")
    extras = Extras(NAME, taken.unknown) if taken.unknown else None
    return Said("user", (ToolResult(id, taken.parts, extras=extras),))


def _require_known(taken: Taken, name: str) -> None:
    """Raises FailureError (BAD_REQUEST) for a part of another dialect: no provider would see what it shows."""
    for index, part in enumerate(taken.parts):
        if isinstance(part, Unknown) and not is_part(part.raw):
            path = f"{taken.path}.{name}[{index}].type"
            raise refuse(Kind.BAD_REQUEST, f"{path}: must be input_text, input_image or input_file", param=path)


def _required(taken: Taken, name: str, value: str | None) -> str:
    if value is None:
        raise refuse(Kind.BAD_REQUEST, f"{taken.path}.{name}: field required", param=f"{taken.path}.{name}")
    return value


_READERS: Mapping[str, Callable[[Taken], Said]] = {
    "message": _message,
    "reasoning": _reasoning,
    "function_call": _call,
    "custom_tool_call": _call,
    "function_call_output": _output,
    "custom_tool_call_output": _output,
}
_WITH_OUTPUT = frozenset({"function_call_output", "custom_tool_call_output"})

_FROM_USER = ("_output", "_response")
_CONTROLS = frozenset({"additional_tools", "configuration_update", "compaction_trigger"})


def read_items(items: list[wire.Item]) -> list[Said] | None:
    """Items whose fields are all known; None when one must be taken apart by hand, or be refused with its path."""
    if any(item.type not in _READERS or (item.type == "message" and item.role is None) for item in items):
        return None
    try:
        return [_read_item(item) for item in items]
    except FailureError:
        return None


def _read_item(item: wire.Item) -> Said:
    held = item.output if item.type in _WITH_OUTPUT else item.content
    return _READERS[item.type](Taken(item, read_parts(held, ""), {}, ""))


_NAMES = frozenset(wire.Item.__struct_fields__)


def read_raw_item(raw: Raw, path: str) -> Said:
    """One item of any kind: the known part is read, the rest kept; of an unknown type it is kept whole.

    Raises FailureError (BAD_REQUEST) naming `path`, also for an item that stands for what only its server holds.
    """
    fields: dict[str, Raw] = decode_field(raw, dict[str, Raw], path)
    kind: str = decode_field(fields["type"], str, f"{path}.type") if "type" in fields else _untyped(fields)
    reader = _READERS.get(kind)
    if reader is None:
        return _read_other(kind, raw, path)
    held = "output" if kind in _WITH_OUTPUT else "content"
    known = {name: value for name, value in fields.items() if name in _NAMES and name != held}
    item = decode_field(encode(known), wire.Item, path)
    parts = read_raw_parts(fields[held], f"{path}.{held}") if held in fields else ()
    unknown = {name: value for name, value in fields.items() if name not in _NAMES}
    return reader(Taken(item, parts, unknown, path))


def _untyped(fields: Mapping[str, Raw]) -> str:
    """Only messages and references may leave out their type."""
    return "item_reference" if "role" not in fields and "id" in fields else "message"


def _read_other(kind: str, raw: Raw, path: str) -> Said:
    if kind == "item_reference":
        message = f"{path}: a reference to an item only its server holds; send the item itself instead"
        raise refuse(Kind.BAD_REQUEST, message, param=path)
    if kind == "web_search_call":
        return Said("assistant", read_web_search(raw, path))
    from_user = kind.endswith(_FROM_USER) or kind in _CONTROLS
    return Said("user" if from_user else "assistant", (Unknown(NAME, raw),))


def is_part(raw: Raw) -> bool:
    """Whether something kept verbatim is a part of a message; else it is an item."""
    kind = msgspec.json.decode(raw, type=wire.Typed).type
    return kind.startswith(("input_", "output_"))
