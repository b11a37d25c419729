"""What the kernel has booked to a process: CPU time and resident memory."""

import time
from pathlib import Path

from msgspec import Struct

_SCHED = 2
"""CPUCLOCK_SCHED of Linux: the scheduler's own account, in nanoseconds."""


class Memory(Struct, frozen=True):
    """Resident memory in bytes: now, and the most there has been."""

    resident: int
    peak: int


def cpu_seconds(pid: int) -> float:
    """CPU time of all threads of a process, those that have ended too, user and system.

    It is the sum /proc/PID/stat tells in ticks of 10 ms, read from the clock of the process, which counts in
    nanoseconds. https://man7.org/linux/man-pages/man3/clock_getcpuclockid.3.html; the id is made as the C library
    makes it, since Python has no name for it. Raises OSError when there is no such process.
    """
    return time.clock_gettime((~pid << 3) | _SCHED)


def memory(pid: int) -> Memory:
    """Raises OSError when there is no such process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    kilobytes = {line.partition(":")[0]: line.split()[1] for line in lines if line.startswith("Vm")}
    return Memory(int(kilobytes["VmRSS"]) * 1024, int(kilobytes["VmHWM"]) * 1024)


def children(pid: int) -> tuple[int, ...]:
    """Processes the main thread of this one has started: a tier with one worker has none."""
    return tuple(int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
