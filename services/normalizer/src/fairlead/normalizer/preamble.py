"""Words that come before every system prompt: put into a written body where its dialect has the prompt, and only there.

Text stays text, a list stays a list with one part more at its front, and every other byte of them stays as it was. A
body whose prompt has the words already, from the beginning of a line, is left alone.
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeAlias

from msgspec import Raw, Struct
from msgspec.structs import replace

from fairlead.shared.codec import decode_field, encode, peek
from fairlead.shared.conversation import Request, Text
from fairlead.shared.fields import camel
from fairlead.shared.splicing import splice

from .transformers import AS_IT_IS, Adjustment

Fields: TypeAlias = Mapping[str, Raw]
"""The top-level fields of a body."""


def preamble(text: str, dialect: str) -> Adjustment:
    """What puts `text` before the prompt of each body of a dialect. It raises `FailureError` (BAD_REQUEST) for a prompt
    of a wrong type."""
    if not text.strip():
        return AS_IT_IS
    words, begun = _Words(text), _BEGUN.get(dialect)
    if begun is None:
        return Adjustment(rewrites=(partial(_request, words),))
    return Adjustment(patches=(partial(begun, words),))


class _Part(Struct, omit_defaults=True):
    """A part of a prompt; Gemini's have no type."""

    type: str | None = None
    text: str | None = None


class _Words:
    """The words, and how they come before those of others. What comes back is None where they are there already."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._there = re.compile(rf"^{re.escape(text.strip())}(?!\w)", re.MULTILINE)

    def before(self, raw: Raw | None, path: str, kind: str | None = "text") -> Raw | None:
        """Before a prompt that is text, or a list of parts of this kind."""
        prompt = bytes(raw) if raw is not None else _NULL
        if prompt == _NULL:
            return Raw(encode(self.text))
        return self._before_text(prompt, path) if prompt[:1] == b'"' else self._before_parts(prompt, path, kind)

    def are_in(self, text: str) -> bool:
        """Whether a text has them, from the beginning of a line."""
        return self._there.search(text) is not None

    def _before_text(self, prompt: bytes, path: str) -> Raw | None:
        """With a blank line between, unless the words end in space."""
        if self.are_in(decode_field(prompt, str, path)):
            return None
        pause = "" if self.text[-1].isspace() or prompt == b'""' else "\n\n"
        return Raw(encode(self.text + pause)[:-1] + prompt[1:])

    def _before_parts(self, prompt: bytes, path: str, kind: str | None) -> Raw | None:
        parts: list[_Part] = decode_field(prompt, list[_Part], path)
        if any(self.are_in(part.text or "") for part in parts):
            return None
        return _put_first(prompt, encode(_Part(kind, self.text)))


_NULL = b"null"


def _put_first(listed: bytes, item: bytes) -> Raw:
    """A JSON list with `item` before what it has."""
    rest = listed[1:]
    return Raw(b"[" + item + (b"" if rest.lstrip().startswith(b"]") else b",") + rest)


def _with_first(listed: bytes, old: bytes, new: bytes) -> Raw:
    """A JSON list with its first item exchanged."""
    at = listed.index(old)
    return Raw(listed[:at] + new + listed[at + len(old) :])


def _request(words: _Words, request: Request) -> Request:
    """The same for a dialect that no client speaks: what goes there is always written anew."""
    told = request.instructions
    if any(isinstance(one, Text) and words.are_in(one.text) for one in told):
        return request
    return replace(request, instructions=(Text(words.text), *told))


# The dialects -------------------------------------------------------------------------------------


def _system(words: _Words, fields: Fields) -> Fields:
    begun = words.before(fields.get("system"), "system")
    return fields if begun is None else {**fields, "system": begun}


def _messages(words: _Words, fields: Fields) -> Fields:
    """The prompt is what the first messages say whose role is that of its authors."""
    listed = bytes(fields.get("messages", b"[]"))
    messages: list[Raw] = decode_field(listed, list[Raw], "messages")
    prompts = _prompts(messages, "messages")
    begun = [words.before(prompt.get("content"), "messages[].content") for prompt in prompts]
    if None in begun:
        return fields
    if not begun:
        return {**fields, "messages": _put_first(listed, encode({"role": "system", "content": words.text}))}
    first = splice(bytes(messages[0]), prompts[0], {"content": begun[0]})
    return {**fields, "messages": _with_first(listed, bytes(messages[0]), first)}


def _instructions(words: _Words, fields: Fields) -> Fields:
    """What comes before the conversation; some clients have their prompt in that."""
    listed = bytes(fields.get("input", b"[]"))
    items: list[Raw] = decode_field(listed, list[Raw], "input") if listed[:1] == b"[" else []
    told = (words.before(prompt.get("content"), "input[].content") for prompt in _prompts(items, "input"))
    begun = words.before(fields.get("instructions"), "instructions")
    return fields if begun is None or None in told else {**fields, "instructions": begun}


class _Message(Struct):
    role: str = ""


def _prompts(messages: list[Raw], path: str) -> list[Fields]:
    prompts: list[Fields] = []
    for number, message in enumerate(messages):
        if decode_field(message, _Message, f"{path}[{number}]").role not in ("system", "developer"):
            break
        prompts.append(peek(bytes(message)))
    return prompts


def _system_instruction(words: _Words, fields: Fields) -> Fields:
    """The prompt is the parts of a content; its name has two spellings, and some write it as text."""
    name = next((name for name in fields if camel(name) == "systemInstruction"), "systemInstruction")
    said = bytes(fields.get(name, _NULL))
    if said == _NULL:
        said = b"{}"
    if said[:1] == b'"':
        said = b'{"parts":[{"text":' + said + b"}]}"
    content: dict[str, Raw] = decode_field(said, dict[str, Raw], name)
    parts = bytes(content.get("parts", _NULL))
    begun = words.before(Raw(b"[]" if parts == _NULL else parts), f"{name}.parts", None)
    return fields if begun is None else {**fields, name: Raw(splice(said, content, {"parts": begun}))}


_BEGUN: Mapping[str, Callable[[_Words, Fields], Fields]] = {
    "anthropic": _system,
    "openai": _messages,
    "openai-responses": _instructions,
    "gemini": _system_instruction,
}
"""Adding a dialect that clients speak is a row."""
