"""Which conversation a request belongs to, and which answer of it is asked for, as ids that stay what they are.

A provider that keeps a conversation's prompt in a cache finds it by such an id; a new one for each request, or each
attempt, would cost the cache.
"""

import hashlib
from collections.abc import Iterable, Mapping

import msgspec
from msgspec import Raw, Struct

from fairlead.shared.runtime.ids import is_plain_id

_HEADERS = ("x-session-id", "x-claude-code-session-id", "session-id", "session_id")
"""What our router, Claude Code, opencode and Codex send."""
_MESSAGE = "x-assistant-message-id"
_OLD_SESSION = "_session_"
_PROMPTS = ("system", "instructions", "systemInstruction", "system_instruction")
_TURNS = ("messages", "input", "contents")


class _Metadata(Struct):
    user_id: str | None = None


class _UserId(Struct):
    session_id: str | None = None


def session_of(headers: Mapping[str, str], fields: Mapping[str, Raw], fallback: str) -> str:
    """The id a client gives its conversation, else one made of how the conversation begins, else of `fallback`."""
    given = [headers.get(name, "") for name in _HEADERS]
    given += [_of_user(fields), _text(fields.get("prompt_cache_key"))]
    named = next((id for id in given if is_plain_id(id)), None)
    return named or made_of(_beginning(fields) or [fallback.encode()])


def message_of(headers: Mapping[str, str], request_id: str) -> str:
    """The id of the answer that is asked for: the client's own, else one that all attempts of a request share."""
    given = headers.get(_MESSAGE, "")
    return given if is_plain_id(given) else made_of([request_id.encode()])


def made_of(parts: Iterable[bytes]) -> str:
    """A UUID, by its form of version 4, that is the same for the same parts."""
    digest = hashlib.sha256(b"\0".join(parts)).hexdigest()
    variant = "89ab"[int(digest[16], 16) % 4]
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"


def _of_user(fields: Mapping[str, Raw]) -> str:
    """Claude Code's session where it stands in the body: `user_id` is an object as text, or `user_…_session_<id>`."""
    try:
        user = msgspec.json.decode(fields.get("metadata", Raw(b"{}")), type=_Metadata).user_id or ""
        if user.startswith("{"):
            return msgspec.json.decode(user, type=_UserId).session_id or ""
    except msgspec.MsgspecError:
        return ""
    return user.partition(_OLD_SESSION)[2]


def _text(raw: Raw | None) -> str:
    try:
        return msgspec.json.decode(raw or b'""', type=str)
    except msgspec.MsgspecError:
        return ""


def _beginning(fields: Mapping[str, Raw]) -> list[bytes]:
    """The prompt and the first turn: what comes after them changes from request to request."""
    turns = next((fields[name] for name in _TURNS if name in fields), None)
    if turns is None:
        return []
    try:
        listed = msgspec.json.decode(turns, type=list[Raw])
    except msgspec.MsgspecError:
        listed = [turns]
    prompts = [bytes(fields[name]) for name in _PROMPTS if name in fields]
    return [*prompts, *(bytes(turn) for turn in listed[: 1 + _opens_with_prompt(listed)])]


class _Role(Struct):
    role: str = ""


def _opens_with_prompt(turns: list[Raw]) -> int:
    """How many turns at the beginning are a prompt, in dialects that have it there."""
    for number, turn in enumerate(turns):
        try:
            if msgspec.json.decode(turn, type=_Role).role not in ("system", "developer"):
                return number
        except msgspec.MsgspecError:
            return number
    return len(turns)
