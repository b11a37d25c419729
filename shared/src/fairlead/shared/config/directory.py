"""Reads a V3 directory: several files that make one configuration, each finding told in the file it is about.

`routing-table.json` has the categories, which are scenarios; `model-mapping.json` where models go that clients ask for;
`provider-auth.json` the providers by name; `load-balancing.json` how the targets of a category are put in order. A
`config.json` beside them may hold everything else.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from .document import Document, read
from .findings import ConfigError, Finding, KeyPath
from .sections import fold

TABLE, MAPPING, AUTH, BALANCING, REST = (
    "routing-table.json",
    "model-mapping.json",
    "provider-auth.json",
    "load-balancing.json",
    "config.json",
)
FILES = (TABLE, MAPPING, AUTH, BALANCING, REST)

_ABOUT = frozenset(map(fold, ("version", "description", "name", "lastUpdated", "$schema", "comment", "_comment")))
"""Keys that tell of a file and nothing to us."""
_OF_ALL = ("strategy", "delay_ms")
"""What `load-balancing.json` may say for all categories at once."""


class Directory(Document, frozen=True):
    """One document made of several. `places`: where parts of it were written, by their path here."""

    places: dict[KeyPath, tuple[Document, KeyPath]]

    def find(self, path: KeyPath, message: str) -> Finding:
        at = path
        while at not in self.places:
            if not at:
                return Finding(self.file, None, "", message)
            at = at[:-1]
        document, source = self.places[at]
        return document.find((*source, *path[len(at) :]), message)


def assemble(texts: Mapping[str, str], *, folder: str) -> Directory:
    """The document of a directory, whose files are given by name; `folder` is what to call it by. Raises `ConfigError`
    for one without a routing table, and for a file that is not JSON5."""
    if TABLE not in texts:
        raise ConfigError([Finding(folder, None, "", f"has no {TABLE}, so it is no directory of a configuration")])
    built = _Building(folder)
    documents = {name: read(text, file=f"{folder}/{name}") for name, text in texts.items()}
    if REST in documents:
        built.everything(documents[REST])
    built.table(documents[TABLE])
    if MAPPING in documents:
        built.mapping(documents[MAPPING])
    if AUTH in documents:
        built.providers(documents[AUTH])
    if BALANCING in documents:
        built.balancing(documents[BALANCING])
    repeated = [(document, path) for document in documents.values() for path in document.repeated]
    return built.document(repeated)


class _Building:
    """A document to which parts of others are added."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.value: dict[str, Any] = {}
        self.places: dict[KeyPath, tuple[Document, KeyPath]] = {}

    def document(self, repeated: Iterable[tuple[Document, KeyPath]]) -> Directory:
        told = tuple(self._noted(document, path) for document, path in repeated)
        return Directory(self.folder, self.value, {(): 1}, told, self.places)

    def everything(self, document: Document) -> None:
        self.places[()] = (document, ())
        for key, item in document.value.items():
            name = "Providers" if fold(key) == "providers" else key
            self.value[name] = item
            self.places[name,] = (document, (key,))

    def table(self, document: Document) -> None:
        """`{categories: {…}}`, or the categories alone."""
        if not any(fold(key) == "categories" for key in document.value):
            self._put("categories", _told(document.value), document, ())
            return
        for key, item in _told(document.value).items():
            self._put("categories" if fold(key) == "categories" else key, item, document, (key,))

    def mapping(self, document: Document) -> None:
        """`{mappings: {…}}`, or models and where they go alone."""
        key, item = _inner(document.value, ("mappings", "mapping", "models", "modelMapping"))
        self._into_router("families", item, document, key)

    def providers(self, document: Document) -> None:
        """`{providers: …}`, a list or by name, or by name alone; it adds to what `config.json` says of one."""
        key, item = _inner(document.value, ("providers", "auth"))
        known = self.value.setdefault("Providers", [])
        if not isinstance(known, list):
            return
        named = item.items() if isinstance(item, dict) else enumerate(item) if isinstance(item, list) else ()
        for name, told in named:
            self._provider(known, {"api_key": told} if isinstance(told, str) else told, document, (*key, name))

    def _provider(self, known: list[Any], told: Any, document: Document, source: KeyPath) -> None:
        if not isinstance(told, dict):
            self.places["Providers", len(known)] = (document, source)
            known.append(told)
            return
        if isinstance(source[-1], str):
            told = {"name": source[-1], **told}
        number = next((n for n, one in enumerate(known) if _is_named(one, told.get("name"))), len(known))
        if number == len(known):
            self.places["Providers", number] = (document, source)
            known.append(told)
            return
        added = {key: item for key, item in told.items() if key not in known[number]}
        known[number] = {**known[number], **added}
        for key in added:
            self.places["Providers", number, key] = (document, (*source, key))

    def balancing(self, document: Document) -> None:
        """`{strategy, policy, categories: {default: {strategy, …}}}`, or categories alone."""
        value = _told(document.value)
        if "policy" in value:
            self._into_router("policy", value.pop("policy"), document, ("policy",))
        of_all = {key: value.pop(key) for key in _OF_ALL if key in value}
        key, each = _inner(value, ("categories", "scenarios"))
        categories = self.value.get("categories")
        if not isinstance(categories, dict) or not isinstance(each, dict):
            return
        for name, told in each.items():
            if name not in categories:
                categories[name] = {}
                self.places["categories", name] = (document, (*key, name))
            self._balanced(name, {"strategy": told} if isinstance(told, str) else told, document, (*key, name))
        for name in categories:
            self._balanced(name, of_all, document, ())

    def _balanced(self, name: str, told: Any, document: Document, source: KeyPath) -> None:
        """Adds what a category does not say itself."""
        if not isinstance(told, dict):
            return
        route = self.value["categories"][name]
        if not isinstance(route, dict):
            route = {"targets": route}
            self.places["categories", name, "targets"] = self._noted_place(("categories", name))
        for key, item in told.items():
            if key not in route:
                route = {**route, key: item}
                self.places["categories", name, key] = (document, (*source, key))
        self.value["categories"][name] = route

    def _into_router(self, name: str, item: Any, document: Document, source: KeyPath) -> None:
        router = self.value.setdefault("Router", {})
        if isinstance(router, dict) and name not in router:
            self.value["Router"] = {**router, name: item}
            self.places["Router", name] = (document, source)

    def _put(self, name: str, item: Any, document: Document, source: KeyPath) -> None:
        self.value[name] = dict(item) if isinstance(item, dict) else item
        self.places[name,] = (document, source)

    def _noted(self, document: Document, path: KeyPath) -> KeyPath:
        """A path of ours for a place in a file."""
        ours = (f"{document.file}", *path)
        self.places[ours] = (document, path)
        return ours

    def _noted_place(self, path: KeyPath) -> tuple[Document, KeyPath]:
        at = path
        while at not in self.places:
            at = at[:-1]
        document, source = self.places[at]
        return document, (*source, *path[len(at) :])


def _told(value: Mapping[str, Any]) -> dict[str, Any]:
    return {key: item for key, item in value.items() if fold(key) not in _ABOUT}


def _inner(value: Mapping[str, Any], names: Iterable[str]) -> tuple[KeyPath, Any]:
    """What stands under the first of these names, with its path; without any of them, the whole."""
    folded = [fold(name) for name in names]
    found = next((key for key in value if fold(key) in folded), None)
    return ((), _told(value)) if found is None else ((found,), value[found])


def _is_named(provider: Any, name: Any) -> bool:
    own = provider.get("name") if isinstance(provider, dict) else None
    return isinstance(own, str) and isinstance(name, str) and own.casefold() == name.casefold()
