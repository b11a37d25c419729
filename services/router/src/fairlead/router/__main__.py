"""`router`: reads flags, environment and configuration, and serves until told to stop."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fairlead.router import app
from fairlead.router.router_files import Folders
from fairlead.shared.config import Config, ConfigError, Loaded, load, settings
from fairlead.shared.config.schema import Secret
from fairlead.shared.config.settings import Flags
from fairlead.shared.runtime import logging
from fairlead.shared.runtime.serve import Listen, serve

NORMALIZER_KEY = "NORMALIZER_API_KEY"
"""The normalizer's client key, where it is none of ours; with one file for both services it is `APIKEY`, or the first
of `client_keys` that is without limits."""


ACTIVE_TABLE = Path("generated/active-routing.json")
"""Within a V3 directory."""


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
    path, loaded = _load(flags, env)
    config = loaded.config
    resolved = settings.resolve("router", flags, env, config)
    logging.configure(resolved.log_level if config.log else "error")
    log = logging.get_logger("router")
    for warning in (*map(str, loaded.warnings), *resolved.warnings):
        log.warning("configuration", message=warning)
    key = env.get(NORMALIZER_KEY)
    application = app.build(
        config,
        app.Settings(
            resolved.normalizer_url,
            Secret(key) if key else own_key(config, log),
            redis_url=resolved.redis_url,
            folders=folders(env, Path.home(), resolved.data),
            active_table=path / ACTIVE_TABLE if path is not None and path.is_dir() else None,
            data=Path(resolved.data).expanduser(),
            database_url=resolved.database_url,
        ),
        app.Surroundings(log),
    )
    limits = config.limits
    return serve(
        application,
        Listen(resolved.host, resolved.port, limits.drain_s, limits.header_bytes),
        ready=lambda host, port: log.info("listening", host=host, port=port, normalizer=resolved.normalizer_url),
    )


def folders(env: Mapping[str, str], home: Path, data: str) -> Folders:
    """Where Claude Code's sessions and their router files are: ours, and claude-code-router's."""
    claude = env.get("CLAUDE_CONFIG_DIR")
    own = home / data[2:] if data.startswith("~/") else Path(data)
    return Folders(
        (Path(claude) if claude else home / ".claude") / "projects", (own / "projects", home / ".claude-code-router")
    )


def own_key(config: Config, log: Any) -> Secret | None:
    """The first client key that opens everything: with one file for both services it opens the normalizer too."""
    unlimited = next((one.key for one in config.client_keys if one.is_unlimited), None)
    if unlimited is None and config.client_keys:
        log.warning(
            "configuration",
            message="no client key opens every model without limit, so none is shown to the normalizer; "
            f"set APIKEY, or {NORMALIZER_KEY} in the router's environment",
        )
    return unlimited


def _load(flags: Flags, env: Mapping[str, str]) -> tuple[Path | None, Loaded]:
    """The file or V3 directory, and its configuration; the defaults when there is none."""
    path = settings.find_config(flags, env, Path.home(), Path.exists)
    if path is None:
        return None, Loaded(Config())
    url = flags.normalizer_url or env.get("NORMALIZER_URL")
    return path, load(path, env, resolve_secrets=False, normalizer_url=url)


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
