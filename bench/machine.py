"""What the figures were measured on."""

import os
import platform
import re
import subprocess
import sys
from pathlib import Path

from msgspec import Struct


class Machine(Struct, frozen=True):
    """`cores` are those we may run on; `load` is the average of the last minute, before anything was started;
    `commit` is the code's, empty outside a repository."""

    cores: int
    processor: str
    memory_mb: int
    kernel: str
    python: str
    load: float
    commit: str


def facts() -> Machine:
    """Of this machine, now."""
    model = re.search(r"^model name\s*: (.+)$", _read("/proc/cpuinfo"), re.MULTILINE)
    total = re.search(r"^MemTotal:\s+([0-9]+) kB$", _read("/proc/meminfo"), re.MULTILINE)
    return Machine(
        cores=len(os.sched_getaffinity(0)),
        processor=model[1] if model else platform.machine(),
        memory_mb=int(total[1]) // 1000 if total else 0,
        kernel=platform.release(),
        python=f"{platform.python_implementation()} {sys.version.partition(' ')[0]}",
        load=os.getloadavg()[0],
        commit=_commit(),
    )


def _read(path: str) -> str:
    return Path(path).read_text()


def _commit() -> str:
    """With a mark when the working tree differs from it."""
    here = Path(__file__).parent
    try:
        told = subprocess.run(
            ["git", "describe", "--always", "--dirty"],  # noqa: S607 - whichever git there is
            cwd=here,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return told.stdout.strip()
