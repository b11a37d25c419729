"""What of `fairlead` the router brings itself, where the rest is not installed: `python -m fairlead.router.cli`."""

import sys
from collections.abc import Mapping, Sequence

from fairlead.router.cli import command, explain
from fairlead.router.cli.verb import Verb

VERBS: tuple[Verb, ...] = (explain.VERB,)


def main(arguments: Sequence[str] | None = None, env: Mapping[str, str] | None = None) -> int:
    """The exit code: 0 done, 1 failed, 2 wrong usage."""
    return command.run(VERBS, arguments, env)


if __name__ == "__main__":
    sys.exit(main())
