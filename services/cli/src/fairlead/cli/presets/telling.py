"""Tells of presets: in a line each, or all about one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from fairlead.router.cli.columns import shown, table
from fairlead.shared.config import Finding
from fairlead.shared.config.environment import interpolate_all
from fairlead.shared.config.manifest import ABOUT, Manifest
from fairlead.shared.config.masking import masked
from fairlead.shared.config.schema import Preset, Provider, Route

_HEAD = ("preset", "version", "serves", "description")


def rows(presets: Iterable[tuple[Preset, Mapping[str, Any]]]) -> Iterator[str]:
    """One line for each, with its words about itself."""
    told = [
        (preset.name, _word(about.get("version")), _serves(preset), _word(about.get("description")))
        for preset, about in presets
    ]
    yield from table(_HEAD, told)


def _serves(preset: Preset) -> str:
    if preset.problems:
        return "nothing: it has mistakes"
    return ", ".join(shown(_own(preset, provider)) for provider in preset.providers)


def _own(preset: Preset, provider: Provider) -> str:
    """A provider by the name that the manifest has for it."""
    return provider.name.removeprefix(f"{preset.name}/")


def about_one(
    preset: Preset, manifest: Manifest | None, url: str, warnings: Iterable[Finding], env: Mapping[str, str]
) -> Iterator[str]:
    """Everything; without a manifest, which could not be read, only why."""
    yield f"{preset.name}  {preset.file}"
    if preset.problems:
        yield "Nothing of it is served:"
        yield from (f"  {shown(line)}" for line in preset.problems)
    else:
        yield f"served at {url}/preset/{preset.name}; fairlead code --preset {preset.name} starts Claude Code there"
    if manifest is None:
        return
    yield from _columns([(key, _word(manifest.about[key])) for key in ABOUT if key in manifest.about])
    if preset.providers:
        yield "Providers"
        yield from _columns([(shown(_own(preset, one)), shown(masked(one.api_base_url))) for one in preset.providers])
    if preset.router.scenarios:
        yield "Router"
        yield from _columns([(shown(name), _route(preset, route)) for name, route in preset.router.scenarios.items()])
    if manifest.inputs:
        yield "Asked for"
        answered = [(one.id, shown(one.name), _answered(one.id, manifest)) for one in manifest.inputs]
        yield from _columns(answered)
    yield from powers(manifest, env)
    told = [str(one) for one in warnings if one.file == preset.file and not preset.problems]
    yield from (f"Note: {shown(line)}" for line in told)


def powers(manifest: Manifest, env: Mapping[str, str]) -> Iterator[str]:
    """What it reads and runs of the machine that it is on: presets come from others."""
    config = manifest.applied.value
    names = sorted({gap.variable for gap in interpolate_all(config, {}, ())[1]})
    if names:
        told = [name if env.get(name) else f"{name} (not set here)" for name in names]
        yield f"It reads of the environment: {', '.join(told)}"
    if scripts := sorted(set(_scripts(config.get("StatusLine")))):
        yield f"Its status line runs: {shown(', '.join(scripts))}"
    settings = config.get("claudeCodeSettings")
    if isinstance(settings, dict) and settings:
        yield f"It gives Claude Code settings: {shown(', '.join(sorted(settings)))}"


def _scripts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "scriptPath" and isinstance(item, str):
                yield item
            yield from _scripts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _scripts(item)


def _answered(id: str, manifest: Manifest) -> str:
    return "answered" if id in manifest.given else "not answered"


def _route(preset: Preset, route: Route) -> str:
    own = f"{preset.name}/"
    return shown(
        ", ".join(f"{one.provider.removeprefix(own)},{one.model}" for one in (*route.targets, *route.fallback))
    )


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Without a head."""
    return list(table([""] * len(rows[0]), rows))[1:] if rows else []


def _word(value: Any) -> str:
    words = ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
    return shown(words)[:200]
