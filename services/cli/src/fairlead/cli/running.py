"""Where the services are, whether `fairlead start` began them, and what points a client at them."""

from pathlib import Path

import httpx2

from fairlead.cli.daemon import Desk, Record, data_folder
from fairlead.cli.launcher import options as launching
from fairlead.cli.launcher.choice import Choice, Options, Part, environment
from fairlead.cli.pointing import ANY, Pointing, key_of
from fairlead.router.cli.verb import CommandError, Environment
from fairlead.shared.config import Config, ConfigError, load
from fairlead.shared.config.settings import Flags, Service, resolve

SECONDS = 3.0
"""For one answer of a service on this machine."""


def pointing_of(record: Record, env: Environment) -> Pointing:
    """For services in the background. Raises `CommandError` where their file can no longer be read."""
    if record.simulated or record.config is None:
        return Pointing(record.router, record.normalizer, ANY)
    config = _read(Path(record.config), env)
    return Pointing(record.router, record.normalizer, key_of(config), config)


def configured(env: Environment) -> Pointing:
    """For services wherever the configuration puts them; keys of providers are not looked at, which may be set where
    the services run and not here. Raises `CommandError`."""
    path = launching.settings_file(env)
    config = _read(path, env) if path else Config()
    try:
        router = _part("router", path, env.get("PORT"), env, config)
        normalizer = _part("normalizer", path, env.get("NORMALIZER_PORT"), env, config)
    except ConfigError as error:
        raise CommandError(str(error)) from error
    return Pointing(router.url, normalizer.url, key_of(config), config)


def _part(name: Service, path: Path | None, port: str | None, env: Environment, config: Config) -> Part:
    return Part(path, resolve(name, Flags(), environment(env, PORT=port or ""), config))


def to_serve(options: Options, env: Environment) -> Choice:
    """What `up` and `start` serve, from a file that its user may edit. Raises `CommandError`."""
    return launching.at_home(launching.chosen(options, env), data_folder(env))


def found(env: Environment) -> Pointing | None:
    """Services that run: those in the background, else those that answer where the configuration says."""
    record = Desk.of(env).running()
    if record is not None:
        return pointing_of(record, env)
    pointing = configured(env)
    return pointing if is_router(pointing.router) else None


def is_router(url: str) -> bool:
    """Whether it is one of ours that answers there."""
    try:
        answer = httpx2.get(f"{url}/", timeout=SECONDS, trust_env=False)
    except httpx2.HTTPError:
        return False
    return b"fairlead router" in answer.content


def _read(path: Path, env: Environment) -> Config:
    try:
        return load(path, env, resolve_secrets=False).config
    except ConfigError as error:
        raise CommandError(f"the configuration cannot be used:\n{error}") from error
