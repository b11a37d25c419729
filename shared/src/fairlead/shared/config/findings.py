"""What is wrong or odd in a configuration file, said so that a person can go to the line and mend it."""

import re
from collections.abc import Iterable

import msgspec

KeyPath = tuple[str | int, ...]

_PLAIN_KEY = re.compile(r"[A-Za-z_$][\w$-]*\Z")


class Finding(msgspec.Struct, frozen=True):
    """One thing to say about a file. `line` and `column` count from 1; None where there is no text to point into."""

    file: str
    line: int | None
    key: str
    message: str
    column: int | None = None

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        return ": ".join(part for part in (place, self.key, self.message) if part)


class ConfigError(ValueError):
    """A configuration nothing may be served with; `str()` is one readable message, a line for each finding."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(map(str, self.findings)))

    @property
    def file(self) -> str:
        return self.findings[0].file

    @property
    def line(self) -> int | None:
        return self.findings[0].line

    @property
    def key(self) -> str:
        return self.findings[0].key

    @property
    def message(self) -> str:
        return self.findings[0].message


def show_path(path: KeyPath) -> str:
    """`("Providers", 0, "api_base_url")` as `Providers[0].api_base_url`; odd keys are quoted in brackets."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif not _PLAIN_KEY.match(part):
            text += f'["{part}"]'
        else:
            text += f".{part}" if text else part
    return text
