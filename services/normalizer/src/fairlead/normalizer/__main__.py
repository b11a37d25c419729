"""`normalizer`: reads the command line, the environment and the configuration, and serves until it is told to stop."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from secrets import token_hex

from fairlead.shared.config import Config, ConfigError, Loaded, load
from fairlead.shared.config.settings import Flags, Settings, find_config, resolve
from fairlead.shared.runtime.log_files import log_file
from fairlead.shared.runtime.logging import configure, get_logger
from fairlead.shared.runtime.serve import Listen, serve
from fairlead.shared.runtime.tracing import tracing_of

from .app import Lasting, World
from .credentials import Vaults
from .serving import Reading, live

DONE, FAILED = 0, 1  # argparse itself exits with 2 for wrong usage


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 stopped when told to, 1 could not serve, 2 wrong usage."""
    flags = _flags(arguments)
    try:
        path, loaded = _configuration(flags, os.environ)
        settings = resolve("normalizer", flags, os.environ, loaded.config)
    except ConfigError as error:
        print(f"normalizer: nothing is served, the configuration cannot be used:\n{error}", file=sys.stderr)  # noqa: T201
        return FAILED
    configure(settings.log_level, stream=log_file(settings.logs, loaded.config.log_files, "normalizer"))
    log = get_logger("normalizer")
    for warning in loaded.warnings:
        log.warning("configuration", finding=str(warning))
    for sentence in settings.warnings:
        log.warning("settings", warning=sentence)

    def ready(host: str, port: int) -> None:
        log.info("listening", url=f"http://{host}:{port}", config=str(path) if path else None)

    vaults = Vaults(Path(settings.data).expanduser(), settings.redis_url, lambda: token_hex(16))
    tracing = tracing_of(os.environ, "fairlead-normalizer", version("fairlead-normalizer"), log)
    serving = live(path, loaded, Reading(os.environ, settings.host), Lasting(vaults), World(tracing=tracing))
    return serve(serving.editions, _listen(settings, loaded.config), ready=ready)


def _flags(arguments: Sequence[str] | None) -> Flags:
    parser = argparse.ArgumentParser("normalizer", description="Gets requests of any dialect to their providers.")
    parser.add_argument("--host", help="address to listen on (HOST; 127.0.0.1)")
    parser.add_argument("--port", help="port to listen on (PORT; 3000)")
    parser.add_argument("--config", metavar="FILE", help="configuration file (CONFIG_PATH; ~/.fairlead/config.json)")
    parser.add_argument("--log-level", metavar="LEVEL", help="fatal, error, warn, info, debug or trace (LOG_LEVEL)")
    parser.add_argument("--redis-url", metavar="URL", help="Redis, for the tokens that replicas share (REDIS_URL)")
    return Flags(**vars(parser.parse_args(arguments)))


def _configuration(flags: Flags, env: Mapping[str, str]) -> tuple[Path | None, Loaded]:
    """The file that was read, and what it says; without one, nothing is configured. Raises `ConfigError`."""
    path = find_config(flags, env, Path.home(), Path.exists)
    return path, load(path, env) if path else Loaded(Config())


def _listen(settings: Settings, config: Config) -> Listen:
    limits = config.limits
    return Listen(settings.host, settings.port, limits.drain_s, limits.header_bytes)


if __name__ == "__main__":
    sys.exit(main())
