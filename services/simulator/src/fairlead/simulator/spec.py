"""The little language that picks a scene and its faults: `sim-text!status=529,retry-after=7`.

    spec    := scene? ("!" options)*
    options := option (("," | ";") option)*
    option  := name | name "=" value          values are percent-decoded, so `%2C` is a comma

A position is a number of body bytes (`120`) or, with an `e`, of content events (`e3`: right after the third).
The README of this package has the table of options.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

import msgspec

PREFIX = "sim-"
DEFAULT_SCENE = "simulated"
OVERLOADED = 529
"""The status of `fail-first` when no other fault is named."""


QUIRKS: Mapping[str, str] = {
    "index0": "every tool call of a stream has index 0",
    "no-ids": "tool calls have no id",
    "reasoning": "thinking is in `reasoning` instead of `reasoning_content`",
    "usage-in-finish": "usage is in the chunk with the finish reason",
    "finish-stop": "the finish reason is `stop` although tools are called",
    "failed": "a stream's error is the event `response.failed`",
    "blocked": "the prompt is blocked: a good status and no candidate",
}
"""What providers do differently from what is documented, or from each other."""


class SpecError(ValueError):
    """The text is not a spec; the message says what is wrong with it."""


class Position(msgspec.Struct, frozen=True):
    """A place in a body: after so many bytes, or right after so many content events."""

    count: int
    events: bool = False


class Faults(msgspec.Struct, frozen=True, kw_only=True):
    """What goes wrong, and how the answer is paced; times in seconds. Nothing set: nothing goes wrong."""

    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    error_type: str | None = None
    message: str | None = None
    error_200: bool = False
    html: bool = False
    overflow: bool = False
    context_limit: int | None = None
    sse_for_json: bool = False
    json_for_sse: bool = False
    error_event: int | None = None
    error_first: bool = False
    garbage: int | None = None
    no_done: bool = False
    crlf: bool = False
    cut: Position | None = None
    drop: Position | None = None
    reset: Position | None = None
    stall: Position | None = None
    delay_headers: float = 0.0
    delay_first_byte: float = 0.0
    delays: tuple[tuple[Position, float], ...] = ()
    split: int | None = None
    gap: float = 0.0


class Spec(msgspec.Struct, frozen=True, kw_only=True):
    """A parsed spec; `scene` is None when only options were given."""

    scene: str | None = None
    faults: Faults = Faults()
    chunks: int | None = None
    size: int = 20
    path: str | None = None
    content: str | None = None
    fail_first: int = 0
    key: str | None = None
    lenient: bool = False
    quirks: frozenset[str] = frozenset()


def _count(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise SpecError(f"{text!r} is not a whole number")
    return int(text)


def _positive(text: str) -> int:
    if (number := _count(text)) < 1:
        raise SpecError(f"{text!r} is not a number above 0")
    return number


def _status(text: str) -> int:
    if not 200 <= (number := _count(text)) <= 599:
        raise SpecError(f"{text!r} is not a status from 200 to 599")
    return number


def _seconds(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?|\.[0-9]{1,6}", text):
        raise SpecError(f"{text!r} is not a number of seconds")
    return float(text)


def _position(text: str) -> Position:
    return Position(_count(text[1:]), events=True) if text.startswith("e") else Position(_count(text))


def _delay(text: str) -> tuple[Position, float]:
    place, separator, seconds = text.partition(":")
    if not separator:
        raise SpecError(f"{text!r} is not POSITION:SECONDS")
    return _position(place), _seconds(seconds)


def header(text: str) -> tuple[str, str]:
    """The (lower-case name, value) of `NAME:VALUE`.

    Raises SpecError when this cannot be a header.
    """
    name, separator, value = text.partition(":")
    if not separator or not re.fullmatch(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+", name) or not value.isprintable():
        raise SpecError(f"{text!r} is not NAME:VALUE")
    return name.lower(), value.strip()


def _quirk(text: str) -> str:
    if text not in QUIRKS:
        raise SpecError(f"there is no quirk {text!r}; there are {', '.join(sorted(QUIRKS))}")
    return text


def _retry_after(text: str) -> tuple[str, str]:
    return header(f"retry-after:{text}")


_FLAGS: Mapping[str, str] = {
    "error-200": "error_200",
    "html": "html",
    "overflow": "overflow",
    "sse-for-json": "sse_for_json",
    "json-for-sse": "json_for_sse",
    "error-first": "error_first",
    "no-done": "no_done",
    "crlf": "crlf",
    "lenient": "lenient",
}
_VALUES: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "status": ("status", _status),
    "error-type": ("error_type", str),
    "message": ("message", str),
    "context-limit": ("context_limit", _positive),
    "error-event": ("error_event", _count),
    "garbage": ("garbage", _count),
    "cut": ("cut", _position),
    "drop": ("drop", _position),
    "reset": ("reset", _position),
    "stall": ("stall", _position),
    "delay-headers": ("delay_headers", _seconds),
    "delay-first-byte": ("delay_first_byte", _seconds),
    "split": ("split", _positive),
    "chunks": ("chunks", _positive),
    "size": ("size", _positive),
    "gap": ("gap", _seconds),
    "path": ("path", str),
    "content": ("content", str),
    "fail-first": ("fail_first", _positive),
    "key": ("key", str),
}
_REPEATED: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "header": ("headers", header),
    "retry-after": ("headers", _retry_after),
    "delay-at": ("delays", _delay),
    "quirk": ("quirks", _quirk),
}
_SHORTHANDS: Mapping[str, str] = {"byte-at-a-time": "split=1"}

OPTIONS = frozenset({*_FLAGS, *_VALUES, *_REPEATED, *_SHORTHANDS})


def parse(text: str) -> Spec:
    """The spec that `text` writes.

    Raises SpecError: an option that does not exist, lacks its value, or has a value that cannot be.
    """
    scene, *groups = text.strip().split("!")
    fields: dict[str, Any] = {}
    for group in groups:
        for option in re.split(r"[,;]", group):
            if option.strip():
                _take(option.strip(), fields)
    own = {name: fields.pop(name) for name in list(fields) if name not in Faults.__struct_fields__}
    own["quirks"] = frozenset(own.get("quirks", ()))
    if "fail_first" in own and not fields:
        fields["status"] = OVERLOADED
    return Spec(scene=scene.strip().removeprefix(PREFIX) or None, faults=Faults(**fields), **own)


def _take(option: str, fields: dict[str, Any]) -> None:
    name, separator, value = _SHORTHANDS.get(option, option).partition("=")
    value = unquote(value)
    if name in _FLAGS and not separator:
        fields[_FLAGS[name]] = True
    elif name in _VALUES and separator:
        field, read = _VALUES[name]
        fields[field] = read(value)
    elif name in _REPEATED and separator:
        field, read = _REPEATED[name]
        fields[field] = (*fields.get(field, ()), read(value))
    elif name in OPTIONS:
        raise SpecError(f"option {name!r} {'takes no value' if separator else 'needs a value'}")
    else:
        raise SpecError(f"there is no option {name!r}; there are {', '.join(sorted(OPTIONS))}")


def of_model(model: str) -> Spec:
    """The spec in a model's name, after any provider prefix; names that are not ours are the default scene.

    Raises SpecError as `parse` does, for our own names only.
    """
    name, mark, options = model.partition("!")
    name = name.replace(",", "/").rsplit("/", 1)[-1]
    if name.startswith(PREFIX) or name == DEFAULT_SCENE:
        return parse(f"{name}{mark}{options}")
    return Spec(scene=DEFAULT_SCENE)


def chosen(model: str, control: str | None) -> Spec:
    """The spec of a request: the control header wins, and takes the model's scene when it names none.

    Raises SpecError as `parse` does.
    """
    if control is None:
        return of_model(model)
    spec = parse(control)
    return spec if spec.scene else msgspec.structs.replace(spec, scene=of_model(model.partition("!")[0]).scene)
