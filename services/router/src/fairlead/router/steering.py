"""Changes the configuration from within: checked whole, the old one kept, written whole, and served at once."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from fairlead.router.linediff import Difference, Text, difference
from fairlead.shared.config import ConfigError, Finding, Loaded, document
from fairlead.shared.config import directory as v3
from fairlead.shared.config.loading import read_text
from fairlead.shared.config.masked_text import masked_text, texts_of, with_secrets
from fairlead.shared.config.masking import StillMaskedError, masked, unmasked
from fairlead.shared.config.revising import Revised, revised
from fairlead.shared.config.schema import Preset
from fairlead.shared.failure import Failure, FailureError, Kind, refuse
from fairlead.shared.runtime import config_file, files
from fairlead.shared.runtime.live_config import LiveConfig
from fairlead.shared.runtime.logging import mask


class Posted(Struct, frozen=True):
    """A new configuration: its values, or its very text, comments and all. Secrets in it may be masked."""

    config: dict[str, Any] | None = None
    text: str | None = None


class Opened(Struct, frozen=True):
    """The file as its owner wrote it, secrets masked, and what is to be said about it. `etag` is that of this text;
    None for a V3 directory, which is not changed here."""

    file: str
    text: str
    etag: str | None
    problems: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    after_restart: tuple[str, ...]


class Previewed(Struct, frozen=True):
    """What a change would do to the file, of which `etag` is."""

    difference: Difference
    etag: str
    warnings: tuple[Finding, ...]


class Changed(Struct, frozen=True):
    """What became of a change. `backup` is the name of what was there before; `comments_lost` are the keys below which
    comments could not be kept."""

    changed: bool
    backup: str | None = None
    comments_lost: tuple[str, ...] = ()


class Steering:
    """One at a time. `parse` gives what the file would say with a text (raises `ConfigError`); `now` gives Unix
    seconds."""

    def __init__(self, live: LiveConfig, parse: Callable[[str], Loaded], now: Callable[[], float]) -> None:
        self._live = live
        self._parse = parse
        self._now = now

    def __repr__(self) -> str:
        return f"<Steering {self._live.path}>"

    @property
    def problems(self) -> tuple[Finding, ...]:
        """Why the file is not served with as it was read last."""
        return self._live.problems

    def shown(self) -> dict[str, Any]:
        """The configuration as it is written, its secrets masked, and what is wrong with it. `config` is None for a
        file that cannot be read."""
        live, path = self._live, self._live.path
        config, etag, problems = None, None, live.problems
        try:
            if path.is_dir():
                texts = {name: read_text(path / name) for name in v3.FILES if (path / name).is_file()}
                config = v3.assemble(texts, folder=str(path)).value
            else:
                text = read_text(path)
                etag = etag_of(text)
                config = document.read(text, file=str(path)).value
        except ConfigError as error:
            problems = error.findings
        return {
            "file": str(path),
            "etag": etag,
            "config": masked(config),
            "problems": told(problems),
            "warnings": told(live.loaded.warnings),
            "after_restart": live.after_restart,
        }

    def opened(self) -> Opened:
        """The text, to be edited. Raises `FailureError` for a file that cannot be read, or is no text."""
        live, path = self._live, self._live.path
        problems, etag = live.problems, None
        if path.is_dir():
            config = self.shown()["config"]
            text = msgspec.json.format(msgspec.json.encode(config), indent=2).decode() + "\n"
        else:
            written = self._text()
            etag, text = etag_of(written), masked_text(written, mask)
            try:
                document.read(written, file=str(path))
            except ConfigError as error:
                problems = error.findings
        return Opened(str(path), text, etag, problems, live.loaded.warnings, live.after_restart)

    def preview(self, posted: Posted) -> Previewed:
        """What would be written, beside what is. Raises `ConfigError` for what cannot be served with, and
        `FailureError`."""
        before = self._text()
        made = self._made(posted, before)
        return self._compared(before, made, self._parse(made.text))

    def preview_of_backup(self, name: str) -> Previewed:
        """The same of a backup. Raises as `restore` does."""
        before = self._text()
        text = self._kept(name)
        return self._compared(before, Revised(text), self._parse(text))

    def _compared(self, before: str, made: Revised, loaded: Loaded) -> Previewed:
        old, new = (Text(text, masked_text(text, mask)) for text in (before, made.text))
        return Previewed(difference(old, new), etag_of(before), loaded.warnings)

    def check(self, posted: Posted) -> dict[str, Any]:
        """What would become of it; nothing is changed. Raises `FailureError` for what is no configuration at all."""
        try:
            loaded = self._parse(self._made(posted, self._text()).text)
        except ConfigError as error:
            return {"valid": False, "problems": told(error.findings), "warnings": []}
        return {"valid": True, "problems": [], "warnings": told(loaded.warnings)}

    def fault(self) -> str | None:
        """Why the file as it is could not be started with."""
        try:
            self._live.read()
        except ConfigError as error:
            return str(error)
        return None

    async def change(self, posted: Posted, etag: str | None = None) -> Changed:
        """Serves with it. `etag`: only if the file is still the one that was shown with it.

        Raises, with nothing changed, `ConfigError` for one that cannot be served with and `FailureError`.
        """
        async with self._live.changing:
            before = self._text(etag)
            return await self._put(self._made(posted, before), before)

    async def restore(self, name: str, etag: str | None = None) -> Changed:
        """Serves with a backup. Raises as `change` does."""
        async with self._live.changing:
            before = self._text(etag)
            return await self._put(Revised(self._kept(name)), before)

    async def back_up(self) -> str:
        """The name of a new backup. Raises `FailureError`."""
        async with self._live.changing:
            self._text()
            try:
                kept = config_file.backup(self._target, self._now())
            except OSError as error:
                raise _unwritable(error) from error
            assert kept is not None, "it was read a moment ago"
            return kept.name

    @property
    def presets(self) -> tuple[Preset, ...]:
        """Those that lie beside it."""
        return self._live.loaded.config.presets

    async def drop(self, name: str) -> None:
        """Takes a preset's folder away, and serves without it. Raises `FailureError` (NOT_FOUND, CONFLICT)."""
        async with self._live.changing:
            try:
                loaded = self._live.read()
            except ConfigError as error:
                raise refuse(Kind.CONFLICT, str(error)) from error
            preset = next((one for one in loaded.config.presets if one.name == name), None)
            if preset is None:
                raise refuse(Kind.NOT_FOUND, f"there is no preset {name[:80]}", param="name")
            left = tuple(one for one in loaded.config.presets if one is not preset)
            warnings = tuple(one for one in loaded.warnings if one.file != preset.file)
            config = msgspec.structs.replace(loaded.config, presets=left)
            try:
                await self._live.adopt(Loaded(config, warnings), lambda: files.remove(Path(preset.file).parent))
            except OSError as error:
                raise _unwritable(error) from error

    def backups(self) -> list[config_file.Backup]:
        """The newest first."""
        return config_file.backups(self._target)

    def _kept(self, name: str) -> str:
        """What a backup says. Raises `FailureError` (NOT_FOUND)."""
        kept = config_file.backup_named(self._target, name)
        if kept is None:
            raise refuse(Kind.NOT_FOUND, f"there is no backup {name[:80]}", param="backup")
        return read_text(kept)

    @property
    def _target(self) -> Path:
        return self._live.path.resolve()

    def _text(self, etag: str | None = None) -> str:
        """What the file says now. Raises `FailureError`, with 412 when it is not what `etag` was given for."""
        if self._live.path.is_dir():
            raise refuse(Kind.BAD_REQUEST, f"{self._live.path} is a directory; edit its files, they are read at once")
        try:
            text = read_text(self._live.path)
        except ConfigError as error:
            raise refuse(Kind.CONFLICT, str(error)) from error
        if etag is not None and etag != etag_of(text):
            message = "the configuration has changed meanwhile; get it again, and make your change there"
            raise FailureError(Failure(Kind.CONFLICT, message, status=412, should_retry=False))
        return text

    def _made(self, posted: Posted, before: str) -> Revised:
        """The new text. Raises `ConfigError`, also for what is masked where there was no secret."""
        try:
            old = document.read(before, file=self._name).value
        except ConfigError:
            if posted.text is None:
                raise
            old = texts_of(before)  # whoever sends the whole text may mend a file that is broken
        if posted.text is None:
            return revised(before, self._unmasked(document.read(before, file=self._name), posted.config, old))
        given = document.read(posted.text, file=self._name)
        return Revised(with_secrets(posted.text, self._unmasked(given, given.value, old), before, mask))

    @property
    def _name(self) -> str:
        return str(self._live.path)

    @staticmethod
    def _unmasked(written: document.Document, value: Any, old: dict[str, Any]) -> Any:
        """`value` with its secrets; `written` is the text that tells the lines."""
        try:
            return unmasked(value, old)
        except StillMaskedError as error:
            message = "is masked, and there is no secret that it could stand for; write it out"
            raise ConfigError([written.find(error.path, message)]) from error

    async def _put(self, made: Revised, before: str) -> Changed:
        loaded = self._parse(made.text)
        if made.text == before:
            return Changed(changed=False)
        kept: list[Path | None] = []

        def write() -> None:
            kept.append(config_file.backup(self._target, self._now()))
            config_file.write(self._target, made.text, mode=files.PRIVATE)

        try:
            await self._live.adopt(loaded, write)
        except OSError as error:
            raise _unwritable(error) from error
        return Changed(True, kept[0].name if kept[0] is not None else None, made.lost)


def etag_of(text: str) -> str:
    """Of the file's text as it is, quotes included: https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3"""
    return f'"{sha256(text.encode()).hexdigest()[:16]}"'


def told(findings: tuple[Finding, ...]) -> list[dict[str, Any]]:
    """Each as an object."""
    return [msgspec.structs.asdict(finding) for finding in findings]


def _unwritable(error: OSError) -> FailureError:
    why = (error.strerror or type(error).__name__).lower()
    message = f"nothing is changed, since the file cannot be written: {why}"
    return FailureError(Failure(Kind.CONFLICT, message, should_retry=False))
