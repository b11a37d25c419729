"""`fairlead code …`: Claude Code, pointed at the router, which is started first where it does not run."""

import os
import shutil
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from fairlead.cli import claude
from fairlead.cli.daemon import home_of
from fairlead.cli.pointing import Pointing
from fairlead.cli.presets.pointing import below
from fairlead.cli.presets.shelf import manifest_of, preset_named
from fairlead.cli.start import ensured
from fairlead.cli.statusline import settings
from fairlead.router.cli.verb import CommandError, Environment, Said, Verb


def _does(options: Namespace, env: Environment) -> Said:
    """Does not come back: this process becomes Claude Code, so its exit code, signals and terminal are its own."""
    name, arguments = _preset(options.arguments)
    pointing, given = _place(ensured(env), name, env)
    command = _command(pointing, env)
    made = claude.change(pointing, env)
    for sentence in claude.overruled(made, list(_settings(env))):
        print(f"fairlead code: {sentence}", file=sys.stderr)  # noqa: T201
    sys.stderr.flush()
    sys.stdout.flush()
    if pointing.config.non_interactive_mode:
        os.dup2(os.open(os.devnull, os.O_RDONLY), sys.stdin.fileno())
    try:
        os.execve(command, [command, *_drawing(pointing, given, name, arguments), *arguments], made.applied(env))  # noqa: S606
    except OSError as error:
        raise CommandError(f"{command} cannot be run: {error.strerror}") from error


def _preset(arguments: Sequence[str]) -> tuple[str | None, Sequence[str]]:
    """The preset that is named before all arguments of Claude Code's, and those."""
    first, _, name = arguments[0].partition("=") if arguments else ("", "", "")
    if first != "--preset":
        return None, arguments
    if name:
        return name, arguments[1:]
    if len(arguments) == 1:
        raise CommandError("--preset: say which; fairlead preset list tells those there are")
    return arguments[1], arguments[2:]


def _place(pointing: Pointing, preset: str | None, env: Environment) -> tuple[Pointing, Mapping[str, Any]]:
    """Where Claude Code is to go, and settings that a preset has for it."""
    if preset is None:
        return pointing, {}
    named = preset_named(preset, pointing.config)
    own = below(pointing, named, manifest_of(named), env)
    return own.pointing, own.settings


def _drawing(pointing: Pointing, given: Mapping[str, Any], preset: str | None, arguments: Sequence[str]) -> list[str]:
    """Settings of the preset, and what makes Claude Code draw the status line; settings that were typed win."""
    wanted = {**given, **(settings(pointing.config, preset) or {})}
    if not wanted or any(one.partition("=")[0] == "--settings" for one in arguments):
        return []
    return ["--settings", msgspec.json.encode(wanted).decode()]


def _command(pointing: Pointing, env: Mapping[str, str]) -> str:
    """As the configuration's `CLAUDE_PATH` says, else the environment's, else `claude`."""
    wanted = pointing.config.claude_path or env.get("CLAUDE_PATH") or "claude"
    expanded = str(home_of(env) / wanted[2:]) if wanted.startswith("~/") else wanted
    command = shutil.which(expanded, path=env.get("PATH"))
    if command is None:
        raise CommandError(
            f"there is no command {wanted}; install Claude Code (npm install -g @anthropic-ai/claude-code), "
            "or name it with CLAUDE_PATH in the configuration or the environment"
        )
    return command


class _Settings(msgspec.Struct):
    env: dict[str, str] = {}


def _settings(env: Mapping[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Claude Code's own settings files that set variables; one that cannot be read is its own to complain about."""
    own = Path(env["CLAUDE_CONFIG_DIR"]) if env.get("CLAUDE_CONFIG_DIR") else home_of(env) / ".claude"
    project = Path.cwd() / ".claude"
    for file in dict.fromkeys((own / "settings.json", project / "settings.json", project / "settings.local.json")):
        try:
            yield str(file), msgspec.json.decode(file.read_bytes(), type=_Settings).env
        except (OSError, msgspec.MsgspecError):
            continue


def _takes(_parser: ArgumentParser) -> None:
    """Everything is Claude Code's."""


VERB = Verb(
    "code",
    "Start Claude Code behind the router, first of all --preset NAME; the rest is its own.",
    _takes,
    _does,
    passes_on=True,
)
