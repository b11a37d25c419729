"""Reads a plain wish for a file out of a prompt, and leaves alone everything that might mean another thing.

Understood are `create|write|make|add|generate … NAME`, where NAME looks like a file and nothing but a content follows
it, and `write|put|save CONTENT to|into NAME`. A sentence such as "write a test for app.py" is no wish for app.py.
"""

import re

import msgspec

MAX_PROMPT = 2000
"""Characters; longer prompts are instructions of an agent, not a wish in plain words."""

_NAME = (
    r"(?!(?:e\.g|i\.e)\b)[`'\"\u201c\u2018]?"
    r"(?P<name>(?:\.{1,2}/)?/?[\w-][\w./-]*\.[a-z]\w*|/[\w./-]+\.[a-z]\w*|\.[a-z][\w./-]*)[`'\"\u201d\u2019]?"
)
_CONNECTOR = (
    r"(?:with|containing|contains|that\s+contains|which\s+contains|saying|that\s+says|which\s+says|"
    r"and\s+(?:put|write)|whose\s+contents?\s+(?:is|are)|:)"
)
_ONLY = r"(?:\s+(?:exactly|just|only)(?=[\s:]))?"
_INTRODUCTION = (
    rf"{_ONLY}(?:\s+(?:(?:the|a|an|one|single|exact|following)\s+)*"
    r"(?:text|contents?|lines?|words?|string|message|phrase|sentence|following)(?=[\s:]))?"
    rf"{_ONLY}\s*:?"
)
_NOT_BETWEEN = r"(?!(?:for|from|about|using|of|like|based|to|into|in|on|with|that|which|and|or|then|so|if|when)\b)"

_CREATE = re.compile(
    r"\b(?P<verb>create|write|make|add|generate)\b"
    rf"(?:\s+{_NOT_BETWEEN}[\w'\u2019-]+){{0,8}}?\s+{_NAME}(?P<rest>[\s\S]*)",
    re.IGNORECASE,
)
_INTO = re.compile(
    r"\b(?:write|put|save)\s+(?P<content>\"[^\"]*\"|'[^']*'|`[^`]*`|\u201c[^\u201d]*\u201d|.+?)\s+(?:in)?to\s+(?:(?:a|the|new)\s+)*"
    rf"(?:file\s+)?(?:(?:called|named)\s+)?{_NAME}(?=\s*(?:[.!?]|$|\n))",
    re.IGNORECASE,
)
_HERE = r"(?:\s+in\s+(?:the|this|my)\s+(?:current\s+)?(?:working\s+)?(?:directory|folder|project|repo|repository))?"
_CONTENT = re.compile(rf"{_HERE}\s*[,;]?\s*\(?{_CONNECTOR}{_INTRODUCTION}\s*(?P<content>[\s\S]+)", re.IGNORECASE)
_ENDS_HERE = re.compile(
    r"\s*(?:[.!?]?\s*$|[.!?,;]\s|\n|(?:in|using|please|for\s+me|now)\b|that\b|which\b|and\s+then\b|then\b)",
    re.IGNORECASE,
)
_AFTERWARDS = re.compile(
    r"(?:,?\s+(?:and\s+)?then\b|\s+using\s+the\b|\s+(?:in|to|into)\s+(?:it|the\s+(?:current|working)\b)|[.!?]\s+(?=[A-Z]))[\s\S]*",
    re.IGNORECASE,
)
_TOLD = re.compile(rf"(?:{_INTRODUCTION})", re.IGNORECASE)
_DESCRIBED = re.compile(r"(?:the|an?|some|all|any|my|your|its|this|these|that|those|tests?|docs)\b", re.IGNORECASE)
"""How words begin that describe a content rather than being it."""
_QUOTES = {'"': '"', "'": "'", "`": "`", "\u201c": "\u201d", "\u2018": "\u2019"}
_FENCE = re.compile(r"```[^\n]*\n([\s\S]*?)```")


class FileWish(msgspec.Struct, frozen=True):
    """The person wants a file of this name; `content` is None when they left it to the model."""

    name: str
    content: str | None


def file_wish(prompt: str) -> FileWish | None:
    """The file that `prompt` plainly asks for, if it does."""
    if len(prompt) > MAX_PROMPT:
        return None
    if into := _INTO.search(prompt):
        told = _TOLD.sub("", f" {into['content']}", count=1).strip()
        return None if _DESCRIBED.match(told) else FileWish(into["name"], _unquoted(told))
    created = _CREATE.search(prompt)
    if created is None:
        return None
    rest = created["rest"]
    if content := _CONTENT.match(rest):
        return FileWish(created["name"], _unquoted(content["content"]))
    return FileWish(created["name"], None) if _ENDS_HERE.match(rest) else None


def _unquoted(text: str) -> str:
    """The content itself: what stands in quotes or a fence, else the words up to the end of their sentence."""
    text = text.strip()
    if fence := _FENCE.match(text):
        return fence[1]
    closing = _QUOTES.get(text[:1])
    if closing and (end := text.find(closing, 1)) > 0:
        return text[1:end]
    first = re.split(r"\n\s*\n", text, maxsplit=1)[0]
    return _AFTERWARDS.sub("", first).strip().removesuffix(".")
