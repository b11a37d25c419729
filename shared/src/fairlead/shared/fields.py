"""Takes the fields of a JSON object one by one and knows which are left: what a dialect has no name for is kept."""

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Raw

from fairlead.shared.codec import decode_field
from fairlead.shared.conversation import Extras

NULL = Raw(b"null")
"""To compare a field with: that looks at no more of it than its length."""
_UNDERSCORED = re.compile(r"(?<=[a-z0-9])_([a-z])")


def camel(name: str) -> str:
    """A field's name as we write it."""
    return _UNDERSCORED.sub(lambda found: found[1].upper(), name) if "_" in name else name


class FieldReader:
    """One object's `fields`, each gone once it is taken. `path` names the object in errors; "" for the body itself."""

    def __init__(self, fields: Mapping[str, Raw], path: str = "") -> None:
        self.fields = dict(fields)
        self._path = path

    def raw(self, name: str) -> Raw | None:
        """A field as it was written."""
        return self.fields.pop(name, None)

    def need(self, name: str, kind: Any) -> Any:
        """A field that must be there. Raises FailureError (BAD_REQUEST) with its path when it is misshapen."""
        return decode_field(self.fields.pop(name), kind, self._path + name)

    def take(self, name: str, kind: Any, default: Any = None) -> Any:
        """A field that may be left out, or be null. Raises FailureError (BAD_REQUEST) with its path."""
        raw = self.fields.pop(name, None)
        taken = None if raw is None else decode_field(raw, kind | None, self._path + name)
        return default if taken is None else taken

    def inner(self, name: str) -> "FieldReader":
        """An object's own fields; none where there is no such object."""
        return FieldReader(self.take(name, dict[str, Raw], {}), f"{self._path}{name}.")

    def rest(self, dialect: str) -> Extras | None:
        """What is left, as fields that only `dialect` has words for."""
        return Extras(dialect, self.fields) if self.fields else None
