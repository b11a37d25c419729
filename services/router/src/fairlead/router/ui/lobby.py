"""What the dashboard keeps from one configuration to the next: who is logged in, who looks, and what pages are made
with."""

import asyncio
from collections.abc import Callable

from .aside import Aside
from .live import Live
from .rendering import Renderer
from .visitors import Visitors


class Lobby:
    """Made with the router; what pages are made with, when the first is asked for."""

    def __init__(self, random_bytes: Callable[[int], bytes]) -> None:
        self.visitors, self.live, self.aside = Visitors(random_bytes), Live(), Aside()
        self._renderer: asyncio.Task[Renderer] | None = None

    def __repr__(self) -> str:
        return f"<Lobby {self.visitors!r} {self.live!r}>"

    async def renderer(self) -> Renderer:
        """Off the event loop the first time; whoever asks meanwhile waits for the same."""
        if self._renderer is None:
            self._renderer = asyncio.create_task(self.aside.run(Renderer))
        return await asyncio.shield(self._renderer)

    def close(self) -> None:
        """The router has stopped."""
        self.live.close()
        self.aside.close()
