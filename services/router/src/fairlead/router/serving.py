"""What the router serves, by whatever its configuration says at the time."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from fairlead.router.app import edition
from fairlead.router.lasting import Lasting, Settings, Surroundings
from fairlead.router.router_files import Folders
from fairlead.router.steering import Steering
from fairlead.shared.config import Config, Loaded, load, settings
from fairlead.shared.config.loading import parse_beside
from fairlead.shared.config.schema import Secret
from fairlead.shared.config.settings import Flags
from fairlead.shared.runtime.editions import Editions
from fairlead.shared.runtime.live_config import LiveConfig

NORMALIZER_KEY = "NORMALIZER_API_KEY"
"""The normalizer's client key, where it is none of ours; with one file for both services it is `APIKEY`, or the first
of `client_keys` that is without limits."""


ACTIVE_TABLE = Path("generated/active-routing.json")
"""Within a V3 directory."""


LOGS = "logs"
"""The folder of log files, in the folder of what is kept, where the configuration names none."""


class Reading(Struct, frozen=True):
    """How this process reads the configuration at `path`; it listens on `host`."""

    flags: Flags
    env: Mapping[str, str]
    path: Path | None
    host: str

    def read(self) -> Loaded:
        """Raises `ConfigError`."""
        assert self.path is not None, "without a file there is nothing to read"
        return self._allowed(read_config(self.path, self.flags, self.env))

    def parse(self, text: str) -> Loaded:
        """What the file would say with this text. Raises `ConfigError`."""
        assert self.path is not None, "without a file there is nothing to change"
        url = self.flags.normalizer_url or self.env.get("NORMALIZER_URL")
        found = parse_beside(self.path, text, self.env, resolve_secrets=False, normalizer_url=url)
        return self._allowed(found)

    def _allowed(self, found: Loaded) -> Loaded:
        settings.demand_client_key(found.config, self.host, self.env)
        return found

    def settings(self, config: Config, log: Any) -> Settings:
        """What goes with a configuration."""
        resolved = settings.resolve("router", self.flags, self.env, config)
        data = Path(resolved.data).expanduser()
        key, path = self.env.get(NORMALIZER_KEY), self.path
        return Settings(
            resolved.normalizer_url,
            Secret(key) if key else own_key(config, log),
            redis_url=resolved.redis_url,
            folders=folders(self.env, Path.home(), resolved.data),
            active_table=path / ACTIVE_TABLE if path is not None and path.is_dir() else None,
            data=data,
            logs=Path(resolved.logs).expanduser() if resolved.logs else data / LOGS,
            database_url=resolved.database_url,
        )


class Serving(Struct, frozen=True):
    """`editions` is the ASGI application; `live` follows the configuration's file, where there is one. `draining` is to
    be told when the process stops: it ends what would wait for ever."""

    editions: Editions
    draining: Callable[[], None]
    live: LiveConfig | None = None


def live(loaded: Loaded, reading: Reading, around: Surroundings) -> Serving:
    """What begins with the configuration `loaded`, and changes with its file."""
    first = reading.settings(loaded.config, around.log)
    lasting = Lasting(loaded.config, first, around)

    async def apply(config: Config) -> None:
        await editions.replace(edition(config, reading.settings(config, around.log), around, lasting, steering))
        await lasting.heed(config)

    path = reading.path
    following = LiveConfig(path, loaded, reading.read, apply, around.log) if path is not None else None
    steering = Steering(following, reading.parse, around.now) if following is not None else None
    editions = Editions(edition(loaded.config, first, around, lasting, steering))
    editions.beside(lasting.running)
    if around.tracing is not None:
        editions.beside(around.tracing.running)
    if following is not None:
        editions.beside(following.watched)
    return Serving(editions, lasting.lobby.live.close, following)


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


def read_config(path: Path, flags: Flags, env: Mapping[str, str]) -> Loaded:
    """The configuration of a file or V3 directory."""
    url = flags.normalizer_url or env.get("NORMALIZER_URL")
    return load(path, env, resolve_secrets=False, normalizer_url=url)
