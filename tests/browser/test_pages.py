"""Every page in a real browser: accessible in light and dark, as wide as the window, and without a fault of its own."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from ..integration.processes import Process
from ..integration.stack import CLIENT_KEY
from .conftest import ADMIN_KEY, AXE, PASTS, Look, logged_in

PAGES = ("", "decisions", "sessions", "providers")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = {"desktop": {"width": 1360, "height": 860}, "phone": {"width": 390, "height": 844}}
LOOKS = (("desktop", "light"), ("phone", "dark"), ("desktop", "dark"))
"""Colours do not depend on the width."""


def violations(page: Any, rules: list[str] | None = None) -> list[str]:
    """What axe finds; of all rules without `rules`."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": TAGS}
    found = page.evaluate("only => axe.run(document, {runOnly: only, resultTypes: ['violations']})", only)
    return [
        f"{one['id']}: {one['help']}: {node['html'][:160]} {node.get('failureSummary', '')[:300]}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("past", PASTS)
def test_every_page_is_accessible(browser: Any, routers: dict[str, str], cookies: dict[str, str], past: str) -> None:
    with Look(browser, routers[past], cookies[past], past_csp=True) as look:
        for path in PAGES:
            page = look.open(path)
            for width, colours in LOOKS if past == "much" else LOOKS[:2]:
                page.set_viewport_size(WIDTHS[width])
                page.emulate_media(color_scheme=colours)
                assert violations(page) == [], (path, width, colours)
                whole, seen = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
                assert whole <= seen, f"{path} is wider than a {width}"
                look.picture(f"{path or 'overview'}-{past}-{width}-{colours}")
        assert look.faults == []


@pytest.fixture
def look(browser: Any, routers: dict[str, str], cookies: dict[str, str]) -> Iterator[Look]:
    """At a router with a little to show, under the page's own policy, which no test may break."""
    with Look(browser, routers["little"], cookies["little"]) as opened:
        yield opened
        assert opened.faults == []


def ask(url: str, text: str) -> None:
    body = {"model": "claude-opus-5-5", "max_tokens": 64, "messages": [{"role": "user", "content": text}]}
    httpx2.post(f"{url}/v1/messages", json=body, headers={"x-api-key": CLIENT_KEY}, trust_env=False, timeout=30)


def test_the_admin_key_opens_it_and_logging_out_closes_it(browser: Any, routers: dict[str, str]) -> None:
    with Look(browser, routers["nothing"], None, past_csp=True) as look:
        page = look.open("")
        assert violations(page) == []
        look.picture("login")
        page.fill("#key", "not it")
        page.keyboard.press("Enter")
        assert page.inner_text("[role=alert]") == "invalid admin key"
        assert violations(page) == []
        page.fill("#key", ADMIN_KEY)
        page.keyboard.press("Enter")
        page.wait_for_selector("h1:text('Overview')")
        page = look.open("no/such/page")
        assert violations(page) == []
        page.click("a:text('To the overview')")
        page.click("button:text('Log out')")
        page.wait_for_selector("#key")
        assert look.open("sessions").url.endswith("/ui/login")


def test_decisions_show_as_they_happen_and_open_by_keyboard(look: Look) -> None:
    page = look.open("decisions")
    before = page.locator("tbody tr").count()
    ask(look.url, "one more")
    page.wait_for_function("before => document.querySelectorAll('tbody tr').length > before", arg=before)
    page.wait_for_selector("tbody tr:first-child .badge.good")
    page.locator("tbody tr:first-child a").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open] h2:text('Who was considered')")
    look.picture("decision-panel")
    assert "claude-opus-5-5" in page.inner_text("dialog .lead")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog:not([open])", state="attached")
    assert page.evaluate("document.activeElement.closest('tr') === document.querySelector('tbody tr')")


def test_a_decision_is_a_page_too(browser: Any, routers: dict[str, str], cookies: dict[str, str]) -> None:
    with Look(browser, routers["little"], cookies["little"], past_csp=True) as look:
        page = look.open("decisions?failed=1")
        page.goto(page.locator("tbody tr:last-child a").evaluate("link => link.href"))
        assert "unreachable" in page.inner_text(".attempts")
        assert "at the default" in page.inner_text("main")
        look.picture("decision")
        assert violations(page) == []
        page.emulate_media(color_scheme="dark")
        assert violations(page, ["color-contrast"]) == []


def test_a_session_tells_what_it_took(browser: Any, routers: dict[str, str], cookies: dict[str, str]) -> None:
    with Look(browser, routers["much"], cookies["much"], past_csp=True) as look:
        page = look.open("sessions")
        page.click("tbody tr:nth-child(2) a")
        page.wait_for_selector("h2:text('Latest requests')")
        look.picture("session")
        assert page.locator("tbody").last.locator("tr").count() == 20
        assert violations(page) == []


def test_totals_follow_what_happens(look: Look) -> None:
    page = look.open("")
    before = page.inner_text(".tile dd")
    ask(look.url, "and another")
    page.wait_for_function("before => document.querySelector('.tile dd').textContent !== before", arg=before)
    assert page.locator(".chart canvas").count() == 1


def test_a_provider_can_be_tried(look: Look) -> None:
    page = look.open("providers")
    page.click("button:has-text('Test claude-haiku-5 of anthropic')")
    page.wait_for_selector(".toasts .good:has-text('anthropic,claude-haiku-5 answered')")
    page.click("button:has-text('Test never-there of gone')")
    page.wait_for_selector(".toasts .bad:has-text('did not answer')")


def test_the_theme_that_is_chosen_lasts(look: Look) -> None:
    page = look.open("")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.click("[data-theme-toggle]")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert dark != ground
    page = look.open("decisions")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark


def test_the_first_tab_leads_past_the_navigation(look: Look) -> None:
    page = look.open("")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_an_open_page_keeps_no_router_from_stopping_and_comes_back_with_it(
    browser: Any, processes: dict[str, Process], cookies: dict[str, str]
) -> None:
    process = processes["nothing"]
    with Look(browser, process.url, cookies["nothing"]) as look:
        page = look.open("")
        assert process.stop() == 0
        page.wait_for_selector('[data-live][data-state="lost"]')
        process.start()
        page.wait_for_selector("#key")  # logins end with the process
    cookies["nothing"] = logged_in(process.url)
