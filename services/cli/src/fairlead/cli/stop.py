"""`fairlead stop`: ends the services in the background, gently while that helps."""

import sys
from argparse import ArgumentParser, Namespace

from fairlead.cli import daemon
from fairlead.cli.daemon import Desk
from fairlead.cli.progress import Progress
from fairlead.cli.running import configured, is_router
from fairlead.router.cli.verb import CommandError, Environment, Said, Verb


def _does(_options: Namespace, env: Environment) -> Said:
    said = stopped(env)
    elsewhere = _elsewhere(env)
    return Said(f"{said}; a router answers at {elsewhere}, which is ended where it was started" if elsewhere else said)


def _elsewhere(env: Environment) -> str | None:
    """The address of a router that still answers, and that is not ours to stop."""
    try:
        url = configured(env).router
    except CommandError:
        return None  # what cannot be read names nobody
    return url if is_router(url) else None


def stopped(env: Environment, desk: Desk | None = None, gentle: float = daemon.GENTLE) -> str:
    """What was done, in a sentence. Nothing to stop is well: that is what was wanted. `gentle`: seconds that running
    streams may take."""
    desk = desk or Desk.of(env)
    with desk.alone():
        record = desk.read()
        if record is None or not (record.runs or record.leftovers):
            desk.forget()
            return "fairlead does not run in the background"
        ran, progress = record.runs, Progress(sys.stderr)
        gently = daemon.end(record, lambda: progress.tick("stopping; running streams get 30 s to finish"), gentle)
        progress.done()
        desk.forget()
    if not ran:
        return "the services that were left behind are stopped"
    return f"fairlead is stopped (process {record.process.pid}{'' if gently else ', the hard way'})"


def _takes(_parser: ArgumentParser) -> None:
    """No flags."""


VERB = Verb("stop", "Stop the services in the background.", _takes, _does)
