"""Reads the options of `auth` of the type `kiro`: where the login of Kiro's own client is, and how it is renewed."""

import msgspec

from .oauth import fault_of_token_url
from .sections import Entry, Reader, Section

KIRO = Section("Providers[].auth", ("type", "auth_file", "token_url"))
AUTH_FILE = "~/.aws/sso/cache/kiro-auth-token.json"


class KiroAuth(msgspec.Struct, frozen=True):
    """`token_url` None: as the file says by its way of logging in and its region."""

    auth_file: str = AUTH_FILE
    token_url: str | None = None


def read_kiro(reader: Reader, entry: Entry) -> KiroAuth:
    """The faults have been said."""
    entries = reader.members(KIRO, entry)
    token_url = reader.text(entries, "token_url")
    if token_url and (fault := fault_of_token_url(token_url)):
        reader.problem(entries["token_url"].path, fault)
    return KiroAuth(reader.text(entries, "auth_file") or AUTH_FILE, token_url)
