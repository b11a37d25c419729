"""`fairlead start`: both services in the background, each start checked before it is called one."""

import os
import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path

import httpx2
import msgspec

from fairlead.cli import daemon
from fairlead.cli.daemon import Desk, Process, Record, home_of
from fairlead.cli.launcher import options as launching
from fairlead.cli.launcher.choice import Choice, Options
from fairlead.cli.launcher.stack import START_WITHIN
from fairlead.cli.overview import beneath
from fairlead.cli.pointing import Pointing
from fairlead.cli.progress import Progress
from fairlead.cli.running import SECONDS, found, is_router, pointing_of, to_serve
from fairlead.router.cli.verb import CommandError, Environment, Said, Verb


class AlreadyRunningError(CommandError):
    """Somebody else was first."""


_NEXT = "Next: fairlead code starts Claude Code behind it; fairlead doctor tries every provider."


def _does(options: Namespace, env: Environment) -> Said:
    return Said(f"{told(started(launching.of(options), env))}\n{_NEXT}")


def started(options: Options, env: Environment, desk: Desk | None = None) -> Record:
    """Both services, ready; what is odd in their file is told on stderr. Raises `CommandError` where they run already,
    or do not start.

    `desk`: where that is remembered, if not where it always is; whoever names one tells of the file.
    """
    quietly, desk = desk is not None, desk or Desk.of(env)
    with desk.alone():
        if record := desk.running():
            raise AlreadyRunningError(
                f"already running as process {record.process.pid} at {record.router}; fairlead restart starts it anew"
            )
        _clear(desk)
        choice = to_serve(options, env)
        if is_router(choice.router.url):
            raise CommandError(
                f"a router answers at {choice.router.url} already, which fairlead start did not begin; "
                "end it where it was started, or choose other ports"
            )
        launching.demand_ports(choice)
        for warning in () if quietly else choice.warnings:
            print(warning, file=sys.stderr)  # noqa: T201
        return _begin(desk, choice, options, env)


def ensured(env: Environment) -> Pointing:
    """Services that run, started now where none did. Raises `CommandError`."""
    pointing = found(env)
    if pointing is not None:
        return pointing
    try:
        record = started(Options(), env)
    except AlreadyRunningError:
        # Another of us was starting them at the same time.
        return ensured(env)
    print(told(record), file=sys.stderr, flush=True)  # noqa: T201
    return pointing_of(record, env)


def _clear(desk: Desk) -> None:
    """Ends what was left behind when somebody killed the process that looked after it."""
    stale = desk.read()
    if stale is not None and stale.leftovers:
        progress = Progress(sys.stderr)
        daemon.end(stale, lambda: progress.tick("ending services that were left behind"))
        progress.done()
    desk.forget()


def _begin(desk: Desk, choice: Choice, options: Options, env: Environment) -> Record:
    flags, logs = tuple(_flags(choice, options, env)), _logs(choice, desk)
    handle = desk.open_log()
    written = os.fstat(handle).st_size
    try:
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-P", "-m", "fairlead.cli", "up", *flags],
            env={**env, "FAIRLEAD_LOGS": logs},
            # Paths in a configuration are seen from where it lies, wherever the services are started from.
            cwd=choice.router.config.parent if choice.router.config else home_of(env),
            stdin=subprocess.DEVNULL,
            stdout=handle,
            stderr=handle,
            start_new_session=True,
        )
    finally:
        os.close(handle)
    began = daemon.began(process.pid)
    record = Record(
        process=Process(process.pid, began or ""),
        members=(),
        router=choice.router.url,
        normalizer=choice.normalizer.url,
        # Whoever reads it next may stand in another folder.
        config=str(_whole(choice.router.config, env)) if choice.router.config else None,
        simulated=choice.simulated,
        log=logs,
        since=time.time(),
        flags=flags,
    )
    # Before they are ready: whoever interrupts us leaves nothing behind that nobody knows of.
    desk.write(record)
    try:
        _wait(process, record, desk, written)
    except BaseException:
        daemon.end(record, lambda: None)
        desk.forget()
        raise
    record = msgspec.structs.replace(record, members=daemon.members_of(process.pid))
    desk.write(record)
    return record


def _logs(choice: Choice, desk: Desk) -> str:
    """The folder the services write their logs to: beside ours, unless something else is named."""
    return choice.router.settings.logs or choice.normalizer.settings.logs or str(desk.log.parent)


def _flags(choice: Choice, options: Options, env: Environment) -> Iterator[str]:
    """The same choice again, wherever it is made: with whole paths, and the ports that were found free."""
    yield from ("--port", str(choice.router.settings.port))
    yield from ("--normalizer-port", str(choice.normalizer.settings.port))
    file = options.config or launching.settings_file(env)
    if file:
        yield from ("--config", str(_whole(file, env)))
    if options.normalizer_config:
        yield from ("--normalizer-config", str(_whole(options.normalizer_config, env)))
    if options.simulated:
        yield "--simulated"


def _whole(file: str | Path, env: Environment) -> Path:
    text = str(file)
    return home_of(env) / text[2:] if text.startswith("~/") else Path(text).absolute()


def _wait(process: "subprocess.Popen[bytes]", record: Record, desk: Desk, written: int) -> None:
    """Returns when the router is ready, which it is after all others."""
    progress = Progress(sys.stderr)
    deadline = time.monotonic() + START_WITHIN
    try:
        while not _is_ready(record.router):
            if process.poll() is not None:
                raise CommandError(f"the services did not start:\n{desk.tail(written)}\nall of it: {desk.log}")
            if time.monotonic() > deadline:
                raise CommandError(f"not ready after {START_WITHIN:.0f} s; {desk.log} may tell why")
            progress.tick("starting the services")
            time.sleep(daemon.POLL)
    finally:
        progress.done()


def _is_ready(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/ready", timeout=SECONDS, trust_env=False).is_success
    except httpx2.HTTPError:
        return False


def told(record: Record) -> str:
    """What was started."""
    lines = (
        f"fairlead runs (process {record.process.pid})",
        f"  router      {record.router}",
        f"  normalizer  {record.normalizer}",
        *beneath(record),
    )
    return "\n".join(lines)


def _takes(parser: ArgumentParser) -> None:
    launching.takes(parser)


VERB = Verb("start", "Start both services in the background.", _takes, _does)
