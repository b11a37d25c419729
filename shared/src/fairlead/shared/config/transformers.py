"""claude-code-router's `transformer` of a provider, and the shorter list some users write."""

from collections.abc import Sequence
from typing import Any

from .findings import KeyPath
from .schema import Transformer, TransformerUse
from .sections import Entry, Reader, did_you_mean

# Those that only say which dialect a provider speaks: `inference` acts on them.
DIALECTS = frozenset({"anthropic", "openai", "gemini", "vertex-gemini", "vertex-claude", "openai-responses"})
# Those that change requests and answers, none of which happens in this version.
REWRITERS = frozenset(
    {
        "cerebras",
        "cleancache",
        "customparams",
        "deepseek",
        "enhancetool",
        "extrathinktag",
        "forcereasoning",
        "groq",
        "maxcompletiontokens",
        "maxtoken",
        "openrouter",
        "reasoning",
        "sampling",
        "streamoptions",
        "tooluse",
        "vercel",
    }
)


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
    _say_what_it_does(reader, name, entry.path)
    return TransformerUse(
        name, reader.convert(Entry(options or {}, (*entry.path, 1), entry.qualified), dict[str, Any], {})
    )


def _say_what_it_does(reader: Reader, name: str, path: KeyPath) -> None:
    known = name.lower()
    if known in REWRITERS:
        reader.warn_once(f"transformer {known}", path, f"transformer {name}: accepted, has no effect yet")
    elif known not in DIALECTS:
        suggestion = did_you_mean(name, DIALECTS | REWRITERS)
        reader.warn_once(f"transformer {known}", path, f"unknown transformer {name}, ignored{suggestion}")
