"""Reads `auth`: how a provider's credential is got where it is not a plain key."""

from collections.abc import Callable, Mapping
from typing import Any

from .aws import read_aws
from .factory import read_factory
from .google import read_google
from .kiro import read_kiro
from .oauth import read_oauth
from .schema import AUTH_TYPES, Auth
from .sections import Entry, Reader, did_you_mean

Options = dict[str, Any]


def read_auth(reader: Reader, entry: Entry | None, *, secrets: bool) -> Auth | None:
    """`auth: "passthrough"` or `auth: {type, …options}`; the type is no secret, the options are."""
    if entry is None:
        return None
    whole = {"type": entry.value} if isinstance(entry.value, str) else entry.value
    if not isinstance(whole, dict) or not isinstance(whole.get("type"), str):
        reader.problem(entry.path, f"must be an object with a type: one of {', '.join(AUTH_TYPES)}")
        return None
    name = whole["type"].lower().replace("-", "_")
    if name not in AUTH_TYPES:
        # It may be a key that was put there, and is not repeated.
        near = did_you_mean(name, AUTH_TYPES)
        must = f"{' It' if near else ';'} must be one of {', '.join(AUTH_TYPES)}; a key goes to api_key"
        reader.problem(entry.path, f"unknown type{near}{must}")
    reader.warn_no_effect(f"Providers[].auth.{name}", entry.path)
    return Auth(name, _READERS.get(name, _plain)(reader, entry._replace(value=whole)) if secrets else {})


def _oauth(reader: Reader, entry: Entry) -> Options:
    read = read_oauth(reader, entry, "oauth")
    return {"oauth": read} if read else {}


def _client_credentials(reader: Reader, entry: Entry) -> Options:
    read = read_oauth(reader, entry, "client_credentials")
    return {"oauth": read} if read else {}


def _factory(reader: Reader, entry: Entry) -> Options:
    return {"factory": read_factory(reader, entry)}


def _aws(reader: Reader, entry: Entry) -> Options:
    return {"aws": read_aws(reader, entry)}


def _kiro(reader: Reader, entry: Entry) -> Options:
    return {"kiro": read_kiro(reader, entry)}


def _google(reader: Reader, entry: Entry) -> Options:
    return {"google": read_google(reader, entry)}


def _plain(reader: Reader, entry: Entry) -> Options:
    """The options as they stand, for types that look at them when they are used."""
    options = {key: value for key, value in entry.value.items() if key != "type"}
    return reader.convert(entry._replace(value=options), Options, {})


_READERS: Mapping[str, Callable[[Reader, Entry], Options]] = {
    "oauth": _oauth,
    "client_credentials": _client_credentials,
    "factory": _factory,
    "aws": _aws,
    "kiro": _kiro,
    "google": _google,
}
