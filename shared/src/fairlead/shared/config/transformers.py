"""claude-code-router's `transformer` of a provider, and the shorter list some users write."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from .findings import KeyPath
from .schema import Count, Transformer, TransformerUse
from .sections import Entry, Reader, did_you_mean


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


def read_transformer(reader: Reader, transformer: Entry | None, plain: Entry | None) -> Transformer:
    """`transformer: {use, <model>: {use}}` and `transformers: [name, …]` of one provider."""
    use = _uses(reader, plain) if plain else ()
    if transformer is None:
        return Transformer(use)
    if isinstance(transformer.value, list):
        return Transformer((*_uses(reader, transformer), *use))
    models: dict[str, tuple[TransformerUse, ...]] = {}
    for name, entry in _members(reader, transformer):
        if name == "use":
            use = (*_uses(reader, entry), *use)
            continue
        for key, chain in _members(reader, entry):
            if key == "use":
                models[name] = _uses(reader, chain)
            else:
                reader.warn(chain.path, "unknown key, ignored; the transformers of a model go under use")
    return Transformer(use, models)


def _members(reader: Reader, entry: Entry) -> Sequence[tuple[str, Entry]]:
    """The members of an object whose keys are the user's."""
    value: dict[str, Any] = entry.value if isinstance(entry.value, dict) else {}
    if value is not entry.value:
        reader.problem(entry.path, 'must be an object such as {use: ["deepseek"]}')
    return [(key, Entry(item, (*entry.path, key), entry.qualified)) for key, item in value.items() if item is not None]


def _uses(reader: Reader, entry: Entry) -> tuple[TransformerUse, ...]:
    uses = [_use(reader, item) for item in reader.items(entry)]
    return tuple(use for use in uses if use is not None)


def _use(reader: Reader, entry: Entry) -> TransformerUse | None:
    parts = entry.value if isinstance(entry.value, list) else [entry.value]
    name, options = parts[0] if parts else None, parts[1] if len(parts) > 1 else None
    if not isinstance(name, str) or len(parts) > 2 or not isinstance(options, dict | None):
        reader.problem(entry.path, 'must be the name of a transformer, or ["name", {options}]')
        return None
    written = Entry(options or {}, (*entry.path, 1), entry.qualified)
    _check(reader, name, written, entry.path)
    return TransformerUse(name, reader.convert(written, dict[str, Any], {}))


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
