"""Puts the user's own words in the place of Claude Code's instructions, as `REWRITE_SYSTEM_PROMPT` does.

What Claude Code tells of the machine it runs on stays, from `<env>` or, in its later versions, from `# Environment` on,
and so does the first line, which says who it is.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from msgspec import Raw

from fairlead.router.tags import tags_in
from fairlead.shared.codec import decode_field, encode
from fairlead.shared.splicing import splice

Fields = Mapping[str, Raw]

_ENV = "<env>"
_SECTION = re.compile(r"^# Environment[ \t]*$", re.MULTILINE)
_SIGNS = (b"<env>", b"# Environment")


class OwnPrompt:
    """The text of a file, read again whenever it has changed. Without the file, or where it cannot be read, prompts
    stay as they are, and `tell` hears why, once."""

    def __init__(self, path: Path, tell: Callable[[str], None]) -> None:
        self._path = path
        self._tell = tell
        self._version: tuple[int, int] | None = None
        self._text: str | None = None
        self._told = ""
        self._look()

    def __repr__(self) -> str:
        return f"<OwnPrompt {self._path}>"

    def put(self, fields: Fields, body: bytes) -> tuple[Fields, bytes]:
        """The fields of a body, and the body, with the file's text in the prompt. Raises `FailureError` (BAD_REQUEST)
        for a prompt no model could read."""
        self._look()
        changed = rewritten(fields, self._text) if self._text is not None else None
        return (fields, body) if changed is None else ({**fields, **changed}, splice(body, fields, changed))

    def _look(self) -> None:
        try:
            now = self._path.stat()
            version = (now.st_mtime_ns, now.st_size)
            if version != self._version:
                self._text = self._path.read_text(encoding="utf-8")
                self._version, self._told = version, ""
        except (OSError, UnicodeDecodeError) as error:
            self._version = self._text = None
            why = (error.strerror or "cannot be read").lower() if isinstance(error, OSError) else "is no UTF-8"
            self._remark(f"REWRITE_SYSTEM_PROMPT: {self._path}: {why}; system prompts stay as they are")

    def _remark(self, message: str) -> None:
        if message != self._told:
            self._told = message
            self._tell(message)


def rewritten(fields: Fields, text: str) -> dict[str, Raw] | None:
    """The field `system` of Anthropic's dialect with `text` in place of the instructions; None where there is nothing
    to put it in place of: a prompt of one block, or one that tells of no machine.

    Raises `FailureError` (BAD_REQUEST)."""
    raw = bytes(fields.get("system", b""))
    if raw[:1] != b"[" or not any(sign in raw for sign in _SIGNS):
        return None
    blocks: list[dict[str, Any]] = decode_field(raw, list[dict[str, Any]], "system")
    for number, block in enumerate(blocks[1:], 1):
        said = block.get("text")
        if isinstance(said, str) and (begin := _machine(said)) is not None:
            # A tag that picks the model of a subagent is taken out later, by whoever acts on it.
            new = {**block, "text": f"{tags_in(said[:begin])}{text}{said[begin:]}"}
            return {"system": Raw(encode([*blocks[:number], new, *blocks[number + 1 :]]))}
    return None


def _machine(text: str) -> int | None:
    """Where a prompt begins to tell of the machine."""
    at = text.rfind(_ENV)
    if at >= 0:
        return at
    section = _SECTION.search(text)
    return section.start() if section is not None else None
