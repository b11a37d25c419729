"""When a rule of claude-code-router 3 holds, as our `when`, where that says the same.

Its operators and what it compares: packages/core/src/gateway/claude-code-router-plugin.ts of
github.com/musistudio/claude-code-router (read at 162ecae, 2026-09).
"""

from collections.abc import Callable, Mapping
from glob import escape
from typing import Any

import msgspec

from fairlead.cli.converters.ccr3.providers import Models
from fairlead.cli.converters.ccr3.reading import Object, member, text

_MODEL = "request.body.model"
_TOOLS = "request.body.tools"
_HEADERS = ("request.header.", "request.headers.")
_KEY = ("request.auth.apiKeyId", "request.header.x-auth-api-key-id", "request.headers.x-auth-api-key-id")
_SESSION = ("request.sessionId", "request.session_id")
_TOKENS = ("request.tokenCount", "request.token_count")
_SECRET = frozenset({"authorization", "proxy-authorization", "x-api-key", "x-goog-api-key", "cookie"})
"""Headers that ours do not look at."""
_THINKING = "request.body.thinking"

_PATTERNS: Mapping[str, Callable[[str], str]] = {
    "==": escape,
    "starts-with": lambda literal: escape(literal) + "*",
    "contains": lambda literal: f"*{escape(literal)}*",
    "contains-deep": lambda literal: f"*{escape(literal)}*",
}
_RANGES: Mapping[str, Callable[[int], str]] = {
    "==": lambda count: f"{count}-{count}",
    ">": lambda count: f"{count + 1}-",
    ">=": lambda count: f"{count}-",
    "<": lambda count: f"-{count - 1}",
    "<=": lambda count: f"-{count}",
}


class UnlikeError(Exception):
    """There is no condition here that says the same; the message says what it cannot say."""


def when(rule: Object, keys: Mapping[str, str], models: Models) -> dict[str, Any]:
    """`keys`: the names of client keys by their ids. Raises `UnlikeError`."""
    condition = member(rule, "condition") or rule
    left = text(condition, "left", "path", "field", "parameter")
    operator = text(condition, "operator", "op")
    right = _literal(condition)
    if not left and (prefix := text(rule, "pattern")):
        left, operator, right = _MODEL, "starts-with", prefix
    if not (left and operator):
        raise UnlikeError("it has no condition that could be read")
    if left in _TOKENS:
        return {"tokens": _tokens(operator, right)}
    if left == _TOOLS:
        return {"tool": _tool(operator, right)}
    if left in _KEY:
        return {"key": _key(operator, right, keys)}
    if left == _MODEL:
        if models.names_provider(right):
            raise UnlikeError(f"whoever asks for a provider's model, such as {right}, gets it here before any rule")
        return {"model": _pattern(left, operator, right)}
    if left in _SESSION:
        return {"session": _pattern(left, operator, right)}
    if left.startswith(_HEADERS):
        name = left.split(".", 2)[2].lower()
        if name in _SECRET:
            raise UnlikeError(f"{name} is a credential, and not looked at here; use the name of a client key")
        return {"header": {name: _pattern(left, operator, right)}}
    if left.startswith(_THINKING):
        raise UnlikeError("who thinks is told by the scenario Router.think; put its models there")
    raise UnlikeError(f"{left} is not looked at here")


def _literal(condition: Object) -> str:
    """The text on the right, out of its quotes."""
    value = condition.get("right", condition.get("value"))
    if isinstance(value, bool | int | float):
        return msgspec.json.encode(value).decode()
    written = text(condition, "right", "value")
    quoted = len(written) > 1 and written[0] == written[-1] and written[0] in "\"'"
    return written[1:-1] if quoted else written


def _pattern(left: str, operator: str, right: str) -> str:
    if operator not in _PATTERNS:
        raise UnlikeError(f"{operator} of {left}: a condition here is a pattern that fits")
    if not right or right in ("null", "undefined") or _is_structure(right):
        raise UnlikeError(f"{operator} {right or 'nothing'} of {left} cannot be said here")
    return _PATTERNS[operator](right)


def _is_structure(right: str) -> bool:
    try:
        return right[0] in "{[" and bool(msgspec.json.decode(right, type=msgspec.Raw))
    except msgspec.DecodeError:
        return False


def _tokens(operator: str, right: str) -> str:
    try:
        count = int(float(right))
    except (ValueError, OverflowError):
        raise UnlikeError(f"{right} is no number of tokens") from None
    if operator not in _RANGES or count < 1:
        raise UnlikeError(f"{operator} {right} is no range of tokens")
    return _RANGES[operator](count)


def _tool(operator: str, right: str) -> str:
    """`contains {"name": …}` alone speaks of a tool's name; anything else of whatever its description says."""
    try:
        wanted = msgspec.json.decode(right, type=dict[str, str])
    except (msgspec.DecodeError, RecursionError):
        wanted = {}
    if operator not in ("contains", "contains-deep") or list(wanted) != ["name"]:
        raise UnlikeError(f"{operator} {right} of {_TOOLS}: tools are known by their names here")
    return escape(wanted["name"])


def _key(operator: str, right: str, keys: Mapping[str, str]) -> str:
    if operator != "==" or right not in keys:
        raise UnlikeError(f"{operator} {right} is no client key that was taken over")
    return keys[right]
