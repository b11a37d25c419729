"""The transformers of one configuration: which file has which name, and what is wrong with those that have none."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from fairlead.shared.config.schema import CustomTransformer, Provider, TransformerUse
from fairlead.shared.config.sections import did_you_mean
from fairlead.shared.config.transformers import DIALECTS, OPTIONS
from fairlead.shared.failure import Failure, FailureError, Kind

from .talk import LONGEST, PATIENCE, Loaded
from .worker import UnrunnableError, Worker, command_of


class Workshop:
    """Its processes are started by `open`, or with the first request. Nothing is started for `files` of none."""

    def __init__(
        self,
        files: Sequence[CustomTransformer],
        clock: Callable[[], float],
        log: Any,
        *,
        command: Callable[[CustomTransformer], tuple[str, ...]] = command_of,
        patience: float = PATIENCE,
    ) -> None:
        self._files = files
        self._log = log
        self._workers: dict[str, Worker] = {}
        self._broken: dict[str, str] = {}
        for file in files:
            try:
                runs = command(file)
            except UnrunnableError as error:
                self._broken[file.path] = str(error)
            else:
                self._workers[file.path] = Worker(
                    file.path, runs, clock, log, longest=LONGEST, patience=patience, options=file.options
                )
        self._by_name: dict[str, Worker] = {}
        self._loading: asyncio.Task[None] | None = None

    def __repr__(self) -> str:
        return f"<Workshop files={len(self._files)} names={sorted(self._by_name)}>"

    async def open(self, providers: Iterable[Provider]) -> None:
        """Begins to load every file, and to say what is wrong: with files, and with names that `providers` use."""
        if self._files:
            uses = [use for one in providers for use in _custom(one)]
            self._loading = asyncio.create_task(self._load(uses))

    async def of(self, name: str) -> Worker | None:
        """Who has a name; None: nobody, as it was said at the start. Raises `FailureError` while there is a file that
        may have it, and cannot be run."""
        if self._loading is None:
            self._loading = asyncio.create_task(self._load([]))
        await asyncio.shield(self._loading)
        worker = self._by_name.get(name.lower())
        if worker is None:
            await self._retry()
            worker = self._by_name.get(name.lower())
        if worker is None and self._broken:
            why = "; ".join(self._broken.values())
            raise FailureError(Failure(Kind.UNSUPPORTED, f"the transformer {name} cannot be used: {why}"))
        return worker

    async def aclose(self) -> None:
        """Ends every process."""
        if self._loading is not None:
            self._loading.cancel()
            await asyncio.gather(self._loading, return_exceptions=True)
        for worker in self._workers.values():
            await worker.aclose()

    async def _load(self, uses: Iterable[TransformerUse]) -> None:
        for why in self._broken.values():
            self._log.error("transformer", message=why)
        await self._retry()
        for name in dict.fromkeys(use.name for use in uses):
            if name.lower() not in self._by_name and not self._broken:
                near = did_you_mean(name, (*self._by_name, *DIALECTS, *OPTIONS))
                self._log.warning("transformer", message=f"no file has a transformer {name}; it is left out{near}")

    async def _retry(self) -> None:
        """Loads the files that are not loaded: one may have been mended."""
        known = {id(worker) for worker in self._by_name.values()}
        left = [file for file in self._files if file.path in self._workers]
        await asyncio.gather(*[self._try(file) for file in left if id(self._workers[file.path]) not in known])

    async def _try(self, file: CustomTransformer) -> None:
        worker = self._workers[file.path]
        if worker.resting:
            return
        try:
            loaded = await worker.load()
        except FailureError as error:
            if self._broken.get(file.path) != str(error):
                self._log.error("transformer", message=str(error))
            self._broken[file.path] = str(error)
            return
        name = file.name or loaded.name
        if not name:
            self._broken[file.path] = f"the transformer in {file.path} has no name"
            self._log.error("transformer", message=self._broken[file.path])
            return
        self._broken.pop(file.path, None)
        self._by_name[name.lower()] = worker
        self._remark(file, name, loaded)

    def _remark(self, file: CustomTransformer, name: str, loaded: Loaded) -> None:
        self._log.info("transformer", name=name, file=file.path, message="loaded")
        if loaded.unused:
            what = ", ".join(loaded.unused)
            self._log.warning("transformer", name=name, message=f"{what}: never called; see docs/transformers.md")
        if file.name is None and name.lower() in OPTIONS.keys() | DIALECTS:
            message = (
                f'one of that name is built in, and used; to use {file.path} instead, put name: "{name}" beside it'
            )
            self._log.warning("transformer", name=name, message=message)


def _custom(provider: Provider) -> list[TransformerUse]:
    chains = (provider.transformer.use, *provider.transformer.models.values())
    return [use for chain in chains for use in chain if use.custom]
