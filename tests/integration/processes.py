"""The driver `processes`: each service is a process of this machine, as a person would start it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx2

from .stack import CLIENT_KEY, CONFIG, PROVIDER_KEY, SERVICES, Service, free_ports

START_WITHIN = 120.0
STOP_WITHIN = 60.0
"""Seconds; the services drain for 20 at most, as configured."""
POLL = 0.02


class Process:
    """One service: how it is started, and what it writes, in a file."""

    def __init__(self, name: str, command: Sequence[str], env: Mapping[str, str], log: Path, url: str) -> None:
        self.name = name
        self.url = url
        self.log = log
        self._command = [sys.executable, "-m", *command]
        self._env = env
        self._running: subprocess.Popen[bytes] | None = None

    def copied(self, port: str, log: Path) -> "Process":
        """The same on another port."""
        at = self._command.index("--port") + 1
        command = [*self._command[2:at], port, *self._command[at + 1 :]]
        return Process(self.name, command, self._env, log, f"http://127.0.0.1:{port}")

    def kill(self) -> None:
        """Ends it without a word."""
        process, self._running = self._running, None
        if process is not None:
            process.kill()
            process.wait()

    def start(self) -> None:
        """Returns once the service listens. Raises `RuntimeError` with its log when it does not get there."""
        with self.log.open("ab") as log:
            self._running = subprocess.Popen(
                self._command, env=self._env, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        try:
            wait_until_well(self.url, lambda: self._running is not None and self._running.poll() is None)
        except TimeoutError:
            self.stop()
            raise RuntimeError(f"the {self.name} did not start:\n{self.log.read_text()}") from None

    def stop(self) -> int:
        """The exit code after SIGTERM. A service that is not running has none to give: 0."""
        process, self._running = self._running, None
        if process is None:
            return 0
        process.send_signal(signal.SIGTERM)
        try:
            return process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise


class ProcessStack:
    """The stack of a file on free ports. `env` is the router's, beside what every stack has, `both` that of it and the
    normalizer."""

    name = "processes"

    def __init__(
        self,
        folder: Path,
        config: Path = CONFIG,
        env: Mapping[str, str] | None = None,
        both: Mapping[str, str] | None = None,
        demands: Sequence[str] = ("--key", PROVIDER_KEY),
    ) -> None:
        router, normalizer, simulator = free_ports(3)
        self.router, self.normalizer, self.simulator = (
            f"http://127.0.0.1:{port}" for port in (router, normalizer, simulator)
        )
        home = {"PATH": os.environ["PATH"], "HOME": str(folder)}
        shared = home | {"SIMULATOR_URL": self.simulator, "CLIENT_KEY": CLIENT_KEY, "LOG_LEVEL": "debug"} | (both or {})
        read = ["--config", str(config)]
        self._processes: dict[Service, Process] = {
            "simulator": Process(
                "simulator",
                ["fairlead.simulator", "--port", str(simulator), *demands],
                home,
                folder / "simulator.log",
                self.simulator,
            ),
            "normalizer": Process(
                "normalizer",
                ["fairlead.normalizer", "--port", str(normalizer), *read],
                shared | {"PROVIDER_KEY": PROVIDER_KEY},
                folder / "normalizer.log",
                self.normalizer,
            ),
            # It is not told the provider's key, and must not miss it.
            "router": Process(
                "router",
                ["fairlead.router", "--port", str(router), "--normalizer-url", self.normalizer, *read],
                shared | (env or {}),
                folder / "router.log",
                self.router,
            ),
        }

    def another_router(self, folder: Path) -> Process:
        """One more router of this stack, not started yet."""
        [port] = free_ports(1)
        first = self._processes["router"]
        return first.copied(str(port), folder / "another-router.log")

    def stop(self, service: Service) -> int:
        return self._processes[service].stop()

    def start(self, service: Service) -> None:
        self._processes[service].start()

    def log(self, service: Service) -> str:
        return self._processes[service].log.read_text()


@contextmanager
def process_stack(
    folder: Path,
    config: Path = CONFIG,
    env: Mapping[str, str] | None = None,
    both: Mapping[str, str] | None = None,
    demands: Sequence[str] = ("--key", PROVIDER_KEY),
) -> Iterator[ProcessStack]:
    """Started in the order in which they need each other, stopped in that in which requests travel. `demands`: what the
    simulated provider wants to be shown."""
    stack = ProcessStack(folder, config, env, both, demands)
    try:
        for service in SERVICES:
            stack.start(service)
        wait_until_well(stack.router, path="/ready")
        yield stack
    finally:
        for service in reversed(SERVICES):
            stack.stop(service)


def wait_until_well(url: str, lives: Callable[[], bool] = lambda: True, *, path: str = "/health") -> None:
    """Returns when `path` answers 200. Raises `TimeoutError` when it does not get there, at once when it is dead."""
    deadline = time.monotonic() + START_WITHIN
    while not _answers(url + path):
        if not lives() or time.monotonic() > deadline:
            raise TimeoutError(f"{url}{path} does not answer")
        time.sleep(POLL)


def _answers(url: str) -> bool:
    try:
        return httpx2.get(url, trust_env=False).status_code == 200
    except httpx2.TransportError:
        return False
