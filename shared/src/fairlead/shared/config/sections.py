"""Reads the keys of one object of a configuration: every spelling of a key, its type, and what is left over."""

import difflib
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

import msgspec

from .document import Document
from .environment import Missing, interpolate_all
from .findings import Finding, KeyPath
from .never import no_effect

T = TypeVar("T")
S = TypeVar("S", bound=msgspec.Struct)


class Entry(NamedTuple):
    """A value as written, where it stands, and the section and key it was recognised as."""

    value: Any
    path: KeyPath
    qualified: str


Entries = dict[str, Entry]


def fold(key: str) -> str:
    """What two spellings of one key have in common: `api_base_url`, `apiBaseUrl` and `API_BASE_URL` are one key."""
    return key.replace("_", "").replace("-", "").lower()


def nearest(word: str, known: Iterable[str], *, alike: float = 0.6) -> str | None:
    """The known name that `word` is most likely a slip of; `alike` is difflib's ratio, 1 for equal."""
    by_fold = {fold(name): name for name in known}
    close = difflib.get_close_matches(fold(word), by_fold, n=1, cutoff=alike)
    return by_fold[close[0]] if close else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    near = nearest(word, known)
    return f"; did you mean {near}?" if near else ""


class Section:
    """The keys an object may have. `prefix` names the object in `never.NEVER`; aliases fold like keys do."""

    def __init__(self, prefix: str, keys: Iterable[str], aliases: Mapping[str, str] | None = None) -> None:
        self.prefix = prefix
        self.keys = tuple(keys)
        self.canonical = {fold(key): key for key in self.keys}
        self.canonical |= {fold(alias): key for alias, key in (aliases or {}).items()}


class Reader:
    """Reads one document and keeps what there is to say about it."""

    def __init__(self, document: Document, env: Mapping[str, str]) -> None:
        self.document = document
        self.env = env
        self.problems: list[Finding] = []
        self.warnings: list[Finding] = []
        self.slips: list[Finding] = []
        """Warnings of keys that are likely meant to be others, which may be why those are missing."""
        self.missing: list[Missing] = []
        self._said: set[str] = set()

    def problem(self, path: KeyPath, message: str) -> None:
        self.problems.append(self.document.find(path, message))

    def warn(self, path: KeyPath, message: str) -> None:
        self.warnings.append(self.document.find(path, message))

    def warn_once(self, subject: str, path: KeyPath, message: str) -> None:
        """One warning a file for each subject, at the first place it turns up."""
        if subject not in self._said:
            self._said.add(subject)
            self.warn(path, message)

    def warn_no_effect(self, qualified: str, path: KeyPath) -> None:
        """Says once that this version does not act on a key."""
        if sentence := no_effect(qualified):
            self.warn_once(qualified, path, sentence)

    def entries(
        self, section: Section, value: Mapping[str, Any], path: KeyPath, *, suggest: Iterable[str] = ()
    ) -> Entries:
        """The keys that were recognised; null is as good as absent. Warns of the others, and of a key given twice.

        `suggest` are keys that are legal here and read elsewhere.
        """
        found: Entries = {}
        for key, item in value.items():
            at = (*path, key)
            canonical = section.canonical.get(fold(key))
            if canonical is None:
                suggestion = did_you_mean(key, (*section.keys, *suggest))
                self.warn(at, f"unknown key, ignored{suggestion}")
                self.slips += self.warnings[-1:] if suggestion else ()
            elif canonical in found:
                other = found[canonical].path[-1]
                kept = key if key == canonical else other
                self.warn(at, f"{other} and {key} are two spellings of one key; {kept} is used")
                if key == canonical:
                    found[canonical] = found[canonical]._replace(value=item, path=at)
            elif item is not None:
                qualified = f"{section.prefix}.{canonical}" if section.prefix else canonical
                found[canonical] = Entry(item, at, qualified)
                if item:  # switched off or empty, it had no effect anywhere
                    self.warn_no_effect(qualified, at)
        return found

    def members(self, section: Section, entry: Entry) -> Entries:
        """`entries` of an object inside the document; says so when it is none."""
        if not isinstance(entry.value, dict):
            self.problem(entry.path, f"must be an object, not {_noun(entry.value)}")
            return {}
        return self.entries(section, entry.value, entry.path)

    def items(self, entry: Entry) -> list[Entry]:
        """The items of a list inside the document; says so when it is none."""
        if not isinstance(entry.value, list):
            self.problem(entry.path, f"must be a list, not {_noun(entry.value)}")
            return []
        return [Entry(item, (*entry.path, number), entry.qualified) for number, item in enumerate(entry.value)]

    def objects(self, entry: Entry | None) -> list[Entry]:
        """The items of a list of objects; says which of them are none."""
        items = self.items(entry) if entry else []
        for item in items:
            if not isinstance(item.value, dict):
                self.problem(item.path, f"must be an object, not {_noun(item.value)}")
        return [item for item in items if isinstance(item.value, dict)]

    def struct(self, kind: type[S], entry: Entry | None) -> S:
        """A struct of plain fields and of further such structs, each key named for its field."""
        if entry is None:
            return kind()
        fields = {field.name: field for field in msgspec.structs.fields(kind)}
        entries = self.members(Section(entry.qualified, fields), entry)
        return kind(**{name: self._field(entries, fields[name]) for name in entries})

    def _field(self, entries: Entries, field: msgspec.structs.FieldInfo) -> Any:
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            return self.struct(field.type, entries[field.name])
        return self.get(entries, field.name, field.type, field.default)

    def get(self, entries: Entries, key: str, kind: Any, default: T) -> T:
        """The value of `key` as `kind`, its variables filled in; `default` when absent or of a wrong type."""
        entry = entries.get(key)
        return default if entry is None else self.convert(entry, kind, default)

    def text(self, entries: Entries, key: str) -> str | None:
        return self.get(entries, key, str, None)

    def texts(self, entries: Entries, key: str) -> dict[str, str]:
        """An object of texts under keys of the user's own."""
        entry = entries.get(key)
        if entry is None or not isinstance(entry.value, dict):
            return self.get(entries, key, dict[str, str], {})
        members = (Entry(item, (*entry.path, name), entry.qualified) for name, item in entry.value.items())
        return {str(member.path[-1]): self.convert(member, str, "") for member in members}

    def in_home(self, path: str) -> str:
        """A path that may begin with `~/`, the home directory of the environment."""
        home = self.env.get("HOME", "")
        return home + path[1:] if home and path.startswith("~/") else path

    def convert(self, entry: Entry, kind: Any, default: T) -> T:
        """As `get`. Empty text is as good as absent: configuration editors write "" for what is not set."""
        value, missing = interpolate_all(entry.value, self.env, entry.path)
        if missing:
            # A variable that only serves a key without effect may be unset.
            self.missing += missing if no_effect(entry.qualified) is None else ()
            return default
        if value == "":
            return default
        try:
            # Not strict: a number may come as text, out of a variable.
            result: T = msgspec.convert(value, kind, strict=False)
        except msgspec.ValidationError as error:
            where, message = explain(str(error))
            self.problem((*entry.path, *where), message)
            return default
        if isinstance(result, float) and not math.isfinite(result):
            self.problem(entry.path, "must be a finite number")
            return default
        return result


_AT = re.compile(r" - at `\$(?P<where>.*)`\Z")
_STEP = re.compile(r"\.(?P<name>\w+)|\[(?P<number>\d+)\]")
_EXPECTED = re.compile(r"Expected `(?P<wanted>[^`]+)`, got `(?P<got>[^`]+)`")
_BOUND = re.compile(r"Expected `[^`]+` (?P<sign><=|>=|<|>) (?P<bound>\S+)")
_UNKNOWN_FIELD = re.compile(r"Object contains unknown field `(?P<name>.*)`")
_NOUNS = {
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
_JSON_NOUNS = {type(None): "null", bool: "true or false", str: "text", list: "a list", dict: "an object"}
_BOUNDS = {"<=": "at most", ">=": "at least", "<": "less than", ">": "more than"}


def _noun(value: Any) -> str:
    return _JSON_NOUNS.get(type(value), "a number")


def explain(message: str) -> tuple[KeyPath, str]:
    """msgspec's words for a wrong value as a path below that value and a sentence for people."""
    at = _AT.search(message)
    steps = _STEP.finditer(at["where"]) if at else ()
    where = tuple(step["name"] or int(step["number"]) for step in steps)
    if expected := _EXPECTED.match(message):
        wanted, got = (
            " or ".join(
                _NOUNS.get(name, name) for name in expected[side].split(" | ") if name != "null" or side == "got"
            )
            for side in ("wanted", "got")
        )
        return where, f"must be {wanted}, not {got}"
    if bound := _BOUND.match(message):
        return where, f"must be {_BOUNDS[bound['sign']]} {bound['bound'].removesuffix('.0')}"
    if unknown := _UNKNOWN_FIELD.match(message):
        return (*where, unknown["name"]), "unknown key"
    return where, _AT.sub("", message)
