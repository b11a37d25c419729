"""`fairlead import`: makes a configuration of another program's, and says what it could not take over."""

import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from fairlead.cli.converters import ccr, droid2api, litellm
from fairlead.cli.converters.ccr3 import database
from fairlead.cli.converters.converted import ConversionError, Converted
from fairlead.cli.daemon import home_of
from fairlead.cli.presets.package import package_at
from fairlead.cli.presets.shelf import Shelf
from fairlead.router.cli.columns import shown
from fairlead.router.cli.verb import CommandError, Environment, Said, Verb
from fairlead.shared.config.loading import manifests
from fairlead.shared.config.presets import FOLDER
from fairlead.shared.runtime.config_file import backup, write

_HERE = "-"
_NEXT = "Next: fairlead doctor checks it with real calls, fairlead start serves it."
MAX_BYTES = 4 * 1024 * 1024
"""Of a file; as for our own."""


class Program(NamedTuple):
    """`files`: names of its configuration in a folder. `usual`: where it lies when nobody says, below the home.
    `store`: the database that a later version keeps it in, and which leaves the earlier one's file where it is."""

    convert: Callable[..., Converted]
    files: tuple[str, ...]
    usual: str | None = None
    store: str | None = None


PROGRAMS: Mapping[str, Program] = {
    "ccr": Program(ccr.convert, ("config.json", "config.json5"), ".claude-code-router", "config.sqlite"),
    "droid2api": Program(droid2api.convert, ("config.json",)),
    "litellm": Program(litellm.convert, ("config.yaml", "config.yml", "proxy_server_config.yaml")),
}


def _does(options: Namespace, env: Environment) -> Said:
    program = PROGRAMS[options.program]
    source, other = _source(options.path, program, env)
    try:
        made = program.convert(_read(source, program), env, file=str(source))
    except ConversionError as error:
        raise CommandError(str(error)) from error
    if other is not None:
        made = replace(made, lost=(f"{other}: is older, and was not read; name it to have it instead", *made.lost))
    beside = _presets(options.program, source)
    if options.output == _HERE:
        left = list(_left(made, [f"{one}: presets are not printed" for one in beside]))
        print("\n".join(left), end="\n" if left else "", file=sys.stderr)  # noqa: T201
        return Said(made.text.rstrip("\n"))
    target = Path(options.output) if options.output else home_of(env) / ".fairlead/config.json"
    if target.exists() and not options.force:
        raise CommandError(f"{target} is there already; --force replaces it and keeps a copy, --output - prints")
    kept = _replace(target, made)
    brought, not_brought = _bring(beside, target)
    left = list(_left(made, not_brought))
    was = f"; what was there is {kept}" if kept else ""
    said = (f"{source} is now {target}{was}", *brought, *left, _NEXT)
    return Said("\n".join(said))


def _replace(target: Path, made: Converted) -> Path | None:
    """Variables that are still to be set do not keep it from being written."""
    try:
        kept = backup(target.resolve(), time.time())
        write(target, made.text)
    except OSError as error:
        raise CommandError(f"{target} cannot be written: {error.strerror}") from error
    return kept


def _source(path: str | None, program: Program, env: Environment) -> tuple[Path, Path | None]:
    """The file that is meant; in a folder, the one that the program itself would read. And another version's beside it,
    which is older: whoever went back to that version has changed its file since."""
    if path is None and program.usual is None:
        raise CommandError(f"say where its {program.files[0]} is")
    place = home_of(env) / program.usual if path is None and program.usual else Path(path or "")
    if path is None and not place.exists():
        raise CommandError(f"there is no {place}; say where its {program.files[0]} is")
    if not place.is_dir():
        return place, None
    found = next((place / name for name in program.files if (place / name).is_file()), None)
    store = place / program.store if program.store and (place / program.store).is_file() else None
    if found is None and store is None:
        raise CommandError(f"there is no {' and no '.join(program.files)} in {place}")
    newest = sorted((one for one in (store, found) if one), key=_changed, reverse=True)
    return newest[0], newest[1] if len(newest) > 1 else None


def _changed(file: Path) -> float:
    """When, in Unix seconds; of a database also by what its log of changes holds."""
    log = file.with_name(f"{file.name}-wal")
    return max(one.stat().st_mtime for one in (file, log) if one.exists())


def _read(source: Path, program: Program) -> str:
    try:
        with source.open("rb") as opened:
            content = opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise CommandError(f"{source} cannot be read: {error.strerror}") from error
    if program.store and content.startswith(database.MAGIC):
        return database.read(source)
    if len(content) > MAX_BYTES:
        instead = f"; if it is an export, name the {program.store} instead" if program.store else ""
        raise CommandError(f"{source} is larger than {MAX_BYTES} bytes{instead}")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise CommandError(f"{source}:{line}: is not UTF-8 text; save it as UTF-8") from error


def _presets(program: str, source: Path) -> list[Path]:
    """The folders that claude-code-router keeps presets in."""
    return [one.parent for one in manifests(source.parent / FOLDER)] if program == "ccr" else []


def _bring(presets: list[Path], target: Path) -> tuple[list[str], list[str]]:
    """Puts them beside the configuration, where nothing of their names is: what was brought, and what was not."""
    shelf = Shelf(target.parent / FOLDER, target)
    brought: list[str] = []
    left: list[str] = []
    for folder in presets:
        try:
            if shelf.place_of(folder.name).exists():
                left.append(f"{folder}: there is {shelf.folder / folder.name} already")
                continue
            shelf.put(folder.name, package_at(folder))
            brought.append(f"{folder} is now {shelf.folder / folder.name}")
        except CommandError as error:
            left.append(f"{folder}: {error}")
    return brought, left


def _left(made: Converted, beside: list[str]) -> Iterator[str]:
    """What a person has to know, and to do, beside the file itself."""
    lost = [*made.lost, *beside]
    if lost:
        yield "Not taken over, or not as it was:"
        yield from (f"  {shown(line)}" for line in lost)
    if made.todo:
        yield "To do:"
        yield from (f"  {shown(line)}" for line in made.todo)


def _takes(parser: ArgumentParser) -> None:
    parser.add_argument("program", choices=sorted(PROGRAMS), help="whose configuration it is")
    parser.add_argument("path", nargs="?", metavar="PATH", help="the file, or its folder (ccr: ~/.claude-code-router)")
    parser.add_argument("--output", metavar="FILE", help="where to (~/.fairlead/config.json); - prints it")
    parser.add_argument("--force", action="store_true", help="replace what is there, and keep a copy")


VERB = Verb("import", "Make a configuration of claude-code-router's, droid2api's or LiteLLM's.", _takes, _does)
