"""JSON at the edges: peeking at a body without parsing it, and refusing what is malformed.

Everything here raises `FailureError` with a message fit for the client, never a library's exception.
"""

import re
from codecs import getincrementaldecoder
from functools import lru_cache
from itertools import accumulate
from typing import Any

import msgspec
from msgspec import Raw, Struct

from fairlead.shared.failure import Failure, FailureError, Kind, refuse

DEFAULT_DEPTH = 128
"""Levels of nesting a body may have. Tool schemas reach about 20; parsers behind us give up between 100 and 1,000."""

_fields = msgspec.json.Decoder(dict[str, Raw])
_encoder = msgspec.json.Encoder()

encode = _encoder.encode
"""Any value of Structs, dicts, lists and `Raw` as compact JSON, keys in the order they stand."""


def as_utf8(body: bytes) -> bytes:
    """The body with U+FFFD for what is no UTF-8, lest it reach a client inside what is kept verbatim."""
    if body.isascii():
        return body
    try:
        _read_as_utf8(body)
    except UnicodeDecodeError:
        return body.decode("utf-8", "replace").encode()
    return body


def require_utf8(body: bytes) -> None:
    """Raises FailureError (MALFORMED) for an answer of which some would reach a client as it is and is no UTF-8."""
    try:
        _read_as_utf8(body)
    except UnicodeDecodeError as error:
        raise FailureError(Failure(Kind.MALFORMED, f"the provider's answer is not UTF-8: {error.reason}")) from error


_ONE_LINE = bytes.maketrans(b"\r\n", b"  ")


def on_one_line(json: bytes) -> bytes:
    """The same JSON without line breaks, for streams of lines: what is kept verbatim may have some between values."""
    return json.translate(_ONE_LINE) if b"\n" in json or b"\r" in json else json


_utf8 = getincrementaldecoder("utf-8")
_AT_ONCE = 65_536
"""Bytes. A text as long as a large body costs three times what its pieces do, one after the other."""


def _read_as_utf8(body: bytes) -> None:
    """Raises UnicodeDecodeError."""
    if body.isascii():
        return
    decoder, view = _utf8(), memoryview(body)
    try:
        for at in range(0, len(body), _AT_ONCE):
            decoder.decode(view[at : at + _AT_ONCE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        body.decode()  # where it stands is told of the whole


_HALVES = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.",
    re.DOTALL,
)


def _half(body: bytes) -> str | None:
    """What to say of a body with half a character in it, of which the parser only says that something is cut short.
    Programs that count in UTF-16 cut texts there."""
    for found in _HALVES.finditer(body):
        if found["half"] is not None:
            place, half = found.start(), found["half"].decode()
            return f"{half} at byte {place} is half a character: a text was cut in two inside an emoji or its like"
    return None


_NOT_STRUCTURE = bytes(set(range(256)) - set(b'[]{}"'))
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_STEP = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")


def peek(body: bytes, *, depth: int = DEFAULT_DEPTH) -> dict[str, Raw]:
    """The top-level fields of a JSON object, each still as JSON text. Work is one scan of `body`."""
    try:
        _read_as_utf8(body)
        fields = _fields.decode(body)
    except msgspec.ValidationError as error:
        raise refuse(Kind.BAD_REQUEST, "the request body must be a JSON object") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        why = (_half(body) or error) if body else "it is empty"
        raise refuse(Kind.BAD_REQUEST, f"the request body is not valid JSON: {why}") from error
    except RecursionError as error:
        raise _too_deep(depth) from error
    if _deeper_than(body, depth):
        raise _too_deep(depth)
    return fields


def decode_field(raw: Raw | bytes, kind: Any, path: str) -> Any:
    """One field as `kind`, any type msgspec knows.

    A mismatch is a BAD_REQUEST that names `path`, e.g. `messages[3].content: Expected `str`, got `int``.
    """
    try:
        return _decoder(kind).decode(raw)
    except msgspec.ValidationError as error:
        raise mismatch(path, error) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise refuse(Kind.BAD_REQUEST, f"{path}: not valid JSON: {error}", param=path) from error


_decoder = lru_cache(maxsize=256)(msgspec.json.Decoder)
"""Making one costs ten times what decoding a short field does."""


def mismatch(path: str, error: msgspec.ValidationError) -> FailureError:
    """A validation error in the client's terms: the full path of the offending value, then what was expected."""
    message, _, where = str(error).partition(" - at `$")
    full = path + where.rstrip("`").replace("[...]", "[]")
    return refuse(Kind.BAD_REQUEST, f"{full}: {message}", param=full)


class _Typed(Struct):
    type: str


def is_typed(raw: Raw | bytes) -> bool:
    """Whether it is an object that says its type, as blocks and items of most dialects do. What was carried between our
    services may be anything: a provider can write it too."""
    try:
        _decoder(_Typed).decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def text_of(raw: Raw | bytes) -> str:
    """A field's JSON text."""
    return bytes(raw).decode()


def _too_deep(depth: int) -> FailureError:
    return refuse(Kind.BAD_REQUEST, f"the request body is nested deeper than {depth} levels")


def _deeper_than(body: bytes, limit: int) -> bool:
    """Whether brackets outside strings nest deeper than `limit`. `body` is known to be valid JSON.

    The cheap look counts brackets inside strings too. It can be fooled by text made for it, but not far: the parser
    itself gives up at its recursion limit, with the same answer to the client.
    """
    if _highest(_without_pairs(body.translate(None, _NOT_BRACKETS))) + _PAIRS <= limit:
        return False
    unescaped = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    outside = b"".join(unescaped.translate(None, _NOT_STRUCTURE).split(b'"')[::2])
    return _highest(outside) > limit


_PAIRS = 8
"""Levels taken off at once: most bodies have no more."""


def _without_pairs(brackets: bytes) -> bytes:
    """The brackets without what is nested `_PAIRS` levels deep at most."""
    for _ in range(_PAIRS):
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
    return brackets


def _highest(brackets: bytes) -> int:
    """The deepest level these brackets reach."""
    return max(accumulate(memoryview(brackets.translate(_STEP)).cast("b")), default=0)
