"""Decides what to serve: whose configuration, on which ports, and whether a real provider can answer at all."""

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from fairlead.normalizer.authorization import CREDENTIAL_HEADERS
from fairlead.normalizer.providers import vendor_of
from fairlead.shared.config import Config, Loaded, load
from fairlead.shared.config.schema import Provider
from fairlead.shared.config.settings import LOOPBACK, Flags, Service, Settings, find_config, resolve

SIMULATED_CONFIG = Path(__file__).resolve().parent / "simulated.json5"
_OURS = ("REDIS_URL", "NORMALIZER_URL", "CONFIG_PATH", "PORT", "NORMALIZER_PORT")
"""Variables that the services get as flags, or not at all: there is no Redis here, and one normalizer, ours."""


class Options(Struct, frozen=True):
    """The command line as typed; None where a flag was not given."""

    port: str | None = None
    normalizer_port: str | None = None
    config: str | None = None
    normalizer_config: str | None = None
    simulated: bool = False


class Part(Struct, frozen=True):
    """One service: the file it reads (None: it runs with the defaults) and how it listens."""

    config: Path | None
    settings: Settings

    @property
    def address(self) -> tuple[str, int]:
        """Where it is reached from this machine."""
        return {"0.0.0.0": LOOPBACK, "::": "::1"}.get(self.settings.host, self.settings.host), self.settings.port  # noqa: S104

    @property
    def url(self) -> str:
        host, port = self.address
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Choice(Struct, frozen=True):
    """What is served. `simulated` says why the simulated provider stands in, None where it does not.

    `quiet` is whether nobody asked for a log level, `client_key` whether clients must show a key, `passthrough` whether
    a provider is called with the client's own. `warnings`: what the files' writer should know.
    """

    router: Part
    normalizer: Part
    simulated: str | None
    quiet: bool
    client_key: bool
    passthrough: bool
    warnings: tuple[str, ...] = ()


def choose(options: Options, env: Mapping[str, str], home: Path) -> Choice:
    """Raises `ConfigError` for a configuration, a flag or a variable that cannot be used."""
    named = find_config(Flags(config=options.config), env, home, Path.exists)
    own = find_config(Flags(config=options.normalizer_config), {}, home, Path.exists) if _split(options) else named
    given = Loaded(Config()) if options.simulated else _read(own, env, secrets=True)
    simulated = "--simulated was given" if options.simulated else _nothing_answers(own, given.config)
    router_file, normalizer_file = (SIMULATED_CONFIG, SIMULATED_CONFIG) if simulated else (named, own)
    routers = _read(router_file, env, secrets=False)
    normalizers = _read(SIMULATED_CONFIG, env, secrets=True) if simulated else given
    parts = (
        Part(router_file, _settings("router", options.port, env.get("PORT"), env, routers.config)),
        Part(
            normalizer_file,
            _settings("normalizer", options.normalizer_port, env.get("NORMALIZER_PORT"), env, normalizers.config),
        ),
    )
    # Of one file both services find much the same.
    found = (*given.warnings, *routers.warnings, *(warning for part in parts for warning in part.settings.warnings))
    return Choice(
        router=parts[0],
        normalizer=parts[1],
        simulated=simulated,
        quiet=not env.get("LOG_LEVEL") and routers.config.log_level is None,
        client_key=bool(routers.config.client_keys),
        passthrough=any(one.auth and one.auth.type == "passthrough" for one in normalizers.config.providers),
        warnings=tuple(dict.fromkeys(map(str, found))),
    )


def environment(env: Mapping[str, str], **more: str) -> dict[str, str]:
    """What a service inherits."""
    return {name: value for name, value in env.items() if name not in _OURS} | more


def _split(options: Options) -> bool:
    return options.normalizer_config is not None


def _settings(service: Service, flag: str | None, port: str | None, env: Mapping[str, str], config: Config) -> Settings:
    return resolve(service, Flags(port=flag), environment(env, PORT=port or ""), config)


def _read(path: Path | None, env: Mapping[str, str], *, secrets: bool) -> Loaded:
    return load(path, env, resolve_secrets=secrets) if path else Loaded(Config())


def _nothing_answers(path: Path | None, config: Config) -> str | None:
    """Why no provider of a configuration can answer without a credential from elsewhere, or None when one can."""
    if path is None:
        return "there is no configuration"
    providers = [provider for provider in config.all_providers if not provider.is_normalizer]
    if any(map(_can_answer, providers)):
        return None
    return f"no provider in {os.fspath(path)} has a key" if providers else f"{os.fspath(path)} names no provider"


def _can_answer(provider: Provider) -> bool:
    """A vendor's own host wants a key; others, such as a model server on one's machine, may need none."""
    vendor = vendor_of(provider)
    if provider.disabled_because is not None:
        return False
    if (
        provider.api_keys
        or provider.api_key_files
        or provider.auth
        or any(name.lower() in CREDENTIAL_HEADERS for name in provider.headers or ())
    ):
        return True
    return urlsplit(provider.api_base_url).hostname not in vendor.hosts
