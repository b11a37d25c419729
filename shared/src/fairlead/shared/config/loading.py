"""Reads a configuration file from disk: the only module of this package that touches anything outside it."""

from collections.abc import Mapping
from pathlib import Path

from . import directory
from .findings import ConfigError, Finding
from .parsing import Loaded, parse, parse_document
from .presets import FOLDER, MANIFEST, Found, with_presets

MAX_FILE_BYTES = 4 * 1024 * 1024  # a thousand times the largest seen


MAX_PRESETS = 100
"""Folders that are looked at."""


def load(
    path: Path, env: Mapping[str, str], *, resolve_secrets: bool = True, normalizer_url: str | None = None
) -> Loaded:
    """`parse` for the file at `path`, or for the files of a V3 directory, with the presets beside it; raises
    `ConfigError` too when one cannot be read or is not UTF-8 text."""
    if not path.is_dir():
        return parse_beside(path, read_text(path), env, resolve_secrets=resolve_secrets, normalizer_url=normalizer_url)
    texts = {name: read_text(path / name) for name in directory.FILES if (path / name).is_file()}
    document = directory.assemble(texts, folder=str(path))
    loaded = parse_document(document, env, resolve_secrets=resolve_secrets, normalizer_url=normalizer_url)
    return with_presets(
        loaded, presets_beside(path), env, resolve_secrets=resolve_secrets, normalizer_url=normalizer_url
    )


def parse_beside(
    path: Path, text: str, env: Mapping[str, str], *, resolve_secrets: bool = True, normalizer_url: str | None = None
) -> Loaded:
    """As `load`, were this the text of the file at `path`."""
    loaded = parse(text, env, file=str(path), resolve_secrets=resolve_secrets, normalizer_url=normalizer_url)
    return with_presets(
        loaded, presets_beside(path), env, resolve_secrets=resolve_secrets, normalizer_url=normalizer_url
    )


def folder_of_presets(path: Path) -> Path:
    """Where the presets of the configuration at `path` are."""
    return (path if path.is_dir() else path.parent) / FOLDER


def manifests(folder: Path) -> list[Path]:
    """The manifest of each preset in a folder of them, whether it is there or not; those in hidden folders are none."""
    try:
        folders = sorted(one for one in folder.iterdir() if not one.name.startswith(".") and one.is_dir())
    except OSError:
        return []
    return [one / MANIFEST for one in folders[:MAX_PRESETS]]


def presets_beside(path: Path) -> list[Found]:
    """The presets of the configuration at `path`, each with its text or why that cannot be read."""
    found = manifests(folder_of_presets(path).absolute())
    return [Found(one.parent.name, str(one.parent), _text_or_why(one)) for one in found]


def _text_or_why(path: Path) -> str | ConfigError:
    try:
        return read_text(path)
    except ConfigError as error:
        return error


def read_text(path: Path) -> str:
    """The whole file. Raises `ConfigError` when it cannot be read, is too large or is not UTF-8 text."""
    file = str(path)
    try:
        if not (path.is_file() or path.is_dir()) and path.exists():
            # Whoever opens a pipe that nobody writes into waits for ever, and with it everybody who is served.
            raise ConfigError(
                [Finding(file, None, "", "is a pipe or a device, which cannot be read again; use a file")]
            )
        with path.open("rb") as opened:
            content = opened.read(MAX_FILE_BYTES + 1)
        if len(content) > MAX_FILE_BYTES:
            raise ConfigError([Finding(file, None, "", f"is larger than {MAX_FILE_BYTES} bytes")])
        return content.decode()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigError([Finding(file, None, "", f"cannot be read: {reason}")]) from error
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError([Finding(file, line, "", "is not UTF-8 text; save it as UTF-8")]) from error
