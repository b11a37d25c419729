"""Where a tier's time goes: py-spy attached to it while it is measured, or cProfile around it where there is none."""

import contextlib
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from .stack import Member

RATE = 500
"""Samples a second."""
_LINES = 40


def sampler() -> str | None:
    """The path of py-spy, None when it is not installed."""
    return shutil.which("py-spy")


@contextlib.contextmanager
def sampled(spy: str, member: Member, out: Path) -> Iterator[None]:
    """Writes what the member does to `out`, as collapsed stacks, and a summary beside it."""
    command = [spy, "record", "--pid", str(member.pid), "--rate", str(RATE), "--format", "raw", "--output", str(out)]
    process = subprocess.Popen(  # noqa: S603 - our own processes are what it looks at
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
    out.with_suffix(".summary").write_text(summary(out.read_text()))


def tracing(out: Path) -> list[str]:
    """Interpreter options that run a module under cProfile and leave its figures in `out`."""
    return ["-m", "cProfile", "-o", str(out)]


def summary(stacks: str) -> str:
    """The functions with the most samples of their own, and those with the most below them, in parts of a hundred."""
    own: Counter[str] = Counter()
    below: Counter[str] = Counter()
    for line in stacks.splitlines():
        frames, _, count = line.rpartition(" ")
        names = frames.split(";")
        own[names[-1]] += int(count)
        below.update(dict.fromkeys(names, int(count)))
    total = own.total() or 1
    parts = []
    for title, counted in (("own", own), ("with all it calls", below)):
        lines = [f"{100 * count / total:6.2f} %  {name}" for name, count in counted.most_common(_LINES)]
        parts.append("\n".join([title, *lines]))
    return "\n\n".join(parts) + "\n"
