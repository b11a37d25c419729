"""Routers with nothing, a little and a lot to show, a real browser, and what it is looked at with."""

import os
import re
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest

from ..integration.processes import Process, ProcessStack, wait_until_well
from ..integration.stack import CLIENT_KEY, ROOT, free_ports, required
from .records import fill

CONFIG = Path(__file__).with_name("stack.json5")
ADMIN_KEY = "canary-admin-key-5d20"
AXE = ROOT / ".clients/axe-core-4.14.1/node_modules/axe-core/axe.min.js"
PASTS = {"nothing": 0, "little": 10, "much": 100_000}
"""What routers are called, and how many requests they have behind them."""
COOKIE = "fairlead_ui"
OF_THE_MACHINE = "net::ERR_NETWORK_CHANGED"
"""What a browser says when an interface of the machine came or went, by whomever: nothing that a server could cause. The
page's live stream begins anew; a page that lacks anything for it fails its test by what it does not show."""


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where Debian's is."""
    path = shutil.which("chromium")
    if path is None or not AXE.exists():
        missing = "chromium (apt-get install chromium)" if path is None else f"axe-core in {AXE.parent}"
        if required("browser"):
            pytest.fail(f"FAIRLEAD_REQUIRE names the browser, but there is no {missing}")
        pytest.skip(f"there is no {missing}; .ci/run installs it")
    return path


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    """Everybody opens contexts of their own. It ends with its module: as long as it is there playwright has an event loop
    that runs, beside which no asynchronous test of another module can."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        flags = ["--no-sandbox"] if os.getuid() == 0 else []
        opened = playwright.chromium.launch(executable_path=chromium, args=flags)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def processes(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Iterator[dict[str, Process]]:
    """By the name of its past, a router; they share a normalizer and a simulated provider."""
    folders = {name: tmp_path_factory.mktemp(name) for name in PASTS}
    stack = ProcessStack(tmp_path_factory.mktemp("dashboard"), CONFIG)
    processes = {name: _router(stack, folder) for name, folder in folders.items()}

    def prepare(name: str) -> None:
        fill(folders[name] / ".fairlead/usage.db", PASTS[name], time.time())
        processes[name].start()

    try:
        with ThreadPoolExecutor() as pool:
            starting = [pool.submit(stack.start, service) for service in ("simulator", "normalizer")]
            list(pool.map(prepare, PASTS))
            for one in starting:
                one.result()
        for process in processes.values():
            wait_until_well(process.url, path="/ready")
        for name in ("little", "much"):
            asks(processes[name].url)
        yield processes
    finally:
        for process in processes.values():
            process.stop()
        for service in ("normalizer", "simulator"):
            stack.stop(service)


@pytest.fixture(scope="session")
def routers(processes: dict[str, Process]) -> dict[str, str]:
    """By the name of its past, the address of a router."""
    return {name: process.url for name, process in processes.items()}


def _router(stack: ProcessStack, folder: Path) -> Process:
    [port] = free_ports(1)
    command = ["fairlead.router", "--port", str(port), "--normalizer-url", stack.normalizer, "--config", str(CONFIG)]
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "SIMULATOR_URL": stack.simulator,
        "CLIENT_KEY": CLIENT_KEY,
        "PROVIDER_KEY": "unused",
    }
    return Process("router", command, env, folder / "router.log", f"http://127.0.0.1:{port}")


@pytest.fixture(scope="session")
def cookies(routers: dict[str, str]) -> dict[str, str]:
    """By the name of a router, what a browser has that is logged in there."""
    return {name: logged_in(url) for name, url in routers.items()}


def logged_in(url: str) -> str:
    with httpx2.Client(base_url=url, trust_env=False) as client:
        token = re.search(r'name="csrf" value="([0-9a-f]+)"', client.get("/ui/login").text)
        assert token is not None
        answer = client.post("/ui/login", data={"csrf": token[1], "key": ADMIN_KEY})
        return answer.headers["set-cookie"].partition(";")[0].partition("=")[2]


def asks(url: str) -> None:
    """A few requests of every kind there is."""
    session = "c0ffee00-7d1e-4c59-9a3b-2f60b8c4e1aa"
    tool = {"name": "Write", "description": "Writes a file", "input_schema": {"type": "object"}}
    kinds: list[dict[str, Any]] = [
        {"model": "claude-opus-5-5"},
        {"model": "claude-haiku-5"},
        {"model": "claude-opus-5-5", "thinking": {"type": "enabled", "budget_tokens": 1024}},
        {"model": "claude-opus-5-5", "tools": [tool]},
        {"model": "openrouter,qwen/qwen4-coder"},
        {"model": "gone,never-there"},
    ]
    head = {"x-api-key": CLIENT_KEY, "x-claude-code-session-id": session}
    with httpx2.Client(base_url=url, headers=head, trust_env=False, timeout=30) as client:
        for kind in kinds:
            body = {
                "max_tokens": 2048,
                "messages": [{"role": "user", "content": "What does this repository do?"}],
                **kind,
            }
            client.post("/v1/messages", json=body)


class Look:
    """One window of the browser, which keeps what went wrong in it. Without a `cookie` nobody is logged in. Only with
    `past_csp` may a test bring a script of its own."""

    def __init__(self, browser: Any, url: str, cookie: str | None, *, past_csp: bool = False) -> None:
        self.url = url
        self.context = browser.new_context(
            viewport={"width": 1360, "height": 860},
            bypass_csp=past_csp,
            reduced_motion="reduce",
            timezone_id="Europe/Berlin",
            locale="en-GB",
        )
        self.context.set_default_timeout(30_000)
        if cookie is not None:
            self.context.add_cookies([{"name": COOKIE, "value": cookie, "url": f"{url}/ui/"}])
        self.page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("console", self._keep)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))

    def _keep(self, said: Any) -> None:
        if said.type == "error" and OF_THE_MACHINE not in said.text:
            self.faults.append(said.text)

    def __enter__(self) -> "Look":
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()

    def open(self, path: str) -> Any:
        """The page, once it is live."""
        self.page.goto(f"{self.url}/ui/{path}")
        if self.page.query_selector("[data-live]"):
            self.page.wait_for_selector('[data-live][data-state="open"]')
        return self.page

    def picture(self, name: str) -> None:
        """Kept where FAIRLEAD_SCREENSHOTS names a folder."""
        folder = os.environ.get("FAIRLEAD_SCREENSHOTS")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=f"{folder}/{name}.png", full_page=True)
