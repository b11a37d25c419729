"""Reads the options of `auth` of the type `google`: a service account, a login of gcloud, or where Google's tools look.

What is not written down stands in the variables that Google's own tools and Claude Code read.
"""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from . import vertex
from .oauth import SecretSource
from .schema import Auth, Secret
from .sections import Entries, Entry, Reader, Section

GOOGLE = Section(
    "Providers[].auth",
    ("type", "credentials_file", "credentials", "scopes", "project", "location", "quota_project"),
    {
        "service_account_file": "credentials_file",
        "key_file": "credentials_file",
        "scope": "scopes",
        "project_id": "project",
        "region": "location",
        "quota_project_id": "quota_project",
    },
)
CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform"
_FILE = ("GOOGLE_APPLICATION_CREDENTIALS",)
_PROJECT = ("GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT", "ANTHROPIC_VERTEX_PROJECT_ID")
_LOCATION = ("GOOGLE_CLOUD_LOCATION", "CLOUD_ML_REGION")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:-]*\Z")
_SCOPE = re.compile(r"[\x21-\x7e]+\Z")


class GoogleLogin(msgspec.Struct, frozen=True):
    """Whose calls they are. `credentials`: the JSON that Google gives out, or its file; None: what
    `gcloud auth application-default login` has left, else the machine's own.

    `project` and `location` are for addresses that name them; `quota_project` is the one that calls are charged to.
    """

    credentials: SecretSource | None = None
    scopes: tuple[str, ...] = (CLOUD_PLATFORM,)
    project: str | None = None
    location: str | None = None
    quota_project: str | None = None


def read_google(reader: Reader, entry: Entry) -> GoogleLogin:
    """The faults have been said."""
    entries = reader.members(GOOGLE, entry)
    if "credentials" in entries and "credentials_file" in entries:
        reader.problem(entries["credentials"].path, "is given beside credentials_file; keep one")
    found = _from_environment(reader)
    return msgspec.structs.replace(
        found,
        credentials=_credentials(reader, entries) or found.credentials,
        scopes=_scopes(reader, entries),
        project=_name(reader, entries, "project") or found.project,
        location=_name(reader, entries, "location") or found.location,
        quota_project=_name(reader, entries, "quota_project"),
    )


VERSIONS: Mapping[str, str] = {"vertex-gemini": "v1beta1", "vertex-claude": "v1"}
"""The types of providers at Vertex, and the version of the API that each is asked at unless its URL says another."""
_KEYED = frozenset({"vertex-gemini"})
"""Those that take an API key in place of a project."""


class Access(NamedTuple):
    """Where a provider at Vertex stands, and by what it is reached."""

    url: str
    keys: tuple[Secret, ...]
    auth: Auth | None


def at_vertex(reader: Reader, kind: str, given: Access, *, otherwise: bool) -> Access:
    """What is given, completed. `otherwise`: a credential stands elsewhere, in a header or a file of keys.

    claude-code-router's users write the file of a service account, or its JSON, as `api_key`. Where nothing is said,
    Google's own ways are gone.
    """
    url, keys, auth = given
    around = _from_environment(reader)
    if auth is None and (source := _first(reader, keys)) is not None:
        keys, auth = (), _auth(msgspec.structs.replace(around, credentials=source))
    elif auth is None and not keys and not otherwise:
        auth = _auth(around)
    login: GoogleLogin = auth.options.get("google", around) if auth else around
    if keys and kind in _KEYED and login.project is None and not vertex.names_project(url):
        return Access(vertex.keyed(url, VERSIONS[kind]), keys, auth)
    return Access(vertex.placed(url, VERSIONS[kind], login.project, login.location), keys, auth)


def _auth(login: GoogleLogin) -> Auth:
    return Auth("google", {"google": login})


def _first(reader: Reader, keys: Iterable[Secret]) -> SecretSource | None:
    return next((source for key in keys if (source := _written(reader, "api_key", key.value))), None)


def _from_environment(reader: Reader) -> GoogleLogin:
    file = _variable(reader, _FILE)
    return GoogleLogin(
        SecretSource(_FILE[0], file=reader.in_home(file)) if file else None,
        project=_named(reader, _PROJECT),
        location=_named(reader, _LOCATION),
    )


def _variable(reader: Reader, names: Iterable[str]) -> str | None:
    return next((value for name in names if (value := reader.env.get(name, "").strip())), None)


def _named(reader: Reader, names: Iterable[str]) -> str | None:
    """A variable that holds no name is somebody else's."""
    value = _variable(reader, names)
    return value if value and _NAME.match(value) else None


def _credentials(reader: Reader, entries: Entries) -> SecretSource | None:
    file = (reader.text(entries, "credentials_file") or "").strip()
    if file:
        return SecretSource(file, file=reader.in_home(file))
    text = (reader.text(entries, "credentials") or "").strip()
    if not text:
        return None
    source = _written(reader, "auth.credentials", text)
    if source is None:
        reader.problem(entries["credentials"].path, "must be the JSON of a service account or login, or its file")
    return source


def _written(reader: Reader, name: str, text: str) -> SecretSource | None:
    if text.startswith("{"):
        return SecretSource(name, Secret(text))
    if text.endswith(".json") or text.startswith(("/", "~/", "./")):
        return SecretSource(text, file=reader.in_home(text))
    return None


def _scopes(reader: Reader, entries: Entries) -> tuple[str, ...]:
    """A list, or one text with spaces between them."""
    given: str | list[str] = reader.get(entries, "scopes", str | list[str], [])
    scopes = tuple(given.split() if isinstance(given, str) else given)
    if not all(map(_SCOPE.match, scopes)):
        reader.problem(entries["scopes"].path, f"must be scopes such as {CLOUD_PLATFORM}")
    return scopes or (CLOUD_PLATFORM,)


def _name(reader: Reader, entries: Entries, key: str) -> str | None:
    value = (reader.text(entries, key) or "").strip()
    if value and not _NAME.match(value):
        reader.problem(entries[key].path, "must be a name such as my-project-1 or us-east5")
    return value or None
