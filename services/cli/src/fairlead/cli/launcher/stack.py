"""Runs what was chosen: the simulated provider if need be, the normalizer, the router, until told to stop."""

import asyncio
import errno
import os
import socket
from collections.abc import Callable, Mapping

from fairlead.cli.launcher.advice import advice
from fairlead.cli.launcher.choice import Choice, Part, environment
from fairlead.cli.launcher.services import Crew, DiedError, StoppedError, ready

START_WITHIN = 60.0
"""Seconds both services have to become ready; on a slow machine they take five."""


def fault_of_ports(choice: Choice) -> str | None:
    """Why the ports cannot be listened on, in one sentence that says how to choose others, or None."""
    if choice.router.settings.port == choice.normalizer.settings.port:
        return f"both services cannot have port {choice.router.settings.port}; choose another with --normalizer-port N"
    return _fault_of_port("router", choice.router, "--port N or PORT=N") or _fault_of_port(
        "normalizer", choice.normalizer, "--normalizer-port N or NORMALIZER_PORT=N"
    )


def _fault_of_port(name: str, part: Part, how: str) -> str | None:
    host, port = part.settings.host, part.settings.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        why = "is taken by another program" if taken else f"cannot be listened on ({os.strerror(error.errno or 0)})"
        return f"port {port} on {host}, for the {name}, {why}; choose another with {how}"
    return None


async def run(choice: Choice, env: Mapping[str, str], tell: Callable[[str], None]) -> int:
    """The exit code: 0 after being told to stop, 1 when a service failed; `tell` hears what a person should know."""
    crew = Crew()
    crew.listen()
    try:
        async with asyncio.timeout(START_WITHIN):
            await _start(crew, choice, environment(env))
        tell(advice(choice))
        await crew.during(crew.stopping.wait())
    except StoppedError:
        tell("fairlead: stopping; a second Ctrl-C stops at once")
        return 0
    except DiedError as error:
        tell(f"fairlead: {error}; stopping the others")
        return 1
    except TimeoutError:
        tell(f"fairlead: not ready after {START_WITHIN:.0f} s; stopping. LOG_LEVEL=debug tells more")
        return 1
    finally:
        await crew.stop()
    return 0


async def _start(crew: Crew, choice: Choice, env: dict[str, str]) -> None:
    """One after the other, each when the one that it asks is ready; `env` is theirs."""
    if choice.simulated:
        env["SIMULATOR_URL"] = await _simulator(crew, env)
    where = ("--normalizer-url", choice.normalizer.url)
    parts: tuple[tuple[str, Part, tuple[str, ...]], ...] = (
        ("normalizer", choice.normalizer, ()),
        ("router", choice.router, where),
    )
    for name, part, more in parts:
        config = ("--config", str(part.config)) if part.config else ()
        # What is written into a file disturbs nobody.
        quiet = ("--log-level", "warn") if choice.quiet and part.settings.logs is None else ()
        flags = ("--port", str(part.settings.port), *config, *quiet, *more)
        await crew.start(name, [f"fairlead.{name}", *flags], env)
        await crew.during(ready(*part.address))


async def _simulator(crew: Crew, env: Mapping[str, str]) -> str:
    """Starts it on any free port, and returns its URL, the last word of what it says first."""
    service = await crew.start(
        "simulated provider", ["fairlead.simulator", "--port", "0"], env, stdout=asyncio.subprocess.PIPE
    )
    assert service.process.stdout is not None
    line = await crew.during(service.process.stdout.readline())
    if not line:
        await service.ended
        raise DiedError(service.how_it_ended())
    return line.split()[-1].decode()
