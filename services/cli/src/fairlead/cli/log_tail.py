"""One log from its end: its last lines, also of the files that were put aside, and those that come afterwards."""

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import BinaryIO

from fairlead.router.ui.log_lines import BLOCK, LONGEST, Line, Wanted, found, line_of


class Tail:
    """The log at `path`, which may be missing, and may be put aside while it is followed. Raises `OSError` where it is
    there and cannot be read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self._half = b""

    def __repr__(self) -> str:
        return f"<Tail {self._path}>"

    def __enter__(self) -> "Tail":
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def last(self, most: int) -> list[Line]:
        """The last `most` whole lines there are, the oldest first; `came` goes on behind them."""
        lines: list[Line] = []
        self._file = _opened(self._path)
        if self._file is not None:
            end = _end(self._file)
            lines = _last(self._file, end, most)
            self._file.seek(end)
        for number in count(1):
            aside = _opened(self._path.with_name(f"{self._path.name}.{number}"))
            if aside is None:
                return lines
            with aside:
                lines = [*_last(aside, _end(aside), most - len(lines)), *lines]
        return lines

    def came(self) -> Iterator[Line]:
        """Lines that were written since the last time, also where the file was put aside meanwhile."""
        if self._file is not None:
            yield from self._rest(self._file)
            if _same(self._file, self._path):
                return
            yield from self._rest(self._file)  # of what was written before it was put aside
            self._file.close()
        self._file, self._half = _opened(self._path), b""
        if self._file is not None:
            yield from self._rest(self._file)

    def _rest(self, file: BinaryIO) -> Iterator[Line]:
        while block := file.read(BLOCK):
            *whole, half = (self._half + block).split(b"\n")
            self._half = half[:LONGEST]
            yield from (line_of(one[:LONGEST]) for one in whole if one.strip())


def _opened(path: Path) -> BinaryIO | None:
    try:
        return path.open("rb")
    except FileNotFoundError:
        return None


def _same(file: BinaryIO, path: Path) -> bool:
    """Whether the file is still the one at `path`, and no shorter than what was read of it."""
    try:
        now = path.stat()
    except FileNotFoundError:
        return True  # its successor begins with the next line
    return os.path.samestat(os.fstat(file.fileno()), now) and now.st_size >= file.tell()


def _end(file: BinaryIO) -> int:
    """The offset behind the last whole line."""
    size = file.seek(0, os.SEEK_END)
    start = max(0, size - BLOCK)
    file.seek(start)
    return start + file.read(size - start).rfind(b"\n") + 1


def _last(file: BinaryIO, end: int, most: int) -> list[Line]:
    def read(start: int, stop: int) -> bytes:
        file.seek(start)
        return file.read(stop - start)

    return list(reversed(found(read, end, Wanted(), most, end).lines)) if most > 0 else []
