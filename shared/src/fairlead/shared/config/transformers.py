"""claude-code-router's `transformer` of a provider, the shorter list some users write, and the user's own files."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec

from .findings import KeyPath
from .schema import Count, CustomTransformer, Transformer, TransformerUse
from .sections import Entry, Reader, Section, did_you_mean


class Anthropic(msgspec.Struct, frozen=True):
    """`UseBearer`: the key goes into `authorization`."""

    use_bearer: bool = msgspec.field(default=False, name="UseBearer")


class MaxToken(msgspec.Struct, frozen=True):
    """The longest answer, in tokens."""

    max_tokens: Count | None = None


class Reasoning(msgspec.Struct, frozen=True):
    """Whether the model may think at all."""

    enable: bool = True


class Sampling(msgspec.Struct, frozen=True):
    """The longest answer, and what goes in place of the client's own choices."""

    max_tokens: Count | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    repetition_penalty: float | None = None


class Plain(msgspec.Struct, frozen=True):
    """No options."""


OPTIONS: Mapping[str, Any] = {
    "anthropic": Anthropic,
    "cerebras": Plain,
    "cleancache": Plain,
    "customparams": dict[str, Any],
    "deepseek": Plain,
    "enhancetool": Plain,
    "extrathinktag": Plain,
    "forcereasoning": Plain,
    "groq": Plain,
    "maxcompletiontokens": Plain,
    "maxtoken": MaxToken,
    "openrouter": dict[str, Any],
    "reasoning": Reasoning,
    "sampling": Sampling,
    "streamoptions": Plain,
    "tooluse": Plain,
    "vercel": dict[str, Any],
}
"""The options of each transformer that changes something, by its name in small letters."""

# Those that only say which dialect a provider speaks, whatever their options: `inference` acts on them.
DIALECTS = frozenset({"openai", "gemini", "vertex-gemini", "vertex-claude", "vertex-openai", "openai-responses"})


_FILE = Section("transformers[]", ("path", "options", "name", "type"))


def read_custom(reader: Reader, entry: Entry | None, *, secrets: bool) -> tuple[CustomTransformer, ...]:
    """`transformers: [{path, options}]` at the top. Options may hold keys: `secrets` False leaves them unread."""
    if entry is not None and isinstance(entry.value, dict):
        what = "has no effect: options stand beside a name in a provider's transformer.use; files are [{path, options}]"
        reader.warn(entry.path, what)
        return ()
    read = (_custom(reader, item, secrets=secrets) for item in reader.objects(entry))
    return tuple([one for one in read if one is not None])


def _custom(reader: Reader, item: Entry, *, secrets: bool) -> CustomTransformer | None:
    entries = reader.members(_FILE, item)
    path = reader.in_home(reader.text(entries, "path") or "")
    if not path:
        reader.problem((*item.path, "path"), "missing; name the file of the transformer")
        return None
    options: dict[str, Any] = reader.get(entries, "options", dict[str, Any], {}) if secrets else {}
    return CustomTransformer(path, options, reader.text(entries, "name"))


class Names:
    """Which names of transformers are taken to be those of the user's own `files`: any that is not built in, where
    there are files, and those that a file is said to have."""

    def __init__(self, files: Collection[CustomTransformer] = ()) -> None:
        self._any = bool(files)
        self._said = {file.name.lower() for file in files if file.name}

    def are_custom(self, name: str) -> bool:
        """Whether this one is."""
        known = name.lower()
        return known in self._said or (self._any and known not in OPTIONS and known not in DIALECTS)


def read_transformer(reader: Reader, transformer: Entry | None, plain: Entry | None, names: Names) -> Transformer:
    """`transformer: {use, <model>: {use}}` and `transformers: [name, …]` of one provider; files found in the wild have
    the one under the name of the other."""
    if transformer is None and plain is not None and isinstance(plain.value, dict):
        transformer, plain = plain, None
    use = _uses(reader, plain, names) if plain else ()
    if transformer is None:
        return Transformer(use)
    if isinstance(transformer.value, list):
        return Transformer((*_uses(reader, transformer, names), *use))
    models: dict[str, tuple[TransformerUse, ...]] = {}
    for name, entry in _members(reader, transformer):
        if name == "use":
            use = (*_uses(reader, entry, names), *use)
            continue
        for key, chain in _members(reader, entry):
            if key == "use":
                models[name] = _uses(reader, chain, names)
            else:
                reader.warn(chain.path, "unknown key, ignored; the transformers of a model go under use")
    return Transformer(use, models)


def _members(reader: Reader, entry: Entry) -> Sequence[tuple[str, Entry]]:
    """The members of an object whose keys are the user's."""
    value: dict[str, Any] = entry.value if isinstance(entry.value, dict) else {}
    if value is not entry.value:
        reader.problem(entry.path, 'must be an object such as {use: ["deepseek"]}')
    return [(key, Entry(item, (*entry.path, key), entry.qualified)) for key, item in value.items() if item is not None]


def _uses(reader: Reader, entry: Entry, names: Names) -> tuple[TransformerUse, ...]:
    uses = [_use(reader, item, names) for item in reader.items(entry)]
    return tuple(use for use in uses if use is not None)


def _use(reader: Reader, entry: Entry, names: Names) -> TransformerUse | None:
    parts = entry.value if isinstance(entry.value, list) else [entry.value]
    name, options = parts[0] if parts else None, parts[1] if len(parts) > 1 else None
    if not isinstance(name, str) or len(parts) > 2 or not isinstance(options, dict | None):
        reader.problem(entry.path, 'must be the name of a transformer, or ["name", {options}]')
        return None
    written = Entry(options or {}, (*entry.path, 1), entry.qualified)
    custom = names.are_custom(name)
    if not custom:
        _check(reader, name, written, entry.path)
    return TransformerUse(name, reader.convert(written, dict[str, Any], {}), custom)


def _check(reader: Reader, name: str, options: Entry, path: KeyPath) -> None:
    """Says what is wrong with a transformer; one that is unknown is no error, because the requests still go through."""
    known = name.lower()
    if known in DIALECTS:
        return
    if known not in OPTIONS:
        suggestion = did_you_mean(name, DIALECTS | OPTIONS.keys())
        reader.warn_once(f"transformer {known}", path, f"unknown transformer {name}, ignored{suggestion}")
        return
    kind = OPTIONS[known]
    reader.convert(options, kind, None)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        names = [field.encode_name for field in msgspec.structs.fields(kind)]
        for option in options.value.keys() - set(names):
            suggestion = did_you_mean(option, names)
            reader.warn((*options.path, option), f"unknown option of {name}, ignored{suggestion}")
