"""Threads of the dashboard's own: what pages wait for must keep no request waiting, and requests have work in threads
too."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 2


class Aside:
    """Threads begin with the first work."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="dashboard")

    async def run(self, work: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        """What it returns or raises."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, partial(work, *args, **named))

    def close(self) -> None:
        """Nothing more is begun; what is under way is not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)
