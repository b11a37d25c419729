"""The folder of presets beside the configuration: which there are, and how one comes and goes."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from fairlead.cli.daemon import home_of
from fairlead.cli.launcher.options import settings_file
from fairlead.cli.presets.package import Package
from fairlead.router.cli.verb import CommandError, Environment
from fairlead.shared.config import Config, ConfigError, Finding, load
from fairlead.shared.config.loading import folder_of_presets, read_text
from fairlead.shared.config.manifest import Manifest, read_manifest
from fairlead.shared.config.presets import MANIFEST, RULE, is_name
from fairlead.shared.config.schema import Preset
from fairlead.shared.config.sections import did_you_mean
from fairlead.shared.runtime.files import remove


class Shelf(Struct, frozen=True):
    """`folder` holds them; `config` is the configuration beside, None where there is none yet."""

    folder: Path
    config: Path | None

    @classmethod
    def of(cls, env: Environment) -> "Shelf":
        """Beside the configuration that is read where no flag names one. Raises `CommandError`."""
        config = settings_file(env)
        return cls(folder_of_presets(config or home_of(env) / ".fairlead/config.json"), config)

    def loaded(self, env: Environment) -> tuple[Config, tuple[Finding, ...]]:
        """The configuration with its presets, keys unread, and what there is to say. Raises `CommandError`."""
        if self.config is None:
            raise CommandError(f"there is no configuration yet, and nothing to serve {self.folder} with")
        try:
            found = load(self.config, env, resolve_secrets=False)
        except ConfigError as error:
            raise CommandError(f"the configuration cannot be used:\n{error}") from error
        return found.config, found.warnings

    def place_of(self, name: str) -> Path:
        """Where a preset of that name lies, or would. Raises `CommandError` for what can be none's name."""
        if not is_name(name):
            raise CommandError(f"{name!r} cannot be a preset's name: {RULE}")
        return self.folder / name

    def has(self, name: str) -> bool:
        """Whether there is one of that name."""
        return is_name(name) and (self.folder / name / MANIFEST).is_file()

    def put(self, name: str, package: Package) -> None:
        """All of it or nothing, for its owner alone; one of that name goes. Raises `CommandError`."""
        place = self.place_of(name)
        fresh, old = self.folder / f".new-{os.getpid()}", self.folder / f".old-{os.getpid()}"
        try:
            for path, content in package.items():
                file = fresh / path
                file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                file.touch(mode=0o600)
                file.write_bytes(content)
            if place.exists():
                place.rename(old)
            fresh.rename(place)
        except OSError as error:
            if old.exists() and not place.exists():
                old.rename(place)
            raise CommandError(f"{error.filename or place} cannot be written: {error.strerror}") from error
        finally:
            for left in (fresh, old):
                with suppress(FileNotFoundError):
                    shutil.rmtree(left)

    def remove(self, name: str) -> Path:
        """Raises `CommandError` where there is none, and where it cannot be removed."""
        place = self.place_of(name)
        if not place.is_dir():
            raise CommandError(f"there is no preset {name} in {self.folder}{did_you_mean(name, self.names())}")
        try:
            remove(place)
        except OSError as error:
            raise CommandError(f"{error.filename or place} cannot be removed: {error.strerror}") from error
        return place

    def names(self) -> list[str]:
        """Those that are there, served or not."""
        try:
            return sorted(one.name for one in self.folder.iterdir() if self.has(one.name))
        except OSError:
            return []


def is_preset(name: str, env: Environment) -> bool:
    """Whether one of that name is there."""
    try:
        return Shelf.of(env).has(name)
    except CommandError:
        return False


def preset_named(name: str, config: Config) -> Preset:
    """One that can be asked. Raises `CommandError`."""
    preset = next((one for one in config.presets if one.name == name), None)
    if preset is None:
        names = [one.name for one in config.presets]
        there = f"; there is {', '.join(names)}" if names else ", and no other beside the configuration"
        raise CommandError(f"there is no preset {name}{did_you_mean(name, names) or there}")
    if preset.problems:
        raise CommandError("\n".join((f"the preset {name} has mistakes:", *preset.problems)))
    return preset


def manifest_of(preset: Preset) -> Manifest:
    """What its file says. Raises `CommandError`."""
    file = Path(preset.file)
    try:
        return read_manifest(read_text(file), file=preset.file, folder=str(file.parent))
    except ConfigError as error:
        raise CommandError(str(error)) from error
