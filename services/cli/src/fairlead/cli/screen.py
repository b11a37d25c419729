"""What may be written where: a terminal is so many signs wide, and may have colours; a file or a pipe has neither."""

import os
import textwrap
from enum import Enum
from typing import TextIO

from msgspec import Struct

from fairlead.router.cli.verb import Environment


class Colour(Enum):
    """Of words in front of a terminal's own background. https://ecma-international.org/publications-and-standards/standards/ecma-48/"""

    RED = 31
    GREEN = 32
    YELLOW = 33


class Screen(Struct, frozen=True):
    """`width` in signs, None for lines as long as they like."""

    width: int | None = None
    colours: bool = False

    @classmethod
    def of(cls, out: TextIO, env: Environment) -> "Screen":
        """What `out` can show. NO_COLOR forbids colours, whatever it holds (https://no-color.org)."""
        if not out.isatty():
            return cls()
        return cls(os.get_terminal_size(out.fileno()).columns or None, _wants_colours(env))

    def folded(self, line: str, indent: int) -> str:
        """Over as many lines as it takes, those after the first further in. No word is cut: it may be an address."""
        if self.width is None or len(line) <= self.width:
            return line
        return textwrap.fill(
            line, self.width, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False
        )

    def painted(self, words: str, colour: Colour) -> str:
        return f"\x1b[{colour.value}m{words}\x1b[0m" if self.colours else words


def _wants_colours(env: Environment) -> bool:
    return not env.get("NO_COLOR") and env.get("TERM") not in (None, "", "dumb")
