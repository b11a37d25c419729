"""How tests are run, wherever they stand: over all cores where all are, and the same however pytest was started."""

import contextlib
import os
import signal
from typing import Any

import pytest

MOST_WORKERS = 4
"""Each has a stack of services of its own."""


def pytest_configure() -> None:
    # What a shell starts in its background is deaf to Ctrl-C, with all that is started from there; tests press it.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    with contextlib.suppress(ImportError):  # not every member has it that is tested alone
        from hypothesis import settings

        # As in the gate: how long an example takes says how busy the machine is.
        settings.register_profile("timeless", settings(), deadline=None)
        settings.load_profile("timeless")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """What `--numprocesses auto` means. To start workers, which all collect everything, takes longer than one file."""
    if config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        return 0
    return min(os.cpu_count() or 1, MOST_WORKERS)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    # Workers compare what they have collected, and some cases come out of sets.
    os.environ.setdefault("PYTHONHASHSEED", "0")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    from tests.spreading import Spreading  # a member that is tested alone has no xdist

    return Spreading(config, log)
