"""`fairlead up`: serves router and normalizer from this terminal until Ctrl-C."""

import asyncio
from argparse import ArgumentParser, Namespace

from fairlead.cli.launcher import options as launching
from fairlead.cli.launcher.stack import run
from fairlead.cli.running import to_serve
from fairlead.router.cli.verb import Environment, Said, Verb


def _does(options: Namespace, env: Environment) -> Said:
    choice = to_serve(launching.of(options), env)
    launching.demand_ports(choice)
    if choice.simulated:
        # The services read another file; in this one a slip may be why it has no key.
        for warning in choice.warnings:
            _tell(warning)
    return Said("", failed=asyncio.run(run(choice, env, _tell)) != 0)


def _tell(text: str) -> None:
    print(text, flush=True)  # noqa: T201


def _takes(parser: ArgumentParser) -> None:
    launching.takes(parser)


VERB = Verb("up", "Serve router and normalizer from this terminal until Ctrl-C.", _takes, _does)
