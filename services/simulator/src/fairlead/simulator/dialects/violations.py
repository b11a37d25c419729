"""Reads msgspec's complaint about a JSON body, so that a dialect can say the same in its provider's words."""

import re

import msgspec

_MISSING = re.compile(r"Object missing required field `([^`]*)`")
_WRONG = re.compile(r"Expected `([^`]*)`, got `([^`]*)`")
_PATH = re.compile(r" - at `\$([^`]*)`$")


class Violation(msgspec.Struct, frozen=True):
    """A body that does not have the shape: `path` in JavaScript notation, `messages[0].role`.

    `missing` says that nothing stands at the path; otherwise `expected` and `got` name JSON types.
    """

    path: str
    missing: bool
    expected: str = ""
    got: str = ""

    @property
    def dotted(self) -> str:
        """The path as `messages.0.role`."""
        return re.sub(r"\[([^\]]*)\]", r".\1", self.path)


def violation(error: msgspec.ValidationError) -> Violation:
    """What msgspec found, and where."""
    text = str(error)
    found = _PATH.search(text)
    path = (found[1] if found else "").removeprefix(".")
    if missing := _MISSING.search(text):
        return Violation(f"{path}.{missing[1]}".removeprefix("."), True)
    wrong = _WRONG.search(text)
    return Violation(path, False, wrong[1] if wrong else text, wrong[2] if wrong else "")
