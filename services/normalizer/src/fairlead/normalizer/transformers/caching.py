"""The transformer `cleancache`: nothing in the prompt is marked as worth caching."""

from typing import Any

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from fairlead.shared.codec import encode
from fairlead.shared.conversation import Block, Extras, Request, ToolResult, Turn, Unknown

from .adjustment import Adjustment

_FIELD = "cache_control"


def cleancache(_options: object) -> Adjustment:
    """Wherever a mark may stand, it is left out."""
    return Adjustment(rewrites=(_unmarked,))


def _unmarked(request: Request) -> Request:
    return replace(
        request,
        instructions=tuple([_bare(part) for part in request.instructions]),
        turns=tuple([_turn(turn) for turn in request.turns]),
        tools=tuple([_bare(tool) for tool in request.tools]),
        extras=_without(request.extras),
    )


def _turn(turn: Turn) -> Turn:
    return replace(turn, content=tuple([_block(block) for block in turn.content]), extras=_without(turn.extras))


def _block(block: Block) -> Block:
    bare: Block = _bare(block)
    if isinstance(bare, ToolResult):
        bare = replace(bare, content=tuple([_bare(part) for part in bare.content]))
    return bare


def _bare(block: Any) -> Any:
    """A block or tool without its own mark."""
    if isinstance(block, Unknown):
        return _bare_unknown(block)
    return replace(block, cache=None) if getattr(block, "cache", None) is not None else block


def _bare_unknown(block: Unknown) -> Unknown:
    if f'"{_FIELD}"'.encode() not in bytes(block.raw):
        return block
    fields = msgspec.json.decode(block.raw, type=dict[str, Raw])
    return replace(block, raw=Raw(encode({name: value for name, value in fields.items() if name != _FIELD})))


def _without(extras: Extras | None) -> Extras | None:
    if extras is None or _FIELD not in extras.fields:
        return extras
    return replace(extras, fields={name: value for name, value in extras.fields.items() if name != _FIELD})
