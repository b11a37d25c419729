"""Reads `client_keys`: who may use the services, each with a name, and what each may use of them."""

import re
from datetime import UTC, date, datetime, time, timedelta

import msgspec

from .findings import KeyPath, show_path
from .schema import APIKEY_NAME, ClientKey, Count, Secret
from .sections import Entries, Entry, Reader, Section

CLIENT_KEY = Section("client_keys[]", ("name", "key", "models", "rpm", "tpm", "expires"))

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
"""Names stand in logs and as labels of figures."""


def read_client_keys(reader: Reader, apikey: Secret | None, entry: Entry | None) -> tuple[ClientKey, ...]:
    """All keys, that of `APIKEY` first; says which entries are wrong, and which share a name or a key."""
    first = ClientKey(APIKEY_NAME, apikey) if apikey else None
    given: list[tuple[ClientKey, KeyPath]] = [(first, ("APIKEY",))] if first else []
    for item in reader.objects(entry):
        read = _client_key(reader, item)
        if read is not None:
            given.append((read, item.path))
    _refuse_repeated(reader, given)
    return tuple(key for key, _ in given)


def _client_key(reader: Reader, entry: Entry) -> ClientKey | None:
    entries = reader.members(CLIENT_KEY, entry)
    name = (reader.text(entries, "name") or "").strip()
    if not _NAME.match(name):
        message = "must be up to 64 letters, digits, dots, dashes or underscores" if name else "missing"
        reader.problem((*entry.path, "name"), f"{message}; logs and metrics know a key by its name")
    value = (reader.text(entries, "key") or "").strip()
    if not value:
        # An unset variable has been noted, and is told in its own words.
        if "key" not in entries or entries["key"].value == "":
            reader.problem((*entry.path, "key"), "missing; give what the client sends, or the $VARIABLE that holds it")
        return None
    return ClientKey(
        name=name,
        key=Secret(value),
        models=tuple(reader.get(entries, "models", list[str], [])),
        rpm=reader.get(entries, "rpm", Count, None),
        tpm=reader.get(entries, "tpm", Count, None),
        expires=_moment(reader, entries),
    )


def _moment(reader: Reader, entries: Entries) -> float | None:
    """Unix seconds. A date is good to its end, a time without a zone is UTC."""
    text = reader.text(entries, "expires")
    if text is None:
        return None
    try:
        day: date = msgspec.convert(text, date)
        return datetime.combine(day + timedelta(days=1), time(), UTC).timestamp()
    except (msgspec.ValidationError, OverflowError):
        pass
    try:
        moment: datetime = msgspec.convert(text, datetime)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (msgspec.ValidationError, OverflowError):
        reader.problem(entries["expires"].path, "must be a date or a time such as 2027-01-31 or 2027-01-31T18:00:00Z")
        return None


def _refuse_repeated(reader: Reader, given: list[tuple[ClientKey, KeyPath]]) -> None:
    names: dict[str, KeyPath] = {}
    values: dict[str, KeyPath] = {}
    for key, path in given:
        for what, known, value in (("name", names, key.name), ("key", values, key.key.value)):
            other = known.setdefault(value, path)
            if other is not path:
                reader.problem((*path, what), f"the same {what} as {show_path(other)}; each client has its own")
