"""What the kernel has booked to a process: CPU time and resident memory."""

import contextlib
import os
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

    Read from the clock of the process, which counts in nanoseconds what /proc/PID/stat tells in ticks of 10 ms.
    https://man7.org/linux/man-pages/man3/clock_getcpuclockid.3.html; the id is made as the C library makes it, since
    Python has no name for it. Where that clock may not be read, the ticks are. Raises OSError when there is no such
    process.
    """
    with contextlib.suppress(OSError):
        return time.clock_gettime((~pid << 3) | _SCHED)
    return ticked_cpu_seconds(pid)


def ticked_cpu_seconds(pid: int) -> float:
    """The same as whole ticks, user and system; https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid: int) -> Memory:
    """Raises OSError when there is no such process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    kilobytes = {line.partition(":")[0]: line.split()[1] for line in lines if line.startswith("Vm")}
    return Memory(int(kilobytes["VmRSS"]) * 1024, int(kilobytes["VmHWM"]) * 1024)


def children(pid: int) -> tuple[int, ...]:
    """Processes the main thread of this one has started: a tier with one worker has none. Empty, too, where the kernel
    does not tell."""
    try:
        told = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except FileNotFoundError:
        return ()
    return tuple(int(child) for child in told.split())
