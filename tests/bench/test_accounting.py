import os
import time

import pytest
from bench.accounting import cpu_seconds, memory


def test_the_clock_of_a_process_is_its_own_cpu_time() -> None:
    before = time.process_time()
    told = cpu_seconds(os.getpid())
    assert before <= told <= time.process_time()


def test_memory_is_counted_in_bytes_and_never_above_its_peak() -> None:
    now = memory(os.getpid())
    assert 5_000_000 < now.resident <= now.peak


def test_a_process_that_is_gone_has_no_figures() -> None:
    gone = 2**22 + 1  # above the greatest process id there can be
    with pytest.raises(OSError, match="Errno"):
        cpu_seconds(gone)
    with pytest.raises(FileNotFoundError):
        memory(gone)
