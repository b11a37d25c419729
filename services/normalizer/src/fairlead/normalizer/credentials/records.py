"""A login's record as text, and the files of others: what is written, and what is made of whatever is found."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct, structs

from fairlead.shared.config.schema import Secret

from .tokens import Begun, Record, Token, digest, stated_expiry

LARGEST = 64 * 1024
"""Bytes of a record or of Factory's file; they have a few thousand."""
_LAST_UPDATED = "last_updated"


class _Written(Struct, omit_defaults=True):
    """A record on disk or in Redis. The names are those of RFC 6749; times are Unix seconds."""

    refresh_token: str | None = None
    access_token: str | None = None
    expires_at: float = 0.0
    renewed_at: float = 0.0
    refresh_begun_at: float | None = None
    refresh_begun_with: str = ""
    seed: str = ""
    generation: int = 0
    purpose: str = ""


def write(record: Record) -> bytes:
    """As JSON that `read` makes the same record of."""
    token, begun = record.token, record.begun
    written = _Written(
        refresh_token=record.refresh.value if record.refresh else None,
        access_token=token.access.value if token else None,
        expires_at=token.expires_at if token else 0.0,
        renewed_at=token.renewed_at if token else 0.0,
        refresh_begun_at=begun.at if begun else None,
        refresh_begun_with=begun.digest if begun else "",
        seed=record.seed,
        generation=record.generation,
        purpose=record.purpose,
    )
    return msgspec.json.format(msgspec.json.encode(written), indent=2) + b"\n"


def read(text: bytes) -> Record | None:
    """None for what is no record, such as a file that was cut short."""
    try:
        written = _written.decode(text)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    access, begun_at = written.access_token, written.refresh_begun_at
    return Record(
        refresh=Secret(written.refresh_token) if written.refresh_token else None,
        token=Token(Secret(access), written.expires_at, written.renewed_at) if access else None,
        begun=Begun(written.refresh_begun_with, begun_at) if begun_at is not None else None,
        seed=written.seed,
        generation=written.generation,
        purpose=written.purpose,
    )


def read_auth_json(text: bytes, lifetime: float) -> Record | None:
    """Factory's `auth.json`, `{access_token, refresh_token, last_updated, …}`, as a record; None where it holds no
    login. The token counts until it says it ends, else `lifetime` seconds from `last_updated`."""
    fields = _fields(text)
    refresh, access = _text(fields.get("refresh_token")), _text(fields.get("access_token"))
    if refresh is None and access is None:
        return None
    updated = _moment(fields.get(_LAST_UPDATED))
    token = None
    if access is not None:
        stated = stated_expiry(access)
        token = Token(Secret(access), updated + lifetime if stated is None else stated, updated)
    return Record(refresh=Secret(refresh) if refresh else None, token=token)


def write_auth_json(text: bytes, record: Record) -> bytes:
    """The file with the record's tokens; every other field stays as it is, in its place."""
    fields = _fields(text)
    token = record.token
    if record.refresh is not None:
        fields["refresh_token"] = record.refresh.value
    if token is not None:
        fields["access_token"] = token.access.value
        fields[_LAST_UPDATED] = _written_moment(token.renewed_at)
    return msgspec.json.format(msgspec.json.encode(fields), indent=2) + b"\n"


class KiroLogin(Struct, rename="camel"):
    """What Kiro's file says of how its token is renewed."""

    auth_method: str = "social"
    region: str = "us-east-1"
    client_id: str | None = None
    client_secret: str | None = None


def read_kiro(text: bytes) -> Record | None:
    """Kiro's `kiro-auth-token.json`, `{accessToken, refreshToken, expiresAt, …}`, as a record; None where it holds no
    login."""
    fields = _fields(text)
    refresh, access = _text(fields.get("refreshToken")), _text(fields.get("accessToken"))
    if refresh is None and access is None:
        return None
    ends = _moment(fields.get(_EXPIRES_AT))
    token = Token(Secret(access), ends, max(0.0, ends - _KIRO_LIFE_S)) if access else None
    return Record(refresh=Secret(refresh) if refresh else None, token=token)


def write_kiro(text: bytes, record: Record) -> bytes:
    """The file with the record's tokens; every other field stays as it is, in its place."""
    fields = _fields(text)
    if record.refresh is not None:
        fields["refreshToken"] = record.refresh.value
    if record.token is not None:
        fields["accessToken"] = record.token.access.value
        fields[_EXPIRES_AT] = _written_moment(record.token.expires_at)
    return msgspec.json.format(msgspec.json.encode(fields), indent=2) + b"\n"


def kiro_login(text: bytes) -> KiroLogin:
    """How the file's login is renewed; what is odd about it is left at what is usual."""
    try:
        return msgspec.json.decode(text, type=KiroLogin)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return KiroLogin()


_EXPIRES_AT = "expiresAt"
_KIRO_LIFE_S = 3600.0
"""A token of Kiro's lives for an hour."""


def beside(foreign: Record | None, own: Record | None) -> Record | None:
    """What counts where another program's file and a record of ours tell of one login: the file, with our note that
    its refresh token was about to be spent; but our record where it began with what still stands in the file, since
    then the file could not be written."""
    if foreign is None or own is None:
        return foreign
    if instead(foreign, own):
        return own
    begun = own.begun if own.begun and own.begun.digest == digest(foreign.refresh) else None
    return structs.replace(foreign, begun=begun)


def instead(foreign: Record, own: Record) -> bool:
    """Whether our record goes on where the file, which could not be written, has stopped."""
    return bool(own.seed) and own.seed == digest(foreign.refresh)


def _fields(text: bytes) -> dict[str, Any]:
    try:
        fields = msgspec.json.decode(text)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


def _text(value: Any) -> str | None:
    """Text that may go into a header."""
    text = value.strip() if isinstance(value, str) else ""
    return text if text and text.isascii() and text.isprintable() else None


def _written_moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _moment(value: Any) -> float:
    """Unix seconds of an ISO 8601 time; 0 for anything else."""
    try:
        moment: datetime = msgspec.convert(value, datetime)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (msgspec.ValidationError, OverflowError, ValueError):
        return 0.0


_written = msgspec.json.Decoder(_Written)
