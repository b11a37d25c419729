"""`fairlead preset …`: lists, tells, installs and deletes presets, and makes one of the configuration."""

import getpass
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from fairlead.cli.presets.exporting import exported
from fairlead.cli.presets.package import Package, package_at
from fairlead.cli.presets.questions import answers
from fairlead.cli.presets.shelf import Shelf, manifest_of
from fairlead.cli.presets.telling import about_one, powers, rows
from fairlead.cli.running import configured
from fairlead.router.cli.columns import shown
from fairlead.router.cli.verb import CommandError, Environment, Said, Verb
from fairlead.shared.config import ConfigError
from fairlead.shared.config.document import read as read_document
from fairlead.shared.config.editing import EditError, with_value
from fairlead.shared.config.inputs import Values
from fairlead.shared.config.loading import read_text
from fairlead.shared.config.manifest import Manifest, read_manifest
from fairlead.shared.config.masking import masked
from fairlead.shared.config.presets import MANIFEST, is_name
from fairlead.shared.config.schema import Preset
from fairlead.shared.config.sections import did_you_mean, fold
from fairlead.shared.runtime.config_file import write

_MARKET = "there is no marketplace here: download the preset, and give its folder, zip or manifest"


def _list(_options: Namespace, env: Environment) -> Said:
    shelf = Shelf.of(env)
    names = shelf.names()
    if not names:
        return Said(f"There is no preset in {shelf.folder}; fairlead preset install PATH puts one there.")
    config, _ = shelf.loaded(env)
    return Said("\n".join((str(shelf.folder), *rows((one, _about(one)) for one in config.presets))))


def _info(options: Namespace, env: Environment) -> Said:
    shelf = Shelf.of(env)
    config, warnings = shelf.loaded(env)
    preset = _known(options.name, config.presets)
    lines = about_one(preset, _readable(preset), configured(env).router, warnings, env)
    return Said("\n".join(lines), failed=bool(preset.problems))


def _known(name: str, presets: tuple[Preset, ...]) -> Preset:
    found = next((one for one in presets if one.name == name), None)
    if found is None:
        raise CommandError(f"there is no preset {name}{did_you_mean(name, [one.name for one in presets])}")
    return found


def _readable(preset: Preset) -> Manifest | None:
    try:
        return manifest_of(preset)
    except CommandError:
        return None  # its problems say why


def _about(preset: Preset) -> Mapping[str, Any]:
    manifest = _readable(preset)
    return manifest.about if manifest is not None else {}


def _install(options: Namespace, env: Environment) -> Said:
    shelf, place = Shelf.of(env), Path(options.path).expanduser()
    if not place.exists() and not shelf.has(options.path):
        raise CommandError(f"there is no {options.path}; {_MARKET}")
    again = not place.exists()
    package = package_at(shelf.folder / options.path if again else place)
    name = options.name or (options.path if again else _name_of(package, place))
    target = shelf.place_of(name)
    if target.exists() and not again and not options.force:
        raise CommandError(f"{target} is there already; --force replaces it, --name gives this one another name")
    text = _answered(package, target, _flags(options.set), _typed if sys.stdin.isatty() else None)
    shelf.put(name, {**package, MANIFEST: text.encode()})
    return _installed(shelf, name, env)


def _name_of(package: Package, place: Path) -> str:
    """As the manifest says, else as the folder or file is called."""
    said = _manifest(package, place, None).about.get("name")
    return said if isinstance(said, str) and is_name(said) else _called(place.resolve())


def _called(place: Path) -> str:
    if place.name == MANIFEST:
        return place.parent.name
    return place.name if place.is_dir() else place.stem


def _manifest(package: Package, place: Path, given: Values | None) -> Manifest:
    try:
        return read_manifest(_text(package), file=f"{place}/{MANIFEST}", folder=str(place), given=given)
    except ConfigError as error:
        raise CommandError(f"nothing is installed:\n{error}") from error


def _text(package: Package) -> str:
    try:
        return package[MANIFEST].decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CommandError(f"{MANIFEST} is not UTF-8 text; save it as UTF-8") from error


def _answered(package: Package, target: Path, flags: Mapping[str, str], ask: Callable[[str, bool], str] | None) -> str:
    """The manifest with the answers in it."""
    before = _manifest(package, target, None)
    kept = before.given
    try:
        given = answers(lambda given: _manifest(package, target, given), kept, flags, ask)
    except EOFError:
        raise CommandError("nothing is installed, since not everything was answered") from None
    text = _text(package)
    if given == kept:
        return text
    try:
        return with_value(text, (_spelling(before, "userValues"),), dict(given))
    except EditError as error:
        raise CommandError(f"{MANIFEST} cannot take the answers: {error}") from error


def _spelling(manifest: Manifest, key: str) -> str:
    return next((own for own in manifest.applied.source.value if fold(own) == fold(key)), key)


def _typed(prompt: str, secret: bool) -> str:
    return getpass.getpass(prompt) if secret else input(prompt)


def _flags(pairs: list[str]) -> dict[str, str]:
    for pair in pairs:
        if "=" not in pair:
            raise CommandError(f"--set {pair}: write --set ID=ANSWER")
    return {id: answer for id, _, answer in (pair.partition("=") for pair in pairs)}


def _installed(shelf: Shelf, name: str, env: Environment) -> Said:
    """What has become of it."""
    said = [f"Installed {name} into {shelf.folder / name}"]
    if shelf.config is None:
        return Said(
            "\n".join(
                (*said, "There is no configuration yet to serve it beside; ~/.fairlead/config.json is the place.")
            )
        )
    config, _ = shelf.loaded(env)
    preset = _known(name, config.presets)
    manifest = _readable(preset)
    said += [f"It sends to {shown(masked(one.api_base_url))}" for one in preset.providers]
    said += powers(manifest, env) if manifest is not None else ()
    said += preset.problems
    said.append(
        f"Mend that, and fairlead preset info {name} tells whether it is served."
        if preset.problems
        else f"Next: fairlead code --preset {name}"
    )
    return Said("\n".join(said), failed=bool(preset.problems))


def _delete(options: Namespace, env: Environment) -> Said:
    return Said(f"Deleted {Shelf.of(env).remove(options.name)}")


def _export(options: Namespace, env: Environment) -> Said:
    shelf = Shelf.of(env)
    if shelf.config is None or shelf.config.is_dir():
        raise CommandError("there is no configuration in one file that a preset could be made of")
    shelf.place_of(options.name)
    try:
        config = read_document(read_text(shelf.config), file=str(shelf.config)).value
    except ConfigError as error:
        raise CommandError(str(error)) from error
    about = {"name": options.name, "version": "1.0.0", "description": options.description, "author": options.author}
    about["keywords"] = [one.strip() for one in (options.tags or "").split(",") if one.strip()]
    made = exported(config, {key: value for key, value in about.items() if value})
    target = Path(options.output or options.name) / MANIFEST
    if target.exists() and not options.force:
        raise CommandError(f"{target} is there already; --force replaces it")
    try:
        write(target, msgspec.json.format(msgspec.json.encode(made.manifest), indent=2).decode() + "\n")
    except OSError as error:
        raise CommandError(f"{target} cannot be written: {error.strerror}") from error
    said = [f"Written to {target}"]
    if made.variables:
        said.append(f"In place of secrets it has variables, to be set where it is used: {', '.join(made.variables)}")
    return Said("\n".join(said))


def _does(options: Namespace, env: Environment) -> Said:
    does: Callable[[Namespace, Environment], Said] = options.work
    return does(options, env)


def _takes(parser: ArgumentParser) -> None:
    works = parser.add_subparsers(metavar="WHAT", required=True)
    listed = works.add_parser("list", help="the presets beside the configuration")
    listed.set_defaults(work=_list)
    told = works.add_parser("info", help="all about one, and what is wrong with it")
    told.set_defaults(work=_info)
    install = works.add_parser("install", help="put a folder, a zip or a manifest there; asks what its schema asks")
    install.add_argument("path", metavar="PATH", help="on this machine; the name of an installed one asks anew")
    install.add_argument("--name", metavar="NAME", help="what it is called here (as its manifest says)")
    install.add_argument("--set", metavar="ID=ANSWER", action="append", default=[], help="answers one of its inputs")
    install.add_argument("--force", action="store_true", help="replace one of the same name")
    install.set_defaults(work=_install)
    delete = works.add_parser("delete", aliases=["rm", "remove"], help="take one away")
    delete.set_defaults(work=_delete)
    export = works.add_parser("export", help="make a preset of the configuration, without its secrets")
    export.add_argument("--output", metavar="FOLDER", help="where to (a folder of its name, here)")
    export.add_argument("--description", metavar="TEXT")
    export.add_argument("--author", metavar="TEXT")
    export.add_argument("--tags", metavar="WORDS", help="keywords with commas between")
    export.add_argument("--force", action="store_true", help="replace what is there")
    export.set_defaults(work=_export)
    for one in (told, delete, export):
        one.add_argument("name", metavar="NAME")


VERB = Verb("preset", "List, install, export and delete presets.", _takes, _does)
