"""The configuration, the routing matrix and the logs in a real browser, at a router that has a file of its own."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest

from ..integration.processes import process_stack
from ..integration.stack import CLIENT_KEY
from .conftest import ADMIN_KEY, CONFIG, Look, logged_in
from .test_pages import WIDTHS, violations

REMARK = "// the one everybody likes"
SLOW = "anthropic,sim-text!delay-at=e2:5"
"""A model that is silent for five seconds in the middle of its answer."""


CHANGED_BY: dict[tuple[str, str], list[str]] = {
    ("desktop", "dark"): ["color-contrast"],
    ("phone", "light"): [
        "target-size",
        "scrollable-region-focusable",
        "aria-required-children",
        "aria-required-parent",
    ],
    ("phone", "dark"): ["target-size"],
}
"""Rules that may be broken by a sight and were not on a desktop in light, where all are looked at."""


class Edited:
    """A router, the configuration that it shares with its normalizer, and the cookie of whoever is logged in."""

    def __init__(self, url: str, file: Path) -> None:
        self.url = url
        self.file = file
        self.text = file.read_text()
        self.cookie = logged_in(url)

    def route(self, **more: Any) -> str:
        """Where a request goes."""
        body = {"model": "claude-opus-5-5", "max_tokens": 64, "messages": [{"role": "user", "content": "Hi"}], **more}
        answer = httpx2.post(f"{self.url}/v1/messages", json=body, headers=_KEY, trust_env=False, timeout=30)
        return str(answer.headers["x-fairlead-route"])

    def streamed(self) -> bytes:
        """A whole answer that takes its time."""
        body = {"model": SLOW, "max_tokens": 64, "stream": True, "messages": [{"role": "user", "content": "Hi"}]}
        return httpx2.post(f"{self.url}/v1/messages", json=body, headers=_KEY, trust_env=False, timeout=30).content


_KEY = {"x-api-key": CLIENT_KEY}


@pytest.fixture(scope="module")
def served(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edited]:
    folder = tmp_path_factory.mktemp("edited")
    file = folder / "config.json5"
    file.write_text(CONFIG.read_text().replace("\n    background:", f" {REMARK}\n    background:"))
    with process_stack(folder, file, {"FAIRLEAD_LOGS": str(folder / "logs")}) as stack:
        yield Edited(stack.router, file)


@pytest.fixture
def edited(served: Edited) -> Edited:
    """With the file as it was at first."""
    if served.file.read_text() != served.text:
        first, url = {"text": served.text}, f"{served.url}/api/config"
        assert httpx2.post(url, json=first, headers={"x-api-key": ADMIN_KEY}, trust_env=False).status_code == 200
    return served


@pytest.fixture
def look(browser: Any, edited: Edited) -> Iterator[Look]:
    """Under the page's own policy. A refusal of ours is no fault of the page."""
    with Look(browser, edited.url, edited.cookie) as opened:
        yield opened
        assert [fault for fault in opened.faults if "the server responded with a status of 4" not in fault] == []


def type_instead(page: Any, old: str, new: str) -> None:
    """Changes the text as a person would, who has found the place."""
    text = page.input_value("#text")
    assert old in text
    page.fill("#text", text.replace(old, new, 1))


def test_a_mistake_is_told_at_its_line_and_mended_and_saved_while_an_answer_streams(edited: Edited, look: Look) -> None:
    page = look.open("config")
    assert "unused" not in page.content()
    type_instead(page, '"anthropic,claude-opus-5-5"', '"antropic,claude-opus-5-5"')
    told = page.wait_for_selector("#problems .bad a")
    assert "did you mean anthropic?" in page.inner_text("#problems")
    told.click()
    selected = "(text => text.value.slice(text.selectionStart, text.selectionEnd))(document.activeElement)"
    assert '"antropic,claude-opus-5-5"' in page.evaluate(selected)
    assert page.evaluate("document.querySelector('.gutter .bad').textContent") == told.inner_text().split()[1]
    type_instead(page, "antropic,", "openrouter,")
    type_instead(page, "openrouter,claude-opus-5-5", "openrouter,z-ai/glm-5.5")
    page.wait_for_selector("#problems .good:has-text('2 lines would change')")
    page.keyboard.press("Control+s")
    page.wait_for_selector("h1:text('Review changes')")
    assert page.locator(".diff .removed").count() == page.locator(".diff .added").count() == 1
    assert page.inner_text(".diff .added .sign").startswith("+")
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(edited.streamed)
        page.click("button:text('Save and apply')")
        page.wait_for_selector(".notice.good:has-text('Saved.')")
        assert edited.route() == "openrouter,z-ai/glm-5.5"
        assert not answer.done(), "the answer was over before anything was saved"
        whole = answer.result()
    assert b"event: message_stop" in whole
    assert b"event: error" not in whole
    assert edited.file.read_text() == edited.text.replace('"anthropic,claude-opus-5-5"', '"openrouter,z-ai/glm-5.5"', 1)


def test_a_backup_is_compared_and_restored(edited: Edited, look: Look) -> None:
    page = look.open("config")
    type_instead(page, REMARK, "// somebody's")
    page.click("button:text('Review changes')")
    page.click("button:text('Save and apply')")
    page.click("a:text('compare or restore it')")
    assert REMARK in page.inner_text(".diff .added")
    page.click("button:text('Restore it')")
    page.wait_for_selector(".notice.good:has-text('Saved.')")
    assert edited.file.read_text() == edited.text


def test_a_file_that_changes_meanwhile_loses_nothing(edited: Edited, look: Look) -> None:
    page = look.open("config")
    type_instead(page, REMARK, "// mine")
    page.click("button:text('Review changes')")
    page.wait_for_selector(".diff")
    edited.file.write_text(edited.text + "// theirs\n")
    page.click("button:text('Save and apply')")
    page.wait_for_selector("h1:text('The file has changed')")
    assert "// theirs" in page.inner_text(".diff")
    page.click("button:text('Edit mine further')")
    assert "// mine" in page.input_value("#text")
    assert edited.file.read_text() == edited.text + "// theirs\n"


def test_what_was_typed_outlasts_the_login(edited: Edited, look: Look) -> None:
    page = look.open("config")
    type_instead(page, REMARK, "// hours of work")
    page.context.clear_cookies()
    page.keyboard.press("Control+s")
    page.wait_for_selector("h1:text('Log in')")
    page.fill("#key", ADMIN_KEY)
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:text('Overview')")
    page.click("nav a:text('Configuration')")
    assert REMARK in page.input_value("#text")
    page.click("button:text('Take it back')")
    assert "// hours of work" in page.input_value("#text")
    page.keyboard.press("Control+s")
    page.wait_for_selector(".diff .added:has-text('// hours of work')")
    page.click("a:text('Discard')")
    page.wait_for_selector("#text")
    assert page.locator("[data-typed]").is_hidden()


def test_what_was_typed_outlasts_the_login_also_when_the_check_of_it_finds_it_over(edited: Edited, look: Look) -> None:
    page = look.open("config")
    page.on("dialog", lambda dialog: dialog.accept())
    page.context.clear_cookies()
    type_instead(page, REMARK, "// hours of work")
    page.wait_for_selector("h1:text('Log in')")
    page.fill("#key", ADMIN_KEY)
    page.keyboard.press("Enter")
    page.click("nav a:text('Configuration')")
    page.click("button:text('Take it back')")
    assert "// hours of work" in page.input_value("#text")
    page.click("button:text('Review changes')")
    page.click("a:text('Discard')")


def test_a_row_of_the_matrix_sends_the_next_request_elsewhere(edited: Edited, look: Look) -> None:
    assert edited.route() == "anthropic,claude-opus-5-5"
    page = look.open("routing")
    page.click("a:has-text('Edit default')")
    page.fill("#target-0", "anthropic,claude-haiku-5")
    page.fill("#target-1", "openrouter,qwen/qwen4-coder")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:text('Review changes')")
    page.click("button:text('Save and apply')")
    page.wait_for_selector("#matrix th:has-text('default')")
    assert edited.route() == "anthropic,claude-haiku-5"
    page.wait_for_selector("tr:has-text('Everything that no other') .badge.good:text('well')")
    assert REMARK in edited.file.read_text()
    page.click("a:text('Try a request')")
    page.check("[name=thinking]")
    page.click("button:text('Decide')")
    assert page.inner_text("#told-title") == "think"


def test_lines_of_the_log_come_by_themselves_and_lead_to_the_explanation(edited: Edited, look: Look) -> None:
    page = look.open("logs")
    before = page.locator(".log li").count()
    edited.route()
    page.wait_for_function("before => document.querySelectorAll('.log li').length > before", arg=before)
    page.wait_for_selector(".log li:first-child:has-text('request')")
    page.click(".log li:first-child a:has-text('Explain')")
    page.wait_for_selector("h2:text('Who was considered')")
    page = look.open("logs?level=error")
    page.wait_for_selector("text=No such line")


def test_these_pages_are_accessible(browser: Any, edited: Edited) -> None:
    def wrong(page: Any) -> None:
        type_instead(page, '"anthropic,claude-opus-5-5"', '"antropic,claude-opus-5-5"')
        page.wait_for_selector("#problems .bad")

    def reviewed(page: Any) -> None:
        type_instead(page, REMARK, "// " + "long " * 40)
        page.click("button:text('Review changes')")
        page.wait_for_selector(".diff")

    def slipped(page: Any) -> None:
        page.fill("#target-0", "nobody")
        page.keyboard.press("Enter")
        page.wait_for_selector(".wrong")

    sights: list[tuple[str, str, Any]] = [
        ("config", "config", None),
        ("config-wrong", "config", wrong),
        ("config-review", "config", reviewed),
        ("routing", "routing", None),
        ("routing-edit", "routing/edit?scenario=think", slipped),
        ("routing-whole", "routing/whole", None),
        ("routing-try", "routing/try?tokens=100", None),
        ("logs", "logs", None),
    ]
    with Look(browser, edited.url, edited.cookie, past_csp=True) as look:
        for name, path, prepare in sights:
            page = look.open(path)
            if prepare is not None:
                prepare(page)
            for width, size in WIDTHS.items():
                page.set_viewport_size(size)
                for colours in ("light", "dark"):
                    page.emulate_media(color_scheme=colours)
                    look.picture(f"{name}-{width}-{colours}")
                    assert violations(page, CHANGED_BY.get((width, colours))) == [], (name, width, colours)
                whole, seen = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
                assert whole <= seen, f"{name} is wider than a {width}"
