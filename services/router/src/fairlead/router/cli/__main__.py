"""`fairlead`: finds the verb that was asked for, and says what it says."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence

from fairlead.router.cli import explain
from fairlead.router.cli.verb import CommandError, Verb

VERBS: tuple[Verb, ...] = (explain.VERB,)


def main(arguments: Sequence[str] | None = None, env: Mapping[str, str] | None = None) -> int:
    """The exit code: 0 done, 1 failed, 2 wrong usage."""
    options = _parser().parse_args(arguments)
    verb: Verb = options.verb
    try:
        said = verb.does(options, os.environ if env is None else env)
        print(said.text, flush=True)  # noqa: T201
    except CommandError as error:
        print(f"fairlead {verb.name}: {error}", file=sys.stderr)  # noqa: T201
        return 1
    except BrokenPipeError:
        # Whoever reads us has seen enough. Python would complain once more when it closes its own end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return 1 if said.failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="fairlead", description="Looks after fairlead's services.")
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    for verb in VERBS:
        own = verbs.add_parser(verb.name, help=verb.summary, description=verb.summary)
        verb.takes(own)
        own.set_defaults(verb=verb)
    return parser


if __name__ == "__main__":
    sys.exit(main())
