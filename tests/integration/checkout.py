"""A fresh copy of this checkout, and `./fairlead up` in it: all that somebody has who has just cloned it."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .stack import ROOT, free_ports

UP_WITHIN = 480.0
"""Seconds to install everything and to start; it takes 30 where packages are near."""
STOP_WITHIN = 40.0
_OURS = (
    "FAIRLEAD_",
    "ANTHROPIC_",
    "OPENAI_",
    "OPENROUTER_",
    "DEEPSEEK_",
    "GROQ_",
    "CEREBRAS_",
    "GITHUB_TOKEN",
    "FACTORY_",
    "DROID_",
)
_SETTINGS = frozenset({"CONFIG_PATH", "HOST", "PORT", "NORMALIZER_PORT", "NORMALIZER_URL", "REDIS_URL", "LOG_LEVEL"})


class FirstRun:
    """`./fairlead up` that is running; `told` is what it has said."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path, router: str, normalizer: str) -> None:
        self.router = router
        self.normalizer = normalizer
        self._process = process
        self._log = log

    @property
    def told(self) -> str:
        return self._log.read_text()

    def wait_until_up(self) -> None:
        """Raises `RuntimeError` with what it has said when it ends, or takes too long."""
        deadline = time.monotonic() + UP_WITHIN
        while "Ctrl-C stops everything." not in self.told:
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"./fairlead up did not come up:\n{self.told}")
            time.sleep(0.05)

    def stop(self) -> int:
        """The exit code after SIGTERM."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(STOP_WITHIN)


@contextmanager
def first_run(folder: Path) -> Iterator[FirstRun]:
    """In a copy of what is checked in, with a home that holds nothing."""
    checkout, home = copied(folder / "a checkout"), folder / "home"
    home.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS) and name not in _SETTINGS}
    router, normalizer = free_ports(2)
    log = folder / "up.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [checkout / "fairlead", "up", "--port", str(router), "--normalizer-port", str(normalizer)],
            cwd=folder,
            env=kept | {"HOME": str(home)},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    running = FirstRun(process, log, f"http://127.0.0.1:{router}", f"http://127.0.0.1:{normalizer}")
    try:
        running.wait_until_up()
        yield running
    finally:
        if process.poll() is None:
            running.stop()


def copied(checkout: Path) -> Path:
    """Every file that is checked in, or would be."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        target = checkout / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_file():
            shutil.copy(ROOT / name, target)
    return checkout
