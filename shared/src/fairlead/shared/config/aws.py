"""Reads the options of `auth` of the type `aws`: keys written down, or where Amazon's own tools keep them."""

import re

import msgspec

from .schema import Secret
from .sections import Entry, Reader, Section

AWS = Section(
    "Providers[].auth",
    ("type", "access_key_id", "secret_access_key", "session_token", "region", "profile", "service"),
    {"aws_access_key_id": "access_key_id", "aws_secret_access_key": "secret_access_key"},
)
_WORD = re.compile(r"[A-Za-z0-9-]*\Z")


class AwsLogin(msgspec.Struct, frozen=True):
    """Whose request it is. Without a key Amazon's own ways are gone: environment, `profile`, container, machine.

    `region` None: as the provider's host says, else as those ways do. `service`: the name requests are signed for, None
    as the host says.
    """

    access_key_id: str | None = None
    secret_access_key: Secret | None = None
    session_token: Secret | None = None
    region: str | None = None
    profile: str | None = None
    service: str | None = None


def read_aws(reader: Reader, entry: Entry) -> AwsLogin:
    """The faults have been said."""
    entries = reader.members(AWS, entry)
    login = AwsLogin(
        access_key_id=reader.text(entries, "access_key_id"),
        secret_access_key=_secret(reader.text(entries, "secret_access_key")),
        session_token=_secret(reader.text(entries, "session_token")),
        region=reader.text(entries, "region"),
        profile=reader.text(entries, "profile"),
        service=reader.text(entries, "service"),
    )
    # One whose variable is not set counts as given: that has been said already.
    if ("access_key_id" in entries) != ("secret_access_key" in entries):
        missing = "secret_access_key" if "access_key_id" in entries else "access_key_id"
        reader.problem((*entry.path, missing), "missing; access_key_id and secret_access_key go together")
    if "access_key_id" in entries and "profile" in entries:
        reader.problem(entries["profile"].path, "names other keys than access_key_id does; leave one of them out")
    if "session_token" in entries and "access_key_id" not in entries:
        reader.problem(entries["session_token"].path, "is of no use without access_key_id and secret_access_key")
    for name, value in (("region", login.region), ("service", login.service)):
        if value and not _WORD.match(value):
            reader.problem(entries[name].path, "must be a name such as us-east-1 or bedrock")
    return login


def _secret(text: str | None) -> Secret | None:
    return Secret(text) if text else None
