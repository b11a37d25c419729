"""`fairlead`, and its alias `ccr`: the table of verbs, each a module of its own."""

import os
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
    preset,
    restart,
    start,
    status,
    statusline,
    stop,
    ui,
    up,
)
from fairlead.cli.presets.shelf import is_preset
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
    preset.VERB,
    doctor.VERB,
    importing.VERB,
    ui.VERB,
    exports.VERB,
    exports.ACTIVATE,
    explaining.VERB,
)


def main(arguments: Sequence[str] | None = None, env: Mapping[str, str] | None = None) -> int:
    """The exit code: 0 done, 1 failed, 2 wrong usage."""
    typed = sys.argv[1:] if arguments is None else list(arguments)
    if (
        typed
        and typed[0] not in {verb.name for verb in VERBS}
        and is_preset(typed[0], os.environ if env is None else env)
    ):
        typed = [code.VERB.name, "--preset", *typed]
    return command.run(VERBS, typed, env)


if __name__ == "__main__":
    sys.exit(main())
