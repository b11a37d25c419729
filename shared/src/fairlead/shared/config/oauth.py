"""Reads the options of `auth` that get access tokens from a token endpoint: `oauth` and `client_credentials`."""

import re
from collections.abc import Mapping
from typing import Literal

import msgspec

from . import urls
from .schema import Seconds, Secret
from .sections import Entries, Entry, Reader, Section

OAUTH = Section(
    "Providers[].auth",
    (
        "type",
        "token_url",
        "client_id",
        "client_secret",
        "client_secret_file",
        "refresh_token",
        "refresh_token_file",
        "scope",
        "auth_method",
        "params",
        "lifetime_s",
    ),
)
LIFETIME_S = 3600.0
METHODS = ("client_secret_basic", "client_secret_post", "none")
_PLAIN = re.compile(r"[\x20-\x7e]*\Z")


class SecretSource(msgspec.Struct, frozen=True):
    """A secret: its text, or the path of the file that holds it, which may change. `name`: where people find it."""

    name: str
    value: Secret | None = None
    file: str | None = None


class OAuth(msgspec.Struct, frozen=True):
    """How access tokens are got (RFC 6749): with the refresh token, or where there is none as the client itself.

    `auth_method`: one of `METHODS`, how the client proves itself. `params` are sent besides. `lifetime_s`: how long a
    token lives that does not say.
    """

    token_url: str
    client_id: str
    client_secret: SecretSource | None = None
    refresh_token: SecretSource | None = None
    scope: str | None = None
    auth_method: str = "none"
    params: Mapping[str, Secret] = {}
    lifetime_s: float = LIFETIME_S


def read_oauth(reader: Reader, entry: Entry, kind: Literal["oauth", "client_credentials"]) -> OAuth | None:
    """None when something is wrong, or a variable is not set; it has been said."""
    entries = reader.members(OAUTH, entry)
    before = len(reader.problems)
    token_url, client_id = _token_url(reader, entries, entry), _needed(reader, entries, entry, "client_id")
    secret = _secret(reader, entries, "client_secret")
    refresh = _secret(reader, entries, "refresh_token")
    if kind == "oauth" and not _any(entries, "refresh_token"):
        reader.problem((*entry.path, "refresh_token"), "missing; give it, or refresh_token_file")
    if kind == "client_credentials" and not _any(entries, "client_secret"):
        reader.problem((*entry.path, "client_secret"), "missing; give it, or client_secret_file")
    if kind == "client_credentials" and _any(entries, "refresh_token"):
        reader.problem((*entry.path, "refresh_token"), 'is for the type "oauth"')
    method = _method(reader, entries, secret)
    scope = _scope(reader, entries)
    lifetime = reader.get(entries, "lifetime_s", Seconds, LIFETIME_S)
    params = {name: Secret(value) for name, value in reader.texts(entries, "params").items()}
    if len(reader.problems) > before or token_url is None or client_id is None:
        return None
    return OAuth(token_url, client_id, secret, refresh, scope, method, params, lifetime)


def fault_of_token_url(url: str) -> str | None:
    """What is wrong with the URL of a token endpoint, or None. Secrets go there, so it is encrypted or one's own."""
    fault = urls.fault_of(url)
    if fault is None and url.startswith("http://") and not urls.is_ones_own(url):
        return "must begin with https://, since secrets are sent there"
    return fault


def _any(entries: Entries, key: str) -> bool:
    return key in entries or f"{key}_file" in entries


def _needed(reader: Reader, entries: Entries, entry: Entry, key: str) -> str | None:
    text = (reader.text(entries, key) or "").strip()
    if not text and (key not in entries or entries[key].value == ""):
        reader.problem((*entry.path, key), "missing; the operator of the token endpoint gives it")
    return text or None


def _token_url(reader: Reader, entries: Entries, entry: Entry) -> str | None:
    url = _needed(reader, entries, entry, "token_url")
    if url is not None and (fault := fault_of_token_url(url)):
        reader.problem(entries["token_url"].path, fault)
        return None
    return url


def _secret(reader: Reader, entries: Entries, key: str) -> SecretSource | None:
    """`key`, or the file that `key`_file names."""
    in_file = f"{key}_file"
    if key in entries and in_file in entries:
        reader.problem(entries[in_file].path, f"is given beside {key}; keep one")
    value = (reader.text(entries, key) or "").strip()
    if value and not _PLAIN.match(value):
        reader.problem(entries[key].path, "must be one line of plain ASCII")
    if value:
        return SecretSource(f"auth.{key}", Secret(value))
    file = reader.text(entries, in_file)
    return SecretSource(file, file=reader.in_home(file)) if file else None


def _method(reader: Reader, entries: Entries, secret: SecretSource | None) -> str:
    method = reader.text(entries, "auth_method") or (METHODS[0] if secret else METHODS[-1])
    if method not in METHODS:
        reader.problem(entries["auth_method"].path, f"must be one of {', '.join(METHODS)}")
    elif method != "none" and secret is None and not _any(entries, "client_secret"):
        reader.problem(entries["auth_method"].path, f"{method} needs a client_secret")
    return method


def _scope(reader: Reader, entries: Entries) -> str | None:
    """One text, or a list of scopes."""
    given: str | list[str] | None = reader.get(entries, "scope", str | list[str] | None, None)
    scope = " ".join(given) if isinstance(given, list) else given
    if scope is not None and not _PLAIN.match(scope):
        reader.problem(entries["scope"].path, "must be plain ASCII")
    return scope or None
