"""The tool calls of a stream, put together from pieces that servers number, name and repeat in ways of their own.

A piece belongs to the call that was last begun under its number, or, where it has none, to the one with its id, or to
the last. It begins another call if it names one and that call has another id, or has all of its arguments already.
"""

from collections.abc import Iterator
from hashlib import sha256

import msgspec
from msgspec import Raw

from fairlead.shared.dialects.openai.parts import arguments_text
from fairlead.shared.wire import openai as wire

_NONE = frozenset({"{}", "null"})
"""What servers write where a call has no arguments: an object, which every reader takes for granted, or nothing."""


class Call:
    """One call while its arguments arrive. `index` is its block's; of a `custom` tool they are any text."""

    __slots__ = ("_empty", "_fragments", "closed", "custom", "id", "index", "name")

    def __init__(self, index: int, id: str, name: str, *, custom: bool = False) -> None:
        self.index = index
        self.id = id
        self.name = name
        self.custom = custom
        self.closed = False
        self._fragments: list[str] = []
        self._empty = False

    def add(self, fragment: str) -> str:
        """More of its arguments; returns what of them is to be told. That there are none is not: some servers begin
        with that, whatever comes."""
        if not self._fragments and fragment.strip() in _NONE and not self.custom:
            self._empty = True
            return ""
        if fragment.strip():
            self._empty = False
        self._fragments.append(fragment)
        return fragment

    @property
    def complete(self) -> bool:
        """Whether its arguments are an object that has ended."""
        if self._empty or not self._fragments or self.custom:
            return self._empty
        try:
            msgspec.json.decode("".join(self._fragments), type=dict[str, Raw])
        except (msgspec.DecodeError, RecursionError):
            return False
        return True

    @property
    def silent(self) -> bool:
        """Whether nothing was said of its arguments yet."""
        return not self._empty and not self._fragments


class _Nameless:
    """What came of a call before its name."""

    __slots__ = ("fragments", "id")

    def __init__(self) -> None:
        self.id = ""
        self.fragments = ""


class Calls:
    """All calls of a stream."""

    def __init__(self) -> None:
        self._last: Call | None = None
        self._open: list[Call] = []
        self._count = 0
        self._at: dict[int, Call] = {}
        self._by_id: dict[str, Call] = {}
        self._nameless: dict[int, _Nameless] = {}

    def __bool__(self) -> bool:
        return self._count > 0

    def close(self, *, at_any_rate: bool = False) -> Iterator[Call]:
        """Ends those whose arguments are complete, or all there are, and tells which."""
        still = []
        for call in self._open:
            if at_any_rate or call.complete:
                call.closed = True
                yield call
            else:
                still.append(call)
        self._open = still

    @property
    def nameless(self) -> bool:
        """Whether arguments came of a call whose name did not."""
        return any(one.fragments.strip() for one in self._nameless.values())

    def known(self, piece: wire.SaidToolCall) -> Call | None:
        """The call that a piece goes on with; None if it begins one, or cannot be told of yet."""
        name = name_in(piece)
        call = self._candidate(piece)
        return None if call is not None and name and _begins(piece, name, call) else call

    def _candidate(self, piece: wire.SaidToolCall) -> Call | None:
        if piece.index is not None:
            return self._at.get(piece.index)
        return self._by_id.get(piece.id or "") or self._last

    def hold(self, piece: wire.SaidToolCall) -> None:
        """Keeps a piece that came before the name of its call."""
        held = self._nameless.setdefault(piece.index or 0, _Nameless())
        held.id = held.id or piece.id or ""
        held.fragments += fragment_in(piece)

    def begin(self, piece: wire.SaidToolCall, name: str, index: int, stream_id: str) -> tuple[Call, str]:
        """A new call, whose block has this index, and what of its arguments came before its name."""
        held = self._nameless.pop(piece.index or 0, None) or _Nameless()
        custom = piece.custom is not None and not piece.function
        call = Call(index, piece.id or held.id or made_id(stream_id, self._count), name, custom=custom)
        self._count += 1
        self._open.append(call)
        self._last = self._by_id[call.id] = call
        if piece.index is not None:
            self._at[piece.index] = call
        return call, held.fragments


def _begins(piece: wire.SaidToolCall, name: str, call: Call) -> bool:
    if piece.id and piece.id != call.id:
        return True
    fragment = fragment_in(piece)
    if name != call.name:
        return call.silent or call.complete
    return not piece.id and bool(fragment.strip()) and call.complete


def name_in(piece: wire.SaidToolCall) -> str | None:
    """The tool that a piece names."""
    called = piece.function or piece.custom
    return None if called is None else called.name


def fragment_in(piece: wire.SaidToolCall) -> str:
    """What a piece says of the arguments, or of the input of a custom tool."""
    if piece.function is None and piece.custom is not None:
        return piece.custom.input or ""
    return arguments_text(piece.function)


def made_id(answer_id: str, place: int) -> str:
    """An id for a call that has none, of the answer that is known by `answer_id`: the same in a stream and a whole."""
    return "call_" + sha256(f"{answer_id}:{place}".encode()).hexdigest()[:24]
