"""Alerts are raised once when something goes wrong, cleared once when it is over, and told where people look."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from fairlead.router.usage.alerts import Alert, Watch
from fairlead.router.usage.herald import REMEMBERED, Herald
from fairlead.shared.config import ConfigError, parse
from fairlead.shared.config.schema import AlertsConfig, Secret

from ..bodies import claude_code
from ..fake_normalizer import FakeNormalizer, whole
from ..running import Lines, RunningRouter
from .made import MONDAY, record

NOW = MONDAY + 10


def watched(*records: Any, **rules: Any) -> Watch:
    watch = Watch(AlertsConfig(min_requests=4, **rules))
    for one in records:
        watch.note(one)
    return watch


def told(alerts: list[Alert]) -> list[tuple[str, str, bool]]:
    return [(one.name, one.subject, one.raised) for one in alerts]


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.005)


FAILED = record(failure="overloaded")


def test_half_of_the_requests_failed() -> None:
    watch = watched(FAILED, FAILED, record(), record())
    [alert] = watch.look(NOW, [])
    assert (alert.name, alert.raised, alert.at) == ("error_rate", True, NOW)
    assert alert.message == "50% of the 4 requests of the last 300 s failed"


def test_an_alert_is_raised_once_and_cleared_once() -> None:
    watch = watched(FAILED, FAILED, FAILED, FAILED)
    assert told(watch.look(NOW, [])) == [("error_rate", "", True)]
    assert watch.look(NOW + 1, []) == []
    assert told(watch.look(NOW + 1_000, [])) == [("error_rate", "", False)]
    assert watch.look(NOW + 1_001, []) == []


def test_too_few_requests_say_nothing() -> None:
    assert watched(FAILED, FAILED, FAILED).look(NOW, []) == []


def test_what_clients_do_wrong_is_no_alert() -> None:
    wrong = record(failure="bad_request")
    assert watched(wrong, wrong, wrong, wrong).look(NOW, []) == []


def test_slow_first_bytes() -> None:
    slow = [record(first_byte=9.0)] * 2
    assert told(watched(*[record()] * 18, *slow, first_byte_s=5).look(NOW, [])) == [("latency", "", True)]
    assert watched(*[record()] * 38, *slow, first_byte_s=5).look(NOW, []) == []
    assert watched(*[record()] * 18, *slow).look(NOW, []) == []


def test_each_target_that_is_down_is_an_alert_of_its_own() -> None:
    watch = watched()
    assert told(watch.look(NOW, ["p,m"])) == [("provider_down", "p,m", True)]
    assert told(watch.look(NOW, ["p,m", "q"])) == [("provider_down", "q", True)]
    assert told(watch.look(NOW, ["q"])) == [("provider_down", "p,m", False)]
    assert watched(provider_down=False).look(NOW, ["q"]) == []


def herald(client: httpx2.AsyncClient, log: Lines, webhook: str) -> Herald:
    rules = AlertsConfig(webhook=Secret(webhook))
    return Herald(rules, Watch(rules), client, list, lambda: NOW, log)


@pytest.mark.parametrize("fault", ["refuses", "is not there"])
async def test_a_webhook_that_fails_is_a_line_without_its_address(normalizer: FakeNormalizer, fault: str) -> None:
    log = Lines()
    normalizer.unknown = whole(500, {})
    url = f"{normalizer.url}/hook/s3cret" if fault == "refuses" else "http://127.0.0.1:1/s3cret"
    async with httpx2.AsyncClient() as client:
        teller = herald(client, log, url)
        teller.tell(Alert("cost", "", True, "dear", NOW))
        running = asyncio.create_task(teller.run())
        await until(lambda: bool(log.of("alert webhook")))
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert "s3cret" not in str(log.written)


async def test_what_a_webhook_does_not_take_is_bounded() -> None:
    log = Lines()
    async with httpx2.AsyncClient() as client:
        teller = herald(client, log, "http://127.0.0.1:1/")
        for number in range(REMEMBERED * 2):
            teller.tell(Alert("cost", str(number), True, "dear", NOW))
    assert len(teller.recent) == REMEMBERED
    assert teller.recent[-1].subject == str(REMEMBERED * 2 - 1)
    assert f"{REMEMBERED} wait" in repr(teller)


CONFIG = """{
  Providers: [{name: "p", api_base_url: "https://p.example/v1", models: ["native"]}],
  Router: {default: "p,native", policy: {circuit: {failures: 1}}},
  client_keys: [{name: "boss", key: "key-of-the-boss"}, {name: "ci", key: "key-of-ci-only", rpm: 100}],
  alerts: {webhook: "$HOOK", every_s: 0.01},
}"""


async def test_a_provider_that_goes_down_is_told_to_the_webhook_and_to_whoever_asks(normalizer: FakeNormalizer) -> None:
    async with FakeNormalizer() as hook:
        hook.unknown = whole(200, {})
        config = CONFIG.replace("$HOOK", f"{hook.url}/hook")
        async with RunningRouter(config, normalizer.url) as running, httpx2.AsyncClient(base_url=running.url) as client:
            shown = {"x-api-key": "key-of-the-boss"}
            await client.post("/v1/messages", json=claude_code(stream=False), headers=shown)
            await until(lambda: any(one.body for one in hook.asked))
            body = next(one.json for one in hook.asked if one.body)
            assert (body["alert"], body["raised"]) == ("provider_down", True)
            assert body["text"].startswith(body["subject"])
            told = (await client.get("/api/alerts", headers=shown)).json()
            assert body["subject"] in [one["subject"] for one in told["active"]]
            assert told["recent"]
            assert (await client.get("/api/alerts")).status_code == 401
            assert (await client.get("/api/alerts", headers={"x-api-key": "key-of-ci-only"})).status_code == 403


def test_the_webhooks_address_is_a_secret_and_must_be_one() -> None:
    config = parse('{alerts: {webhook: "https://h.example/x", error_share: 0.1}}', {}, file="c").config
    assert "h.example" not in repr(config.alerts)
    assert config.alerts.error_share == 0.1
    with pytest.raises(ConfigError, match=r"alerts\.webhook"):
        parse('{alerts: {webhook: "ftp://h.example"}}', {}, file="c")
    with pytest.raises(ConfigError, match=r"alerts\.window_s"):
        parse("{alerts: {window_s: 0}}", {}, file="c")
