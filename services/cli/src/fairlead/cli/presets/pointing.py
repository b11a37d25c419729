"""Claude Code pointed at a preset: its path, its status line, and the settings its manifest has for it."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, structs

from fairlead.cli.pointing import Pointing, key_of
from fairlead.shared.config.environment import interpolate
from fairlead.shared.config.manifest import Manifest
from fairlead.shared.config.schema import Preset
from fairlead.shared.config.sections import fold

_OURS = frozenset({"ANTHROPIC_BASE_URL", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY", "apiKeyHelper"})
"""What would lead Claude Code past the router."""


class Below(Struct, frozen=True):
    """Where Claude Code goes, and its settings there."""

    pointing: Pointing
    settings: Mapping[str, Any]


def below(pointing: Pointing, preset: Preset, manifest: Manifest, env: Mapping[str, str]) -> Below:
    """`pointing` at a preset instead; variables in `env` of its settings are filled in where they are set."""
    said = {fold(key): value for key, value in manifest.applied.value.items()}
    config = structs.replace(pointing.config, providers=preset.providers)
    line = said.get("statusline")
    if isinstance(line, dict):
        config = structs.replace(config, status_line=line)
    if isinstance(said.get("noninteractivemode"), bool):
        config = structs.replace(config, non_interactive_mode=said["noninteractivemode"])
    timeout = said.get("apitimeoutms")
    if isinstance(timeout, int) and timeout > 0:
        config = structs.replace(config, api_timeout_ms=timeout)
    own = structs.replace(pointing, router=f"{pointing.router}/preset/{preset.name}", key=key_of(config), config=config)
    settings = said.get("claudecodesettings")
    return Below(own, _filled(settings, env) if isinstance(settings, dict) else {})


def _filled(settings: Mapping[str, Any], env: Mapping[str, str]) -> dict[str, Any]:
    kept = {key: value for key, value in settings.items() if key not in _OURS}
    given = kept.get("env")
    if isinstance(given, dict):
        told = {name: value for name, value in given.items() if name not in _OURS}
        kept["env"] = {
            name: interpolate(value, env)[0] if isinstance(value, str) else value for name, value in told.items()
        }
    return kept
