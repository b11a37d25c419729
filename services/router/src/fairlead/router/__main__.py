"""`router`: reads flags, environment and configuration, and serves until told to stop."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from fairlead.router.lasting import Surroundings
from fairlead.router.serving import Reading, live, read_config
from fairlead.shared.config import Config, ConfigError, Loaded, settings
from fairlead.shared.config.settings import Flags
from fairlead.shared.runtime import logging
from fairlead.shared.runtime.log_files import log_file
from fairlead.shared.runtime.restart import Restart
from fairlead.shared.runtime.serve import Listen, serve
from fairlead.shared.runtime.tracing import tracing_of


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 stopped, 1 failed (broken configuration, port taken), 2 wrong usage."""
    parser = _parser()
    flags = parser.parse_args(arguments, namespace=argparse.Namespace())
    try:
        return _run(Flags(**vars(flags)), os.environ)
    except ConfigError as error:
        print(f"router: nothing is served, the configuration cannot be used:\n{error}", file=sys.stderr)  # noqa: T201
        return 1


def _run(flags: Flags, env: Mapping[str, str]) -> int:
    path = settings.find_config(flags, env, Path.home(), Path.exists)
    loaded = read_config(path, flags, env) if path is not None else Loaded(Config())
    config = loaded.config
    resolved = settings.resolve("router", flags, env, config)
    logging.configure(resolved.log_level, stream=log_file(resolved.logs, config.log_files, "router"))
    log = logging.get_logger("router")
    for warning in (*map(str, loaded.warnings), *resolved.warnings):
        log.warning("configuration", message=warning)
    restart = Restart()
    tracing = tracing_of(env, "fairlead-router", version("fairlead-router"), log)
    serving = live(
        loaded, Reading(flags, env, path, resolved.host), Surroundings(log, restart=restart.begin, tracing=tracing)
    )
    limits = config.limits
    code = serve(
        serving.editions,
        Listen(resolved.host, resolved.port, limits.drain_s, limits.header_bytes),
        ready=lambda host, port: log.info("listening", host=host, port=port, normalizer=resolved.normalizer_url),
        draining=serving.draining,
    )
    if code == 0 and restart.wanted:
        log.info("restarting")
        restart.execute()
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="router", description="The Anthropic Messages API, routed.")
    parser.add_argument("--host", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", help="port to listen on (3456)")
    parser.add_argument("--config", metavar="FILE", help="configuration, or a V3 directory (~/.fairlead/config.json)")
    parser.add_argument("--normalizer-url", metavar="URL", help="where the normalizer is (http://127.0.0.1:3000)")
    parser.add_argument("--log-level", metavar="LEVEL", help="fatal, error, warn, info, debug or trace")
    parser.add_argument("--redis-url", metavar="URL", help="Redis, for what routers share (REDIS_URL)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
