"""What the tests know of a running stack, whoever runs it: where it is, how to stop a part, what it has written."""

import json
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

ROOT = Path(__file__).resolve().parents[2]
CONFIG = Path(__file__).with_name("stack.json5")

CLIENT_KEY = "canary-client-key-4f0a"
LAPTOP_KEY = "canary-laptop-key-77c2"
"""Opens the models of the provider `chat`."""
PROVIDER_KEY = "canary-provider-key-91be"
REFUSED_KEY = "canary-of-a-key-that-is-refused"
"""Credentials that no rule of a log's masking knows by their looks: what keeps them out is that nobody writes them."""
SECRETS = (CLIENT_KEY, LAPTOP_KEY, PROVIDER_KEY, REFUSED_KEY)

Service = Literal["router", "normalizer", "simulator"]
Tell: TypeAlias = Callable[[str, float], None]
"""Takes what was measured, and seconds."""
SERVICES: tuple[Service, ...] = ("simulator", "normalizer", "router")
"""In the order in which they need each other."""
_HELD: list[socket.socket] = []


class Stack(Protocol):
    """A router, its normalizer and the simulated provider. URLs have no slash at their end."""

    name: str
    router: str
    normalizer: str
    simulator: str

    def stop(self, service: Service) -> int:
        """Sends SIGTERM and waits; the exit code."""

    def start(self, service: Service) -> None:
        """Starts a service that was stopped, with the same address, and waits until it is well."""

    def log(self, service: Service) -> str:
        """Everything the service has written since the beginning, to stdout and stderr."""


def required(what: str) -> bool:
    """Whether FAIRLEAD_REQUIRE says that `what` is there, so that its tests must not be skipped."""
    return what in os.environ.get("FAIRLEAD_REQUIRE", "").split(",")


def free_ports(count: int) -> list[int]:
    """Ports of the loopback that nobody listens on, all different.

    They stay bound here, with nobody who listens: a service may have them (SO_REUSEADDR), and nobody who looks for any
    free port, such as another test at the same time, is given one of them.
    """
    for _ in range(count):
        held = socket.socket()
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        _HELD.append(held)
    return [each.getsockname()[1] for each in _HELD[-count:]]


def logged(stack: Stack, service: Service, request_id: str) -> list[dict[str, Any]]:
    """What a service wrote about one request, waited for: it may come after the answer, and the last line may still be
    on its way."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        lines = [json.loads(line) for line in stack.log(service).splitlines() if line.endswith("}")]
        if found := [line for line in lines if line.get("request_id") == request_id]:
            return found
        assert time.monotonic() < deadline, f"the {service} wrote nothing of {request_id}"
        time.sleep(_POLL)


_PATIENCE, _POLL = 10.0, 0.01
"""Seconds."""
