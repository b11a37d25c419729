"""`fairlead env`: what points a client at the services, in the words of a shell: `eval "$(fairlead env)"`."""

import os
import shlex
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from fairlead.cli import claude
from fairlead.cli.claude import Change
from fairlead.cli.daemon import Desk
from fairlead.cli.running import configured, pointing_of
from fairlead.router.cli.verb import Environment, Said, Verb


class Shell(NamedTuple):
    """How a shell sets and forgets a variable."""

    set: Callable[[str, str], str]
    unset: Callable[[str], str]


def _fish(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _powershell(value: str) -> str:
    doubled = value.replace("'", "''")
    return f"'{doubled}'"


SHELLS: Mapping[str, Shell] = {
    "sh": Shell(lambda name, value: f"export {name}={shlex.quote(value)}", lambda name: f"unset {name}"),
    "fish": Shell(lambda name, value: f"set -gx {name} {_fish(value)}", lambda name: f"set -e {name}"),
    "powershell": Shell(
        lambda name, value: f"$env:{name} = {_powershell(value)}",
        lambda name: f"Remove-Item Env:{name} -ErrorAction SilentlyContinue",
    ),
}
_NAMES = {"fish": "fish", "pwsh": "powershell"}
"""Programs whose language is not that of sh."""


def exports(change: Change, shell: Shell) -> Iterator[str]:
    """One line for each variable."""
    yield from (shell.set(name, value) for name, value in change.set.items())
    yield from (shell.unset(name) for name in change.unset)


def _does(options: Namespace, env: Environment) -> Said:
    record = Desk.of(env).running()
    pointing = pointing_of(record, env) if record else configured(env)
    change = claude.change(pointing, env)
    own = {"OPENAI_BASE_URL": f"{pointing.normalizer}/v1"}
    if pointing.key is not None:
        own["OPENAI_API_KEY"] = pointing.key
    whole = Change({**change.set, **own}, change.unset)
    named = options.shell or _NAMES.get(os.path.basename(env.get("SHELL", "")), "sh")  # noqa: PTH119
    return Said("\n".join(exports(whole, SHELLS[named])))


def _takes(parser: ArgumentParser) -> None:
    parser.add_argument("--shell", choices=sorted(SHELLS), help="whose words (as $SHELL says, else sh)")


VERB = Verb("env", 'Print what points clients at the services: eval "$(fairlead env)".', _takes, _does)
ACTIVATE = Verb("activate", "The same as env, by claude-code-router's name.", _takes, _does)
