"""The stack that the tests talk to, run twice: as processes, and in containers where there is an engine."""

import statistics
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from .containers import compose_stack, skip_without_engine
from .processes import process_stack
from .provider import Provider
from .stack import CLIENT_KEY, SERVICES, Service, Stack, Tell

LINES_OF_LOG = 12
_MEASURED = "measured: "


# Building an image for the first time takes as long as the network takes; the limit is for what a test does.
IN_CONTAINERS = (pytest.mark.compose, pytest.mark.timeout(300, func_only=True))


@pytest.fixture(scope="session", params=["processes", pytest.param("compose", marks=IN_CONTAINERS)])
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A router, a normalizer and a provider, ready, with the file stack.json5; clients need `CLIENT_KEY`."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "processes":
        with process_stack(folder) as running:
            yield running
        return
    skip_without_engine()
    with compose_stack(folder) as composed:
        yield composed


@pytest.fixture
def provider(stack: Stack) -> Iterator[Provider]:
    """The provider at the end of the stack, with nothing recorded and nothing put in."""
    made = Provider(stack.simulator)
    made.reset()
    yield made
    made.close()


@pytest.fixture
async def router(stack: Stack) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the router with the key in place."""
    async with keyed(stack.router) as client:
        yield client


@pytest.fixture
async def normalizer(stack: Stack) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the normalizer with the key in place."""
    async with keyed(stack.normalizer) as client:
        yield client


def keyed(url: str) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(base_url=url, headers={"x-api-key": CLIENT_KEY}, trust_env=False, timeout=60)


@pytest.fixture
def measured(request: pytest.FixtureRequest, stack: Stack) -> Tell:
    """Tells a figure that is shown after the run and asserted by nobody: `measured("what", seconds)`."""

    def tell(what: str, seconds: float) -> None:
        # A property of the test comes home from whichever process it has run in.
        request.node.user_properties.append((f"{_MEASURED}{stack.name}: {what}", seconds * 1000))

    return tell


def pytest_terminal_summary(terminalreporter: Any) -> None:
    figures: dict[str, list[float]] = {}
    for report in (one for reports in terminalreporter.stats.values() for one in reports):
        for name, value in report.user_properties if getattr(report, "when", None) == "teardown" else ():
            if name.startswith(_MEASURED):
                figures.setdefault(name.removeprefix(_MEASURED), []).append(value)
    if figures:
        terminalreporter.section("measured by the integration tests")
        for what, taken in figures.items():
            middle, most = statistics.median(taken), max(taken)
            terminalreporter.line(f"{what}: {middle:.0f} ms, {most:.0f} at most, {len(taken)} times")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """A test that fails shows what the services wrote last."""
    report = yield
    running = getattr(item, "funcargs", {}).get("stack")
    if report.failed and call.when == "call" and running is not None:
        for service in SERVICES:
            report.sections.append((f"log of the {service}", _last_lines(running, service)))
    return report


def _last_lines(running: Stack, service: Service) -> str:
    try:
        return "\n".join(running.log(service).splitlines()[-LINES_OF_LOG:])
    except RuntimeError as error:
        return f"It cannot be had: {error}"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An empty folder for a client to work in."""
    folder = tmp_path / "project"
    folder.mkdir()
    return folder
