"""The router as it runs with a configuration file, on a real socket, in the test's own event loop."""

import os
from pathlib import Path

from fairlead.router.lasting import Surroundings
from fairlead.router.serving import Reading, Serving, live, read_config
from fairlead.shared.config.settings import Flags

from .running import Lines, RunningRouter


class WithFile(RunningRouter):
    """`file` is its configuration."""

    def __init__(self, file: Path, normalizer_url: str, *, host: str = "127.0.0.1") -> None:
        self.log = Lines()
        env = {"HOME": str(file.parent), "FAIRLEAD_DATA": str(file.parent / "data"), "PATH": os.environ["PATH"]}
        flags = Flags(normalizer_url=normalizer_url)
        loaded = read_config(file, flags, env)
        self.serving: Serving = live(loaded, Reading(flags, env, file, host), Surroundings(self.log))
        self.listen(self.serving.editions)

    async def look(self) -> None:
        """Two looks at the file: what has changed is served with."""
        assert self.serving.live is not None
        await self.serving.live.look()
        await self.serving.live.look()


def with_file(file: Path, text: str, normalizer_url: str) -> WithFile:
    file.write_text(text)
    return WithFile(file, normalizer_url)
