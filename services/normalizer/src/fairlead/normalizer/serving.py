"""What the normalizer serves, by whatever its configuration says at the time."""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from fairlead.shared.config import Config, Loaded, load
from fairlead.shared.config.settings import demand_client_key
from fairlead.shared.runtime.editions import Editions
from fairlead.shared.runtime.live_config import LiveConfig
from fairlead.shared.runtime.logging import get_logger

from .app import Lasting, World, build


class Reading(Struct, frozen=True):
    """How this process reads its configuration; it listens on `host`."""

    env: Mapping[str, str]
    host: str

    def read(self, path: Path) -> Loaded:
        """Raises `ConfigError`."""
        found = load(path, self.env)
        demand_client_key(found.config, self.host, self.env)
        return found


class Serving(Struct, frozen=True):
    """`editions` is the ASGI application; `live` follows the configuration's file, where there is one."""

    editions: Editions
    live: LiveConfig | None = None


def live(path: Path | None, loaded: Loaded, reading: Reading, lasting: Lasting, world: World | None = None) -> Serving:
    """What begins with the configuration `loaded`, and changes with the file at `path`."""
    editions = Editions(build(loaded.config, world, lasting=lasting))
    lasting.served = loaded.config
    editions.beside(lasting.running)
    if world is not None and world.tracing is not None:
        editions.beside(world.tracing.running)
    if path is None:
        return Serving(editions)

    async def apply(config: Config) -> None:
        await editions.replace(build(config, world, lasting=lasting))
        lasting.served = config

    following = LiveConfig(path, loaded, lambda: reading.read(path), apply, get_logger("normalizer"))
    lasting.live = following
    editions.beside(following.watched)
    return Serving(editions, following)
