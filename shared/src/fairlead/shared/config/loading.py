"""Reads a configuration file from disk: the only module of this package that touches anything outside it."""

from collections.abc import Mapping
from pathlib import Path

from . import directory
from .findings import ConfigError, Finding
from .parsing import Loaded, parse, parse_document

MAX_FILE_BYTES = 4 * 1024 * 1024  # a thousand times the largest seen


def load(
    path: Path, env: Mapping[str, str], *, resolve_secrets: bool = True, normalizer_url: str | None = None
) -> Loaded:
    """`parse` for the file at `path`, or for the files of a V3 directory; raises `ConfigError` too when one cannot
    be read or is not UTF-8 text."""
    if path.is_dir():
        texts = {name: read_text(path / name) for name in directory.FILES if (path / name).is_file()}
        document = directory.assemble(texts, folder=str(path))
        return parse_document(document, env, resolve_secrets=resolve_secrets, normalizer_url=normalizer_url)
    text = read_text(path)
    return parse(text, env, file=str(path), resolve_secrets=resolve_secrets, normalizer_url=normalizer_url)


def read_text(path: Path) -> str:
    """The whole file. Raises `ConfigError` when it cannot be read, is too large or is not UTF-8 text."""
    file = str(path)
    try:
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
