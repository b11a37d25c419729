"""The files of a preset by their paths in its folder, out of a folder, a zip or a manifest alone; bounded, and nothing
that would lie outside."""

import lzma
import os
import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from fairlead.router.cli.verb import CommandError
from fairlead.shared.config.presets import MANIFEST

MOST_BYTES = 20 * 1024 * 1024
MOST_FILES = 500
"""Of a preset; most are one file of a few kilobytes."""

Package = Mapping[str, bytes]

_ENCRYPTED = 0x1
_BESIDE = "__MACOSX"
"""What macOS puts into zips of its own."""


def package_at(path: Path) -> Package:
    """What is at `path`. Raises `CommandError`."""
    try:
        if path.is_dir():
            package = _bounded(_of_folder(path), path)
        elif zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as opened:
                package = _unwrapped(_bounded(_of_zip(opened, path), path))
        else:
            package = _bounded([(MANIFEST, _read(path))], path)
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, NotImplementedError, EOFError) as error:
        raise CommandError(f"{path} cannot be unpacked: {error}") from error
    except OSError as error:
        raise CommandError(f"{error.filename or path} cannot be read: {error.strerror or error}") from error
    if MANIFEST not in package:
        raise CommandError(f"there is no {MANIFEST} in {path}, so it is no preset")
    return package


def _bounded(files: Iterable[tuple[str, bytes]], path: Path) -> Package:
    package: dict[str, bytes] = {}
    room = MOST_BYTES
    for name, content in files:
        room -= len(content)
        if room < 0 or len(package) == MOST_FILES:
            raise CommandError(f"{path} is more than a preset may be: {MOST_FILES} files, {MOST_BYTES} bytes")
        if name in package:
            raise CommandError(f"{path} has {name} twice")
        package[name] = content
    return package


def _of_folder(folder: Path) -> Iterator[tuple[str, bytes]]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(one for one in folders if not one.startswith("."))
        for name in sorted(names):
            file = Path(parent) / name
            if name.startswith("."):
                continue
            if not stat.S_ISREG(file.lstat().st_mode):
                raise CommandError(f"{file} is no plain file; put the file itself there")
            yield file.relative_to(folder).as_posix(), _read(file)


def _read(file: Path) -> bytes:
    """One byte more than there may be tells that there are too many."""
    with file.open("rb") as opened:
        return opened.read(MOST_BYTES + 1)


def _of_zip(opened: zipfile.ZipFile, path: Path) -> Iterator[tuple[str, bytes]]:
    for entry in opened.infolist():
        parts = PurePosixPath(entry.filename).parts
        if not _stays_inside(entry.filename, parts):
            raise CommandError(
                f"{path} would put {entry.filename!r} outside of the preset's folder; nothing is installed"
            )
        if entry.is_dir() or any(part == _BESIDE or part.startswith(".") for part in parts):
            continue
        if entry.flag_bits & _ENCRYPTED or stat.S_ISLNK(entry.external_attr >> 16):
            raise CommandError(f"{path}: {entry.filename!r} is encrypted or a link; a preset has plain files")
        with opened.open(entry) as file:
            yield "/".join(parts), file.read(MOST_BYTES + 1)


def _stays_inside(name: str, parts: tuple[str, ...]) -> bool:
    return bool(parts) and not name.startswith("/") and ".." not in parts and not {"\\", ":", "\0"} & set(name)


def _unwrapped(package: Package) -> Package:
    """Without the one folder that everything is in, as in the zips of GitHub."""
    tops = {name.partition("/")[0] for name in package}
    if MANIFEST in package or len(tops) != 1:
        return package
    return {name.partition("/")[2]: content for name, content in package.items()}
