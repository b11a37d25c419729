"""What a service runs with: flags win over the environment, the environment over the file, the file over defaults."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from . import urls
from .findings import ConfigError, Finding
from .parsing import LOG_LEVELS, NORMALIZER_URL
from .schema import Config, Port, Secret
from .sections import did_you_mean

T = TypeVar("T")
Service = Literal["router", "normalizer"]

DEFAULT_PORTS: dict[Service, int] = {"router": 3456, "normalizer": 3000}
LOOPBACK = "127.0.0.1"
# Below the home directory; the second lets a user of claude-code-router just start.
CONFIG_FILES = (".fairlead/config.json", ".claude-code-router/config.json")
DATA = "~/.fairlead"
POSTGRES = ("postgresql://", "postgres://")


class Flags(msgspec.Struct, frozen=True):
    """The command line as typed; None where a flag was not given."""

    host: str | None = None
    port: str | None = None
    config: str | None = None
    normalizer_url: str | None = None
    log_level: str | None = None
    redis_url: str | None = None


class Settings(msgspec.Struct, frozen=True):
    """Everything about one service that is not in `Config`; `warnings` are sentences for its start-up log.

    `data` is the folder of what a service keeps, `~/` at its beginning being the home directory. `database_url`: a
    PostgreSQL that keeps it instead. `logs`: the folder its log is written to, None: it goes to stderr.
    """

    host: str
    port: int
    normalizer_url: str
    log_level: str
    redis_url: Secret | None = None
    warnings: tuple[str, ...] = ()
    data: str = DATA
    database_url: Secret | None = None
    logs: str | None = None


def find_config(flags: Flags, env: Mapping[str, str], home: Path, exists: Callable[[Path], bool]) -> Path | None:
    """The configuration file to read: `--config`, `CONFIG_PATH`, else the first of `CONFIG_FILES` that is there.

    None when nobody named one and there is none; raises `ConfigError` when the one that was named is missing.
    """
    for source, named in (("--config", flags.config), ("CONFIG_PATH", env.get("CONFIG_PATH"))):
        if named:
            path = home / named[2:] if named.startswith("~/") else Path(named)
            if not exists(path):
                raise ConfigError([Finding(source, None, "", f"there is no file {path}")])
            return path
    return next((path for path in (home / name for name in CONFIG_FILES) if exists(path)), None)


def resolve(service: Service, flags: Flags, env: Mapping[str, str], config: Config) -> Settings:
    """Raises `ConfigError` naming each flag or variable whose value cannot be used; empty ones count as not given."""
    problems: list[Finding] = []
    own = config.normalizer if service == "normalizer" else config

    def choose(flag: str, given: str | None, variable: str, read: Callable[[str], T], filed: T) -> T:
        for source, value in ((flag, given), (variable, env.get(variable))):
            if value:
                try:
                    return read(value)
                except ValueError as error:
                    problems.append(Finding(source, None, "", str(error)))
        return filed

    port = choose("--port", flags.port, "PORT", _port, own.port or DEFAULT_PORTS[service])
    level = choose("--log-level", flags.log_level, "LOG_LEVEL", _log_level, _filed_level(config))
    redis = config.redis_url and config.redis_url.value
    redis_url = choose("--redis-url", flags.redis_url, "REDIS_URL", _redis_url, redis)
    filed_url = config.normalizer_url or NORMALIZER_URL
    normalizer_url = choose("--normalizer-url", flags.normalizer_url, "NORMALIZER_URL", _url, filed_url)
    wanted = choose("--host", flags.host, "HOST", str, own.host or config.host or LOOPBACK)
    if problems:
        raise ConfigError(problems)
    in_container = env.get("FAIRLEAD_CONTAINER") == "1"
    host, warning = bind_host(wanted, has_client_key=bool(config.client_keys), in_container=in_container)
    database_url, strange = _database(env, config)
    warnings = tuple(one for one in (warning, strange) if one)
    return Settings(
        host=host,
        port=port,
        normalizer_url=normalizer_url.rstrip("/"),
        log_level=level,
        redis_url=Secret(redis_url) if redis_url else None,
        warnings=warnings,
        data=env.get("FAIRLEAD_DATA") or DATA,
        database_url=database_url,
        logs=env.get("FAIRLEAD_LOGS") or config.log_files.folder,
    )


def _filed_level(config: Config) -> str:
    """`LOG: false` leaves what went wrong."""
    return (config.log_level or "info") if config.log else "error"


def bind_host(wanted: str, *, has_client_key: bool, in_container: bool) -> tuple[str, str | None]:
    """The address to bind, and a warning when it is not the one that was wanted.

    Whoever reaches the port spends the user's money, so without a client key only this machine may. In a container
    the loopback would reach nobody, and the publishing of the port decides who may.
    """
    if has_client_key or in_container or wanted in (LOOPBACK, "localhost"):
        return (LOOPBACK if wanted == "localhost" else wanted), None
    return (
        LOOPBACK,
        f"HOST {wanted} is ignored and {LOOPBACK} bound, since no client key is set; set APIKEY to be reached",
    )


def _database(env: Mapping[str, str], config: Config) -> tuple[Secret | None, str | None]:
    """The PostgreSQL to use, and a warning where something else is named: other programs read that variable too."""
    url = env.get("DATABASE_URL") or (config.database_url.value if config.database_url is not None else "")
    if not url:
        return None, None
    if url.startswith(POSTGRES):
        return Secret(url), None
    return None, "DATABASE_URL is ignored: it does not begin with postgresql://"


_AT_START: Mapping[str, Callable[[Config], object]] = {
    "HOST": lambda config: (config.host, config.normalizer.host),
    "PORT": lambda config: (config.port, config.normalizer.port),
    "REDIS_URL": lambda config: config.redis_url,
    "DATABASE_URL": lambda config: config.database_url,
    "LOG": lambda config: config.log,
    "LOG_LEVEL": lambda config: config.log_level,
    "log_files": lambda config: config.log_files,
    "usage": lambda config: config.usage,
    "limits.header_bytes": lambda config: config.limits.header_bytes,
    "limits.drain_s": lambda config: config.limits.drain_s,
}


def after_restart(started: Config, now: Config) -> tuple[str, ...]:
    """The keys that are heeded at the start alone, and have changed since."""
    return tuple(key for key, value in _AT_START.items() if value(started) != value(now))


def demand_client_key(config: Config, host: str, env: Mapping[str, str]) -> None:
    """Raises `ConfigError` for a configuration without a client key where `host` is bound because there was one."""
    in_container = env.get("FAIRLEAD_CONTAINER") == "1"
    bound, _ = bind_host(host, has_client_key=bool(config.client_keys), in_container=in_container)
    if bound != host:
        message = f"is missing, while the service listens on {host}; keep a client key, or stop the service first"
        raise ConfigError([Finding("configuration", None, "APIKEY", message)])


def _port(text: str) -> int:
    try:
        port: int = msgspec.convert(text, Port, strict=False)
    except msgspec.ValidationError as error:
        raise ValueError("must be a whole number from 1 to 65535") from error
    return port


def _log_level(text: str) -> str:
    if text.lower() not in LOG_LEVELS:
        suggestion = did_you_mean(text, LOG_LEVELS) or f"; must be one of {', '.join(LOG_LEVELS)}"
        raise ValueError(f"unknown level {text}{suggestion}")
    return LOG_LEVELS[text.lower()]


def _url(text: str) -> str:
    if fault := urls.fault_of(text):
        raise ValueError(fault)
    return text


def _redis_url(text: str) -> str:
    if fault := urls.redis_fault_of(text):
        raise ValueError(fault)
    return text
