"""A command of verbs: finds the one that was asked for, and says what it says."""

import argparse
import io
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from fairlead.router.cli.verb import CommandError, Environment, Said, Verb
from fairlead.shared.config.sections import nearest

NAME = "fairlead"
WRONG_USAGE = 2
_WORDS = {"help": "--help", "version": "--version"}
"""What people type for a flag."""


def run(verbs: Iterable[Verb], arguments: Sequence[str] | None, env: Mapping[str, str] | None = None) -> int:
    """The exit code: 0 done, 1 failed, 2 wrong usage."""
    _prepare_output()
    typed = sys.argv[1:] if arguments is None else list(arguments)
    typed[:1] = [_WORDS.get(word, word) for word in typed[:1]]
    known = {verb.name: verb for verb in verbs}
    first = known.get(typed[0]) if typed else None
    if first is not None and first.passes_on:
        return _run(first, argparse.Namespace(arguments=typed[1:]), os.environ if env is None else env)
    parser = _parser(known.values())
    if not typed:
        parser.print_help(sys.stderr)
        parser.exit(WRONG_USAGE)
    if first is None and not typed[0].startswith("-"):
        near = nearest(typed[0], known)
        parser.error(
            f"there is no {typed[0]}; " + (f"did you mean {near}?" if near else f"{NAME} --help says what there is")
        )
    options, unknown = parser.parse_known_args(typed)
    if unknown:
        # Of the verb, whose usage is the one to be shown.
        options.parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    return _run(options.verb, options, os.environ if env is None else env)


def _prepare_output() -> None:
    """For readers whose encoding lacks a sign, such as one of a model's name, and for none at all."""
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115, PTH123 - for as long as the process lasts
    sys.stderr = sys.stderr or sys.stdout
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _run(verb: Verb, options: argparse.Namespace, env: Environment) -> int:
    try:
        Path.home()
    except RuntimeError:
        print(f"{NAME} {verb.name}: this user has no home directory; set HOME", file=sys.stderr)  # noqa: T201
        return 1
    try:
        said = verb.does(options, env)
        _say(said)
    except CommandError as error:
        print(f"{NAME} {verb.name}: {error}", file=sys.stderr)  # noqa: T201
        return 1
    except KeyboardInterrupt:
        print(f"\n{NAME} {verb.name}: interrupted", file=sys.stderr)  # noqa: T201
        return 1
    except BrokenPipeError:
        # Whoever reads us has seen enough. Python would complain once more when it closes its own end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        # What verbs have no words of their own for: somebody else's folder, a full disk, a working folder that is gone.
        what = ": ".join(str(part) for part in (error.filename, error.strerror) if part) or str(error)
        print(f"{NAME} {verb.name}: {what}", file=sys.stderr)  # noqa: T201
        return 1
    return 1 if said.failed else 0


def _say(said: Said) -> None:
    if said.text:
        print(said.text, flush=True)  # noqa: T201


def _parser(verbs: Iterable[Verb]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=NAME, description="Looks after fairlead's services.", allow_abbrev=False)
    parser.add_argument("-v", "--version", action="version", version=f"{NAME} {version('fairlead-router')}")
    subparsers = parser.add_subparsers(metavar="VERB", required=True)
    for verb in verbs:
        own = subparsers.add_parser(verb.name, help=verb.summary, description=verb.summary, allow_abbrev=False)
        verb.takes(own)
        own.set_defaults(verb=verb, parser=own)
    return parser
