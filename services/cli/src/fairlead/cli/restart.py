"""`fairlead restart`: stops the services in the background and starts them with the flags they had, or with others."""

import sys
from argparse import ArgumentParser, Namespace

from fairlead.cli.daemon import Desk
from fairlead.cli.launcher import options as launching
from fairlead.cli.launcher.choice import Options
from fairlead.cli.start import started, told
from fairlead.cli.stop import stopped
from fairlead.router.cli.verb import Environment, Said, Verb


def _does(options: Namespace, env: Environment) -> Said:
    record = Desk.of(env).running()
    wanted = launching.of(options)
    if wanted == Options() and record is not None:
        wanted = _again(record.flags)
    # A file that cannot be used is found before anything is stopped.
    launching.chosen(wanted, env)
    if record is not None:
        print(stopped(env), file=sys.stderr, flush=True)  # noqa: T201
    return Said(told(started(wanted, env)))


def _again(flags: tuple[str, ...]) -> Options:
    parser = ArgumentParser()
    launching.takes(parser)
    return launching.of(parser.parse_args(flags))


def _takes(parser: ArgumentParser) -> None:
    launching.takes(parser)


VERB = Verb("restart", "Stop the services in the background and start them again.", _takes, _does)
