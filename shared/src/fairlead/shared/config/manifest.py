"""Reads the manifest of a preset of claude-code-router 2.0: what it tells of itself, asks for, and configures.

A manifest is JSON5: words about the preset, keys of a configuration, and what completes these. Answers to its `schema`
(`userValues`, else defaults) go where `#{id}` stands and where `configMappings` put them; `template` stands above keys
of the same name. Files that are named by relative paths lie in the preset's folder.
"""

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from .document import Document, read
from .findings import Finding, KeyPath
from .inputs import Input, Values, When, holds, values_of
from .masking import MASK
from .sections import Entry, Reader, did_you_mean, explain, fold

S = TypeVar("S", bound=Struct)

ABOUT = (
    *("name", "version", "description", "author", "homepage", "repository", "license", "keywords", "ccrVersion"),
    *("source", "sourceType", "checksum"),
)
_DYNAMIC = frozenset(map(fold, ("schema", "template", "configMappings", "userValues")))
_ABOUT = {fold(key): key for key in ABOUT}
_WITH_FILES = frozenset({"providers", "statusline"})
MOST = 200
"""Inputs, and mappings; people write a handful."""

MOST_FILLED_IN = 4 * 1024 * 1024
"""Characters of answers, at all their places together: as large as a manifest may be."""
_LEAST_SECRET = 4
"""Characters; shorter ones stand in every other word."""

_PLACE = re.compile(r"#\{(?P<id>[\w.\[\]-]+)\}")
_TARGET = re.compile(r"[^.\[\]]+(?:\.[^.\[\]]+|\[\d{1,6}\])*\Z")
_STEP = re.compile(r"(?P<name>[^.\[\]]+)|\[(?P<number>\d+)\]")


class Applied(Document, frozen=True):
    """What a manifest configures. `places`: where parts of it were written in `source`, by their path here. `secrets`
    are answers that stand in it wherever the manifest wants them, and in no finding."""

    source: Document
    places: dict[KeyPath, KeyPath]
    secrets: tuple[str, ...] = ()

    def find(self, path: KeyPath, message: str) -> Finding:
        for secret in self.secrets:
            message = message.replace(secret, MASK)
        at = path
        while at and at not in self.places:
            at = at[:-1]
        return self.source.find((*self.places.get(at, ()), *path[len(at) :]), message)


class Manifest(Struct, frozen=True):
    """`about` are its words about itself, `given` the answers it holds, `applied` what it configures with them.
    `problems`: what is wrong with its inputs and answers."""

    about: Mapping[str, Any]
    inputs: tuple[Input, ...]
    given: Values
    applied: Applied
    problems: tuple[Finding, ...] = ()


class _Mapping(Struct, frozen=True):
    target: str
    value: Any = None
    when: When = None


def read_manifest(text: str, *, file: str, folder: str, given: Values | None = None) -> Manifest:
    """`given`: answers in place of those in `userValues`. Raises `ConfigError` for a text that is no JSON5 object."""
    document = read(text, file=file)
    reader = Reader(document, {})
    top = {fold(key): Entry(value, (key,), key) for key, value in document.value.items() if value is not None}
    inputs = tuple([one for _, one in _structs(reader, top.get("schema"), Input)])
    answered = top.get("uservalues", _NONE)
    answers = _object(reader, answered) if given is None else given
    building = _Building(reader, inputs, answers, dynamic=not _DYNAMIC.isdisjoint(top))
    ids = {one.id for one in inputs}
    building.take(one for key, one in top.items() if key not in _DYNAMIC | _ABOUT.keys() and one.qualified not in ids)
    template = top.get("template", _NONE)
    building.take(Entry(value, (*template.path, key), key) for key, value in _object(reader, template).items())
    for entry, mapping in _structs(reader, top.get("configmappings"), _Mapping):
        building.map(mapping, entry.path)
    for place, value in answers.items():
        if "." in place or "[" in place:
            building.put(place, value, (*answered.path, place))
    applied = building.document(document, folder)
    about = {_ABOUT[key]: one.value for key, one in top.items() if key in _ABOUT}
    return Manifest(about, inputs, answers, applied, tuple(reader.problems))


def _structs(reader: Reader, entry: Entry | None, kind: type[S]) -> list[tuple[Entry, S]]:
    found: list[tuple[Entry, S]] = []
    items = reader.objects(entry)
    for item in items[:MOST]:
        try:
            found.append((item, msgspec.convert(item.value, kind)))
        except msgspec.ValidationError as error:
            where, message = explain(str(error))
            reader.problem((*item.path, *where), message)
    if entry is not None and len(items) > MOST:
        reader.problem(entry.path, f"has more than {MOST}")
    return found


_NONE = Entry({}, (), "")


def _object(reader: Reader, entry: Entry) -> dict[str, Any]:
    if not isinstance(entry.value, dict):
        reader.problem(entry.path, "must be an object")
        return {}
    return entry.value


class _Building:
    """A configuration that is put together out of a manifest. Without `dynamic` parts its texts stay as they are."""

    def __init__(self, reader: Reader, inputs: Iterable[Input], given: Values, *, dynamic: bool) -> None:
        self._reader = reader
        self._inputs = {one.id: one for one in inputs}
        self._values = values_of(self._inputs.values(), given)
        self._dynamic = dynamic
        self._value: dict[str, Any] = {}
        self._places: dict[KeyPath, KeyPath] = {}
        self._sizes = {id: len(_as_text(value)) for id, value in self._values.items()}
        self._filled_in = 0

    def document(self, source: Document, folder: str) -> Applied:
        """What it has come to."""
        value = {
            key: _in_folder(item, folder) if fold(key) in _WITH_FILES else item for key, item in self._value.items()
        }
        secrets = tuple([text for id, text in self._values.items() if self._is_secret(id, text)])
        return Applied(source.file, value, {(): 1}, source.repeated, source, self._places, secrets)

    def _is_secret(self, id: str, answer: Any) -> bool:
        """What is asked for as a password, or is not asked for at all; the name of a variable is none."""
        one = self._inputs.get(id)
        hidden = one is None or one.type == "password"
        return hidden and isinstance(answer, str) and len(answer) >= _LEAST_SECRET and not answer.startswith("$")

    def take(self, members: Iterable[Entry]) -> None:
        """Keys of a configuration, in place of what they said before."""
        for one in members:
            key = self._known(str(one.path[-1]))
            self._value[key] = self._filled(one.value, one.path)
            self._places = {path: place for path, place in self._places.items() if path[0] != key}
            self._places[key,] = one.path

    def map(self, mapping: _Mapping, path: KeyPath) -> None:
        """One of `configMappings`, where its condition holds and there is an answer to put there."""
        whole = _PLACE.fullmatch(mapping.value) if isinstance(mapping.value, str) else None
        if not holds(mapping.when, self._values) or (whole is not None and self._may_lack(whole["id"])):
            return
        self.put(mapping.target, self._filled(mapping.value, (*path, "value")), (*path, "value"))

    def put(self, target: str, item: Any, source: KeyPath) -> None:
        """A value at a place such as `Providers[0].api_key`."""
        if not _TARGET.match(target):
            self._reader.problem(source, f'"{target}" is no place; write one such as Providers[0].api_key')
            return
        steps: list[str | int] = [step["name"] or int(step["number"]) for step in _STEP.finditer(target)]
        steps[0] = self._known(str(steps[0]))
        at: Any = self._value
        for step, then in pairwise(steps):
            at = _opened(at, step, [] if isinstance(then, int) else {})
        if not _set(at, steps[-1], item):
            self._reader.problem(source, f"there is no place {target} in this preset")
            return
        self._places[tuple(steps)] = source

    def _known(self, key: str) -> str:
        """A key at the top, as it is spelled here."""
        return next((known for known in self._value if fold(known) == fold(key)), key)

    def _filled(self, value: Any, path: KeyPath) -> Any:
        if not self._dynamic:
            return value
        if isinstance(value, dict):
            return {key: self._filled(item, (*path, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [self._filled(item, (*path, number)) for number, item in enumerate(value)]
        if not isinstance(value, str):
            return value
        if whole := _PLACE.fullmatch(value):
            return self._answer(whole["id"], path)
        return _PLACE.sub(lambda match: _as_text(self._answer(match["id"], path)), value)

    def _answer(self, id: str, path: KeyPath) -> Any:
        """What was answered; "" for what need not be."""
        answer = self._values.get(id)
        if answer is not None and answer != "":
            return answer if self._fits(id, path) else ""
        if id not in self._inputs and id not in self._values:
            self._reader.problem(path, f"#{{{id}}} is no input of schema{did_you_mean(id, self._inputs)}")
        elif not self._may_lack(id):
            how = "`fairlead preset install` with this preset's name asks for it, userValues holds the answers"
            self._reader.problem(path, f"#{{{id}}} has no value; {how}")
        return ""

    def _fits(self, id: str, path: KeyPath) -> bool:
        """Whether there is room for one answer more, at all the places where answers go."""
        before, self._filled_in = self._filled_in, self._filled_in + self._sizes[id]
        if before <= MOST_FILLED_IN < self._filled_in:
            self._reader.problem(path, f"answers fill more than {MOST_FILLED_IN} characters")
        return self._filled_in <= MOST_FILLED_IN

    def _may_lack(self, id: str) -> bool:
        """Whether there is no answer, and need not be one."""
        one = self._inputs.get(id)
        if one is None or self._values.get(id) not in (None, ""):
            return False
        return not one.required or not holds(one.when, self._values)


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _opened(at: Any, step: str | int, fresh: Any) -> Any:
    """What stands below, made where nothing does; None where nothing can."""
    if isinstance(at, dict) and isinstance(step, str):
        return at.setdefault(step, fresh)
    if isinstance(at, list) and isinstance(step, int) and step <= len(at):
        at += [fresh] if step == len(at) else []
        return at[step]
    return None


def _set(at: Any, step: str | int, item: Any) -> bool:
    """Whether it could be done."""
    if isinstance(at, dict) and isinstance(step, str):
        at[step] = item
        return True
    if isinstance(at, list) and isinstance(step, int) and step <= len(at):
        at[step : step + 1] = [item]
        return True
    return False


def _in_folder(value: Any, folder: str, key: str = "") -> Any:
    """`value` with relative paths of files made absolute."""
    if isinstance(value, dict):
        return {name: _in_folder(item, folder, fold(name)) for name, item in value.items()}
    if isinstance(value, list):
        return [_in_folder(item, folder, key) for item in value]
    if not isinstance(value, str) or not _names_file(key) or value.startswith(("/", "~", "$")) or not value:
        return value
    return f"{folder}/{value.removeprefix('./')}"


def _names_file(key: str) -> bool:
    return key.endswith(("file", "path")) and not key.endswith("profile")
