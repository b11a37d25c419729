"""The driver `compose`: the stack of compose.yaml in containers, with the file of the tests in place of the user's."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import pytest
from testcontainers.compose import DockerCompose

from .processes import wait_until_well
from .stack import CLIENT_KEY, PROVIDER_KEY, ROOT, Service, free_ports, required

TESTED = "tests/integration/compose.tested.yaml"
FIRST_RUN = "tests/integration/compose.first-run.yaml"
"""What is put over compose.yaml: all that tests want to reach, or nothing but ports of our own."""
STOP_WITHIN = "40"
LINES_OF_FAILURE = 20


class Project(DockerCompose):
    """A compose project under a name of its own, whatever the environment says."""

    project: str = ""

    @cached_property
    def compose_command_property(self) -> list[str]:
        docker, compose, *rest = super().compose_command_property
        return [docker, compose, "--project-name", self.project, *rest]


class ComposeStack:
    """A project that can be started. Ports are fixed, so that a service comes back where it was."""

    name = "compose"

    def __init__(self, folder: Path, override: str) -> None:
        router, normalizer, simulator = free_ports(3)
        self.router, self.normalizer, self.simulator = (
            f"http://127.0.0.1:{port}" for port in (router, normalizer, simulator)
        )
        variables = {
            "FAIRLEAD_TEST_PROJECT": f"fairlead-test-{os.getpid()}-{router}",
            "FAIRLEAD_TEST_ROUTER_PORT": router,
            "FAIRLEAD_TEST_NORMALIZER_PORT": normalizer,
            "FAIRLEAD_TEST_SIMULATOR_PORT": simulator,
            "FAIRLEAD_TEST_CLIENT_KEY": CLIENT_KEY,
            "FAIRLEAD_TEST_PROVIDER_KEY": PROVIDER_KEY,
        }
        env_file = folder / "compose.env"
        env_file.write_text("".join(f"{name}={value}\n" for name, value in variables.items()))
        self.project = Project(ROOT, ["compose.yaml", override], build=True, env_file=str(env_file))
        self.project.project = str(variables["FAIRLEAD_TEST_PROJECT"])

    def stop(self, service: Service) -> int:
        self._compose("stop", "--timeout", STOP_WITHIN, service)
        return int(self.project.get_container(service, include_all=True).ExitCode or 0)

    def start(self, service: Service) -> None:
        self._compose("start", service)
        wait_until_well(getattr(self, service))

    def log(self, service: Service) -> str:
        return self._compose("logs", "--no-log-prefix", "--no-color", service)

    def logs(self) -> str:
        """What every container has written last."""
        return self._compose("logs", "--no-color", "--tail", str(LINES_OF_FAILURE))

    def _compose(self, *arguments: str) -> str:
        command = [*self.project.docker_compose_command(), *arguments]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(arguments)} left with {done.returncode}:\n{done.stderr}")
        return done.stdout


@contextmanager
def compose_stack(folder: Path, override: str = TESTED) -> Iterator[ComposeStack]:
    """Builds the image, starts the project and waits until it is healthy."""
    stack = ComposeStack(folder, override)
    try:
        try:
            stack.project.start()
        except subprocess.CalledProcessError as error:
            raise RuntimeError(f"{_said(error)}\n{stack.logs()}") from None
        yield stack
    finally:
        stack.project.stop()


def no_engine() -> str | None:
    """Why containers cannot be run here, or None when they can."""
    if shutil.which("docker") is None:
        return "docker is not installed"
    for question, fault in (
        (["docker", "info"], "no Docker engine answers"),
        (["docker", "compose", "version"], "docker has no Compose v2"),
    ):
        if subprocess.run(question, capture_output=True, check=False).returncode:
            return fault
    return None


def skip_without_engine() -> None:
    """Skips, or fails where an engine is required to be there."""
    if because := no_engine():
        if required("compose"):
            pytest.fail(f"compose is required, and {because}")
        pytest.skip(f"the stack cannot run in containers: {because}")


def _said(error: subprocess.CalledProcessError) -> str:
    lines = error.stderr.decode(errors="replace").splitlines()[-LINES_OF_FAILURE:]
    return "\n".join(["docker compose up failed:", *lines])
