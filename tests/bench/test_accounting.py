import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from bench.accounting import children, cpu_seconds, memory, ticked_cpu_seconds


def test_the_clock_of_a_process_is_its_own_cpu_time() -> None:
    before = time.process_time()
    told = cpu_seconds(os.getpid())
    assert before <= told <= time.process_time()


def test_the_clock_and_the_ticks_of_a_process_tell_the_same() -> None:
    until = time.process_time() + 0.05
    while time.process_time() < until:
        pass
    fine, ticked = cpu_seconds(os.getpid()), ticked_cpu_seconds(os.getpid())
    assert abs(fine - ticked) <= 3 / os.sysconf("SC_CLK_TCK")


@pytest.mark.skipif(
    not Path(f"/proc/self/task/{os.getpid()}/children").exists(), reason="this kernel does not tell of children"
)
def test_a_child_is_seen_while_it_lives() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert child.pid in children(os.getpid())
        child.communicate(b"\n")
    assert child.pid not in children(os.getpid())


def test_memory_is_counted_in_bytes_and_never_above_its_peak() -> None:
    now = memory(os.getpid())
    assert 5_000_000 < now.resident <= now.peak


def test_a_process_that_is_gone_has_no_figures() -> None:
    gone = 2**22 + 1  # above the greatest process id there can be
    with pytest.raises(OSError, match="Errno"):
        cpu_seconds(gone)
    with pytest.raises(FileNotFoundError):
        memory(gone)
