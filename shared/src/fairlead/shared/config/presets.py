"""Reads presets: folders beside the configuration, each with providers and a Router of its own.

What is wrong with one is told with its file and line, and takes nothing from the rest.
"""

import re
from collections.abc import Iterable, Mapping

import msgspec

from .findings import ConfigError, Finding
from .manifest import read_manifest
from .parsing import NORMALIZER_URL, TOP, Loaded, refuse_duplicates, settle_missing
from .providers import Draft, read_providers
from .routes import RouteReader
from .schema import Preset, Provider
from .sections import Entries, Reader, Section, did_you_mean, fold

FOLDER, MANIFEST = "presets", "manifest.json"
RULE = "a preset's name begins with a letter or digit, and has letters, digits, dots, dashes and _, 64 at most"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")

OWN = Section("", ("Providers", "Router", "fallback"))
OF_CLIENTS = Section("", ("StatusLine", "claudeCodeSettings", "NON_INTERACTIVE_MODE", "API_TIMEOUT_MS"))
"""What is heeded where Claude Code is started."""
_NEVER = {
    "noserver": "has no effect: every request goes through fairlead",
    "provider": "has no effect: the Router names its targets",
}


class Found(msgspec.Struct, frozen=True):
    """One folder: what it is called, where it lies, and the text of its manifest, or why that cannot be had."""

    name: str
    folder: str
    text: str | ConfigError

    @property
    def file(self) -> str:
        return f"{self.folder}/{MANIFEST}"


class _Surroundings(msgspec.Struct, frozen=True):
    env: Mapping[str, str]
    secrets: bool
    normalizer_url: str


def is_name(text: str) -> bool:
    """Whether a preset may be called so: `RULE`."""
    return _NAME.match(text) is not None


def with_presets(
    loaded: Loaded,
    found: Iterable[Found],
    env: Mapping[str, str],
    *,
    resolve_secrets: bool = True,
    normalizer_url: str | None = None,
) -> Loaded:
    """A configuration with the presets that lie beside it; `env` and what follows as for `parse`."""
    config = loaded.config
    around = _Surroundings(env, resolve_secrets, normalizer_url or config.normalizer_url or NORMALIZER_URL)
    presets: dict[str, Preset] = {}
    warnings = list(loaded.warnings)
    for one in found:
        try:
            _demand_new_name(one, presets)
            preset, told = _read(one, around)
            _demand_new_providers(preset, config.providers)
        except ConfigError as error:
            preset = Preset(one.name, one.file, problems=tuple(map(str, error.findings)))
            told = [_not_served(one.name, finding) for finding in error.findings]
        presets.setdefault(one.name.casefold(), preset)
        warnings += told
    return Loaded(msgspec.structs.replace(config, presets=tuple(presets.values())), tuple(warnings))


def _not_served(name: str, finding: Finding) -> Finding:
    return msgspec.structs.replace(finding, message=f"{finding.message} (the preset {name} is not served)")


def _demand_new_name(found: Found, presets: Mapping[str, Preset]) -> None:
    other = presets.get(found.name.casefold())
    fault = f"{found.name} and {other.name} differ in case alone; rename one" if other is not None else None
    if not is_name(found.name):
        fault = f"the folder's name cannot be a preset's: {RULE}"
    if fault is not None:
        raise ConfigError([Finding(found.folder, None, "", fault)])


def _demand_new_providers(preset: Preset, others: Iterable[Provider]) -> None:
    taken = {provider.name.casefold() for provider in others}
    for provider in preset.providers:
        if provider.name.casefold() in taken:
            fault = f"{provider.name} is what a provider of the configuration is called; rename one"
            raise ConfigError([Finding(preset.file, None, "Providers", fault)])


def _read(found: Found, around: _Surroundings) -> tuple[Preset, list[Finding]]:
    if isinstance(found.text, ConfigError):
        raise found.text
    manifest = read_manifest(found.text, file=found.file, folder=found.folder)
    reader = Reader(manifest.applied, around.env)
    top = _entries(reader)
    drafts = read_providers(reader, top.get("Providers"), secrets=around.secrets, normalizer_url=around.normalizer_url)
    refuse_duplicates(reader, drafts)
    drafts = [_renamed(draft, found.name) for draft in drafts]
    routes = RouteReader(reader, drafts)
    router = routes.router(top.get("Router"))
    fallback = routes.fallbacks(top.get("fallback"), router)
    routes.remark_on_unreachable()
    # Whoever asks for it is told why: nothing else would be served for want of it.
    drafts = settle_missing(reader, drafts, (), " until it is")
    if "default" not in router.scenarios and not reader.problems:
        reader.problem(("Router", "default"), "missing; a preset needs it, since nothing else is asked below its path")
    if problems := (*manifest.problems, *reader.problems):
        raise ConfigError(problems)
    providers = tuple([draft.provider for draft in drafts if draft.provider])
    return Preset(found.name, found.file, providers, router, fallback), reader.warnings


def _entries(reader: Reader) -> Entries:
    """The keys that are read here; of the others it is said what they come to."""
    elsewhere: list[str] = []
    own = {}
    for key, value in reader.document.value.items():
        folded = fold(key)
        if folded in OWN.canonical:
            own[key] = value
        elif folded in _NEVER:
            if value:
                reader.warn((key,), _NEVER[folded])
        elif folded in TOP.canonical.keys() - OF_CLIENTS.canonical.keys():
            elsewhere.append(key)
        elif folded not in OF_CLIENTS.canonical:
            reader.warn((key,), "unknown key, ignored" + did_you_mean(key, (*OWN.keys, *OF_CLIENTS.keys)))
    if elsewhere:
        reader.warn((elsewhere[0],), f"no effect in a preset, only in the configuration: {', '.join(elsewhere)}")
    return reader.entries(OWN, own, ())


def _renamed(draft: Draft, preset: str) -> Draft:
    """A provider by the name that all others can tell it by."""
    provider = draft.provider
    longer = provider and msgspec.structs.replace(provider, name=f"{preset}/{provider.name}")
    return msgspec.structs.replace(draft, provider=longer)
