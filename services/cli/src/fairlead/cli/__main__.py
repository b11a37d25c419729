"""`fairlead`, and its alias `ccr`: the table of verbs, each a module of its own."""

import sys
from collections.abc import Mapping, Sequence

from fairlead.cli import (
    code,
    doctor,
    explaining,
    exports,
    importing,
    logs,
    model,
    restart,
    start,
    status,
    statusline,
    stop,
    ui,
    up,
)
from fairlead.router.cli import command
from fairlead.router.cli.verb import Verb

VERBS: tuple[Verb, ...] = (
    up.VERB,
    start.VERB,
    stop.VERB,
    restart.VERB,
    status.VERB,
    logs.VERB,
    code.VERB,
    statusline.VERB,
    model.VERB,
    doctor.VERB,
    importing.VERB,
    ui.VERB,
    exports.VERB,
    exports.ACTIVATE,
    explaining.VERB,
)


def main(arguments: Sequence[str] | None = None, env: Mapping[str, str] | None = None) -> int:
    """The exit code: 0 done, 1 failed, 2 wrong usage."""
    return command.run(VERBS, arguments, env)


if __name__ == "__main__":
    sys.exit(main())
