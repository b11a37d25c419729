"""A JSON5 text as values with the line of each key; the one place that knows which library reads JSON5."""

import re
from typing import Any

import msgspec
import pyjson5

from . import positions
from .findings import ConfigError, Finding, KeyPath, show_path

_NEAR = re.compile(r"near (\d+)")


class Document(msgspec.Struct, frozen=True):
    """The values of one file, and where they stand."""

    file: str
    value: dict[str, Any]
    lines: dict[KeyPath, int]
    repeated: tuple[KeyPath, ...]

    def find(self, path: KeyPath, message: str) -> Finding:
        """A finding about `path`, at its line, or for a key that is missing at the line of what should hold it."""
        at = path
        while at not in self.lines:
            at = at[:-1]
        return Finding(self.file, self.lines[at], show_path(path), message)


def read(text: str, *, file: str) -> Document:
    """Raises `ConfigError` with file, line and column when `text` is not JSON5 or not an object."""
    lines = positions.Lines(text)
    try:
        index = positions.index(text)
        value = pyjson5.decode(text, maxdepth=positions.MAX_DEPTH)
    except positions.Json5SyntaxError as error:
        raise _syntax_error(file, lines.position(error.offset), error.message) from None
    except pyjson5.Json5DecoderException as error:
        near = _NEAR.search(str(error.args[0]))
        place = lines.position(min(len(text), int(near.group(1)) - 1) if near else 0)
        # From None: the library keeps what it had read by then on its exceptions, keys and all.
        raise _syntax_error(file, place, "this is not JSON5") from None
    at_line = {path: lines.position(offset).line for path, offset in index.offsets.items()}
    if not isinstance(value, dict):
        raise ConfigError([Finding(file, at_line[()], "", "the configuration must be one object: { … }")])
    return Document(file, value, at_line, index.repeated)


def _syntax_error(file: str, place: positions.Position, message: str) -> ConfigError:
    return ConfigError([Finding(file, place.line, "", message, column=place.column)])
