"""Budgets: counted by day and month, by key and project; and what clients and targets notice of them."""

from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest

from fairlead.router.budgets import UNBOUNDED, Level, Purse, Thrift, period
from fairlead.router.lasting import USAGE
from fairlead.router.usage.store import Keeping, in_file
from fairlead.shared.config import ConfigError, parse
from fairlead.shared.config.schema import Budget, Target

from .answers import anthropic_message, anthropic_stream
from .bodies import claude_code
from .fake_normalizer import FakeNormalizer, stream, whole
from .running import RunningRouter
from .usage.made import MONDAY, record

MESSAGE = whole(200, anthropic_message("hi"), anthropic_ratelimit_requests_remaining="7")
CONFIG = """{
  Providers: [{name: "p", api_base_url: "https://p.example/v1", models: ["native", "second", "small"],
    prices: {native: {input: 100, output: 500}, second: {input: 10, output: 50}, small: {input: 1, output: 5}}}],
  Router: {default: ["p,native", "p,second"]},
  fallback: {default: ["p,small"]},
  client_keys: [{name: "boss", key: "key-of-the-boss"}, {name: "ci", key: "key-of-ci-only"}],
  budgets: [BUDGETS],
}"""
BOSS, CI = {"x-api-key": "key-of-the-boss"}, {"x-api-key": "key-of-ci-only"}
UNIFIED = "anthropic-ratelimit-unified-"


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("name", "now", "start", "end"),
    [
        ("day", "2026-02-28T23:59:59", "2026-02-28", "2026-03-01"),
        ("month", "2026-02-28T23:59:59", "2026-02-01", "2026-03-01"),
        ("month", "2026-12-01", "2026-12-01", "2027-01-01"),
        ("month", "2028-02-29T12:00", "2028-02-01", "2028-03-01"),
        ("month", "2026-01-31", "2026-01-01", "2026-02-01"),
    ],
)
def test_periods_are_days_and_months_of_utc(name: str, now: str, start: str, end: str) -> None:
    assert period(name, at(now)) == (at(start), at(end))


def test_a_budget_counts_its_own_key_and_project_alone() -> None:
    purse = Purse([Budget("a", 10, key="ci"), Budget("b", 10, project="/src"), Budget("c", 100)])
    purse.spend("ci", None, 5, MONDAY)
    purse.spend("boss", "/src", 9, MONDAY)
    ci, boss = purse.look("ci", None, MONDAY).nearest, purse.look("boss", "/src", MONDAY).nearest
    assert ci is not None
    assert boss is not None
    assert (ci.budget.name, ci.share) == ("a", 0.5)
    assert (boss.budget.name, boss.share) == ("b", 0.9)


def test_a_project_may_be_told_by_its_path() -> None:
    config = parse(
        CONFIG.replace("BUDGETS", '{usd: 1, project: "~/shop/"}, {usd: 1, project: "-src"}'), {"HOME": "/me"}, file="c"
    )
    budgets = config.config.budgets
    assert [budget.project for budget in budgets] == ["-me-shop", "-src"]
    assert budgets[0].name == "the month's budget of ~/shop/"


def test_a_budget_is_spent_by_what_comes_to_it_exactly() -> None:
    purse = Purse([Budget("a", 1)])
    levels = [crossed.level for _ in range(10) for crossed in purse.spend(None, None, 0.1, MONDAY)]
    nearest = purse.look(None, None, MONDAY).nearest
    assert nearest is not None
    assert (levels, nearest.refuses) == ([Level.WARNED, Level.SPENT], True)


def test_a_new_period_begins_with_nothing_spent() -> None:
    purse = Purse([Budget("a", 1, "day")])
    purse.spend(None, None, 1, MONDAY)
    today = purse.look(None, None, MONDAY).nearest
    tomorrow = purse.look(None, None, MONDAY + 86_400).nearest
    assert today is not None
    assert tomorrow is not None
    assert (today.refuses, tomorrow.refuses, tomorrow.share) == (True, False, 0)
    purse.spend(None, None, 0.5, MONDAY + 86_400)
    purse.spend(None, None, 0.4, MONDAY)
    again = purse.look(None, None, MONDAY + 86_400).nearest
    assert again is not None
    assert again.share == 0.5


def test_each_level_is_told_once() -> None:
    purse = Purse([Budget("a", 10, slide_at=0.8, warn_at=0.5)])
    told = [[one.level for one in purse.spend(None, None, 1, MONDAY)] for _ in range(12)]
    assert [(place, levels) for place, levels in enumerate(told, 1) if levels] == [
        (5, [Level.WARNED]),
        (8, [Level.SLIDING]),
        (10, [Level.SPENT]),
    ]


def test_what_others_have_written_down_counts_where_it_is_more() -> None:
    purse = Purse([Budget("a", 10)])
    purse.spend(None, None, 1, MONDAY)
    for written in (4.0, 0.5):
        purse.learn([written], MONDAY)
        nearest = purse.look(None, None, MONDAY).nearest
        assert nearest is not None
        assert nearest.share == 0.4


def test_nobody_with_a_budget_is_bounded_by_another_ones() -> None:
    purse = Purse([Budget("a", 1, key="ci")])
    assert purse.look("boss", None, MONDAY) is UNBOUNDED


def test_a_ladder_is_declared_and_comes_with_its_state() -> None:
    ladder = (Target("p", "cheap"),)
    purse = Purse([Budget("a", 1, slide_at=0.5, ladder=ladder)])
    assert purse.look(None, None, MONDAY).thrift is None
    purse.spend(None, None, 0.5, MONDAY)
    assert purse.look(None, None, MONDAY).thrift == Thrift("a", ladder)


async def answered(normalizer: FakeNormalizer, budgets: str, folder: Path | None = None) -> httpx2.Response:
    """The answer to a second request; each costs about as much as the fake says."""
    normalizer.unknown = MESSAGE
    async with (
        RunningRouter(CONFIG.replace("BUDGETS", budgets), normalizer.url, data=folder) as running,
        httpx2.AsyncClient(base_url=running.url) as client,
    ):
        await client.post("/v1/messages", json=claude_code(stream=False), headers=CI)
        return await client.post("/v1/messages", json=claude_code(stream=False), headers=CI)


async def test_a_spent_budget_refuses_in_words_claude_code_acts_on(normalizer: FakeNormalizer) -> None:
    response = await answered(normalizer, '{name: "the team\'s money", usd: 0.000001}')
    assert response.status_code == 429
    error = response.json()["error"]
    assert error["type"] == "billing_error"
    assert error["message"].startswith("the team's money is spent (1e-06 US dollars a month); it begins anew in ")
    head = response.headers
    assert int(head["retry-after"]) > 0
    assert head["x-should-retry"] == "false"
    assert head[f"{UNIFIED}status"] == "rejected"
    assert head[f"{UNIFIED}overage-period"] == "monthly"
    assert head[f"{UNIFIED}overage-utilization"] == head[f"{UNIFIED}overage-surpassed-threshold"] == "1"
    assert head[f"{UNIFIED}overage-disabled-reason"] == "org_spend_cap_reached"
    assert head[f"{UNIFIED}overage-scope"] == "group_pool"
    assert head[f"{UNIFIED}reset"] == head[f"{UNIFIED}overage-reset"]
    assert f"{UNIFIED}representative-claim" not in head
    assert f"{UNIFIED}overage-status" not in head
    assert len([one for one in normalizer.asked if one.body]) == 1


async def test_a_budget_of_one_key_leaves_the_others_alone(normalizer: FakeNormalizer) -> None:
    normalizer.unknown = MESSAGE
    config = CONFIG.replace("BUDGETS", '{usd: 0.000001, key: "ci", period: "day"}')
    async with RunningRouter(config, normalizer.url) as running, httpx2.AsyncClient(base_url=running.url) as client:
        statuses = [
            (await client.post("/v1/messages", json=claude_code(stream=False), headers=who)).status_code
            for who in (CI, CI, BOSS, BOSS)
        ]
    assert statuses == [200, 429, 200, 200]
    assert [line["alert"] for line in running.log.of("alert")] == ["budget"]


async def test_answers_say_how_much_of_a_budget_is_used(normalizer: FakeNormalizer) -> None:
    head = (await answered(normalizer, "{usd: 1000000}")).headers
    assert head[f"{UNIFIED}status"] == head[f"{UNIFIED}overage-status"] == "allowed"
    assert head[f"{UNIFIED}overage-utilization"] == "0.00"
    assert head[f"{UNIFIED}representative-claim"] == "overage"
    assert f"{UNIFIED}overage-surpassed-threshold" not in head
    assert "anthropic-ratelimit-requests-remaining" not in head


async def test_streams_say_it_too_and_are_refused_in_the_same_way(normalizer: FakeNormalizer) -> None:
    normalizer.unknown = stream(*anthropic_stream("hi"), anthropic_ratelimit_requests_remaining="7")
    config = CONFIG.replace("BUDGETS", "{usd: 0.000001}")
    async with RunningRouter(config, normalizer.url) as running, httpx2.AsyncClient(base_url=running.url) as client:
        first, second = [await client.post("/v1/messages", json=claude_code(), headers=CI) for _ in range(2)]
    assert (first.status_code, first.headers[f"{UNIFIED}status"]) == (200, "allowed")
    assert "anthropic-ratelimit-requests-remaining" not in first.headers
    assert (second.status_code, second.headers[f"{UNIFIED}status"]) == (429, "rejected")


async def test_a_nearly_spent_budget_warns(normalizer: FakeNormalizer) -> None:
    head = (await answered(normalizer, "{usd: 0.000001, refuse: false}")).headers
    assert head[f"{UNIFIED}status"] == "allowed_warning"
    assert head[f"{UNIFIED}overage-utilization"] == "0.99"
    assert head[f"{UNIFIED}overage-surpassed-threshold"] == "0.95"


async def test_without_a_budget_nothing_is_said_of_one(normalizer: FakeNormalizer) -> None:
    response = await answered(normalizer, "")
    assert not [name for name in response.headers if name.startswith(UNIFIED)]
    assert response.headers["anthropic-ratelimit-requests-remaining"] == "7"


async def test_a_nearly_spent_budget_prefers_the_cheapest(normalizer: FakeNormalizer) -> None:
    response = await answered(normalizer, "{usd: 0.000001, slide_at: 0.5, refuse: false}")
    assert response.headers["x-fairlead-route"] == "p,small"


async def test_a_nearly_spent_budget_goes_down_its_ladder(normalizer: FakeNormalizer) -> None:
    response = await answered(normalizer, '{usd: 0.000001, slide_at: 0.5, refuse: false, ladder: ["p,second"]}')
    assert response.headers["x-fairlead-route"] == "p,second"


async def test_a_decision_under_a_budget_says_so_and_is_the_same_again(normalizer: FakeNormalizer) -> None:
    normalizer.unknown = MESSAGE
    config = CONFIG.replace("BUDGETS", '{name: "money", usd: 0.000001, slide_at: 0.5, refuse: false}')
    async with RunningRouter(config, normalizer.url) as running, httpx2.AsyncClient(base_url=running.url) as client:
        for _ in range(2):
            last = await client.post("/v1/messages", json=claude_code(stream=False), headers=BOSS)
        decision = last.headers["x-fairlead-decision"]
        told = (await client.get(f"/api/decisions/{decision}", headers=BOSS)).json()
    assert told["why"].endswith("; money is nearly spent")
    assert told["replay"]["same"] is True


async def test_whoever_asks_for_a_model_by_name_gets_it_until_nothing_is_left(normalizer: FakeNormalizer) -> None:
    normalizer.unknown = MESSAGE
    config = CONFIG.replace("BUDGETS", '{usd: 0.000001, slide_at: 0.5, refuse: false, ladder: ["p,small"]}')
    async with RunningRouter(config, normalizer.url) as running, httpx2.AsyncClient(base_url=running.url) as client:
        for _ in range(2):
            last = await client.post("/v1/messages", json=claude_code(stream=False, model="p,native"), headers=CI)
    assert last.headers["x-fairlead-route"] == "p,native"


@pytest.mark.parametrize("ladder", ["", 'ladder: ["p,small"]'])
async def test_that_model_may_be_the_default_and_there_may_be_cheaper_ones(
    normalizer: FakeNormalizer, ladder: str
) -> None:
    normalizer.unknown = MESSAGE
    config = CONFIG.replace("BUDGETS", f"{{usd: 0.000001, slide_at: 0.5, refuse: false, {ladder}}}")
    config = config.replace('["p,native", "p,second"]', '"p,native"')
    async with RunningRouter(config, normalizer.url) as running, httpx2.AsyncClient(base_url=running.url) as client:
        for model in ("p,native", "p,native", "anything"):
            last = await client.post("/v1/messages", json=claude_code(stream=False, model=model), headers=CI)
            assert last.headers["x-fairlead-route"] == ("p,small" if model == "anything" else "p,native")


async def test_what_was_spent_before_a_restart_still_counts(normalizer: FakeNormalizer, tmp_path: Path) -> None:
    normalizer.unknown = MESSAGE
    config = CONFIG.replace("BUDGETS", "{usd: 0.000001}")
    statuses = []
    for _ in range(2):
        async with (
            RunningRouter(config, normalizer.url, data=tmp_path) as running,
            httpx2.AsyncClient(base_url=running.url) as client,
        ):
            statuses.append((await client.post("/v1/messages", json=claude_code(stream=False), headers=CI)).status_code)
    assert statuses == [200, 429]


async def test_what_a_subscription_covers_is_not_spent(normalizer: FakeNormalizer, tmp_path: Path) -> None:
    store = in_file(tmp_path / USAGE, Keeping())
    store.write([record(at=datetime.now(UTC).timestamp(), billing="subscription")])
    store.database.close()
    normalizer.unknown = MESSAGE
    config = CONFIG.replace("BUDGETS", "{usd: 0.1}")
    async with (
        RunningRouter(config, normalizer.url, data=tmp_path) as running,
        httpx2.AsyncClient(base_url=running.url) as client,
    ):
        assert (await client.post("/v1/messages", json=claude_code(stream=False), headers=CI)).status_code == 200


@pytest.mark.parametrize(
    ("budget", "message"),
    [
        ("{}", "budgets[0].usd: missing"),
        ("{usd: 0}", "budgets[0].usd: must be more than 0"),
        ('{usd: 1, period: "week"}', "budgets[0].period: must be one of day, month"),
        ('{usd: 1, key: "nobody"}', "budgets[0].key: there is no client key of the name nobody"),
        ('{usd: 1, slide_at: 0.5, ladder: ["nobody,m"]}', "budgets[0].ladder[0]"),
        ("{usd: 1, warn_at: 2}", "budgets[0].warn_at: must be at most 1"),
    ],
)
def test_a_budget_that_makes_no_sense_is_told_by_its_place(budget: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse(CONFIG.replace("BUDGETS", budget), {}, file="config.json", resolve_secrets=False)
    assert message in str(error.value)
