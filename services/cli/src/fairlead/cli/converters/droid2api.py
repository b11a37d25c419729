"""droid2api's `config.json`: it becomes the section `normalizer`, word by word, and the router gets a route."""

from collections.abc import Mapping

import msgspec

from fairlead.cli.converters.checked import checked, values
from fairlead.cli.converters.converted import ConversionError, Converted
from fairlead.shared.config import ConfigError, parse

_PREFERRED = ("anthropic", "openai-responses", "openai", "gemini")
"""Dialects in the order in which Claude Code is best served by them."""
_CREDENTIALS = ("FACTORY_API_KEY", "DROID_REFRESH_KEY")
_NO_KEY = (
    "log in with Factory's own program, or set FACTORY_API_KEY or DROID_REFRESH_KEY, unless your clients bring a key"
)


def convert(text: str, env: Mapping[str, str], *, file: str) -> Converted:
    """Raises `ConversionError`."""
    value = values(text, file)
    endpoints = next((key for key in ("endpoint", "endpoints") if key in value), None)
    if endpoints is None:
        raise ConversionError(f"{file} has no endpoint; it is no configuration of droid2api")
    if {"Providers", "Router"} & value.keys():
        raise ConversionError(f"{file} is of both services already; use it with --config {file}")
    target = _default(text, env, file)
    if target is None:
        raise ConversionError(f"{file} has no model that one of its endpoints serves")
    made = (
        "{\n"
        "  // Which model requests go to; fairlead model changes it.\n"
        f"  Router: {{ default: {msgspec.json.encode(target).decode()} }},\n\n"
        "  // What stood in droid2api's file.\n"
        f"  normalizer: {_indented(text.strip())},\n"
        "}\n"
    )
    # What there is to say is said of the lines as they stand there.
    done = msgspec.structs.replace(checked(text, env, file=file), text=checked(made, env, file=file).text)
    todo = () if any(env.get(name) for name in _CREDENTIALS) else (_NO_KEY,)
    return msgspec.structs.replace(done, todo=(*done.todo, *todo))


def _default(text: str, env: Mapping[str, str], file: str) -> str | None:
    """The first model of the dialect that suits best."""
    try:
        config = parse(text, env, file=file, resolve_secrets=False).config
    except ConfigError as error:
        raise ConversionError(f"it cannot be used until this is mended there:\n{error}") from error
    served = [one for one in config.providers if one.models and not one.disabled_because]
    served.sort(key=lambda one: _PREFERRED.index(one.dialect) if one.dialect in _PREFERRED else len(_PREFERRED))
    return f"{served[0].name},{served[0].models[0]}" if served else None


def _indented(text: str) -> str:
    return "\n  ".join(text.splitlines())
