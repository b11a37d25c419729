"""Shows a configuration without its secrets, and takes it back: what is still masked is what it was.

A secret is replaced by three stars; where it is a variable of the environment, whose value nobody sees, it stays.
"""

import re
from typing import Any

from .findings import KeyPath, show_path
from .schema import AUTH_TYPES
from .sections import fold

MASK = "***"

_ENDS = (
    *("apikey", "apikeys", "adminkey", "accesskey", "accesskeyid", "refreshkey", "privatekey", "secret"),
    *("secretaccesskey", "password", "token", "jwt", "credential", "credentials", "authorization", "cookie", "webhook"),
)
_WHOLE = frozenset({"headers", "auth", "redisurl", "statusline"})
"""Keys below which every text is secret."""
_KEYS_OF = frozenset({"clientkeys", "apikeys"})
"""Where `key` is one; elsewhere it is the name of one."""
_PLAIN_BELOW_AUTH = ("type", "region", "profile", "scope", "scopes", "project", "location", "file", "path")
_REFERENCES = re.compile(r"\$\{[A-Za-z_]\w*\}|\$[A-Z_][A-Z0-9_]*", re.ASCII)
_SCHEME = re.compile(r"(?:bearer|basic|token|)\s*", re.IGNORECASE)
_USER = re.compile(r"(?<=://)[^/\s@$]+(?=@)")
_QUERY = re.compile(r"(?<=[?&])((?:key|api_key|api-key|apikey|token|access_token|sig|signature|code)=)[^&\s$]+", re.I)


class StillMaskedError(ValueError):
    """A mask where there was no secret; `path` is where."""

    def __init__(self, path: KeyPath) -> None:
        super().__init__(f"{show_path(path)} is masked, and there is no secret that it could stand for")
        self.path = path


def masked(value: Any, path: KeyPath = ()) -> Any:
    """`value`, which stands at `path` of a configuration, with its secrets masked."""
    if isinstance(value, dict):
        return {key: masked(item, (*path, key)) for key, item in value.items()}
    if isinstance(value, list):
        return [masked(item, (*path, number)) for number, item in enumerate(value)]
    return _masked_text(value, path) if isinstance(value, str) else value


def unmasked(value: Any, old: Any, path: KeyPath = ()) -> Any:
    """`value` with each masked secret as it is in `old`, which was shown `masked`. Providers and keys are found again
    by their names, other items of lists by their places. Raises `StillMaskedError`."""
    if isinstance(value, dict):
        before = old if isinstance(old, dict) else {}
        return {key: unmasked(item, before.get(key), (*path, key)) for key, item in value.items()}
    if isinstance(value, list):
        earlier = old if isinstance(old, list) else []
        return [
            unmasked(item, _counterpart(item, number, value, earlier), (*path, number))
            for number, item in enumerate(value)
        ]
    if not isinstance(value, str) or MASK not in value:
        return value
    if isinstance(old, str) and value in (old, masked(old, path)):
        return old
    raise StillMaskedError(path)


def _counterpart(item: Any, number: int, items: list[Any], old: list[Any]) -> Any:
    """What an item of a list was before: of its name, or where nothing has one, at its place in a list as long."""
    if isinstance(item, dict) and "name" in item:
        named = next((one for one in old if isinstance(one, dict) and one.get("name") == item["name"]), None)
        if named is not None:
            return named
        here = old[number] if number < len(old) and isinstance(old[number], dict) else None
        names = {one.get("name") for one in items if isinstance(one, dict)}
        return here if here is not None and here.get("name") not in names else None
    return old[number] if len(old) == len(items) else None


def _masked_text(text: str, path: KeyPath) -> str:
    if not _is_secret(path, text):
        return _QUERY.sub(rf"\1{MASK}", _USER.sub(MASK, text))
    literal = _REFERENCES.sub("", text)
    return text if _SCHEME.fullmatch(literal) else MASK


def _is_secret(path: KeyPath, text: str) -> bool:
    names = [fold(part) for part in path if isinstance(part, str)]
    if not names:
        return False
    last, above = names[-1], names[:-1]
    if "auth" in names and (last.endswith(_PLAIN_BELOW_AUTH) or text.lower().replace("-", "_") in AUTH_TYPES):
        return False
    if last == "key":
        return not above or above[-1] in _KEYS_OF
    return last.endswith(_ENDS) or any(name in _WHOLE for name in names)
