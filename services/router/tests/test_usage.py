"""What requests used and cost, asked for through HTTP, with keys and without."""

import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from fairlead.router.lasting import USAGE
from fairlead.router.records import Record
from fairlead.router.usage.store import Keeping, in_file

from .answers import anthropic_message
from .bodies import claude_code
from .fake_normalizer import FakeNormalizer, whole
from .running import RunningRouter
from .usage.made import MONDAY, record

MESSAGE = whole(200, anthropic_message("hi"))
PLAIN = {name: value for name, value in claude_code(stream=False).items() if name != "metadata"}
PATHS = ("/api/usage", "/api/usage/sessions", "/api/usage/sessions/s1", "/api/usage/requests", "/api/costs")
FOR_EVER = "{usage: {requests_days: 100000, hours_days: 100000, days_days: 100000}}"
KEYS = f"""{FOR_EVER[:-1]}, client_keys: [
  {{name: "boss", key: "key-of-the-boss"}}, {{name: "ci", key: "key-of-ci-only", rpm: 100}},
], Providers: [{{name: "p", api_base_url: "https://p.example/v1", models: ["m"]}}], Router: {{default: "p,m"}}}}"""
BOSS, CI = {"x-api-key": "key-of-the-boss"}, {"x-api-key": "key-of-ci-only"}

RECORDS = (
    record(key="boss", session="s1", project="/src"),
    record(key="ci", session="s2", at=MONDAY + 3_600, provider="kiro", billing="subscription", model="k"),
    record(key="ci", session="s2", at=MONDAY + 90_000, cost=None, model="dark"),
    record(key="ci", session="s3", at=MONDAY + 90_000, cost=0.0, billing="free", model="gift", scenario="think"),
)


def noted(folder: Path, *records: Record) -> None:
    store = in_file(folder / USAGE, Keeping())
    store.write(records)
    store.database.close()


@pytest.fixture
async def guarded(normalizer: FakeNormalizer, tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    noted(tmp_path, *RECORDS)
    async with (
        RunningRouter(KEYS, normalizer.url, data=tmp_path) as running,
        httpx2.AsyncClient(base_url=running.url) as made,
    ):
        yield made


async def told(client: httpx2.AsyncClient, path: str, headers: dict[str, str] = BOSS) -> Any:
    response = await client.get(path, headers=headers)
    assert response.status_code == 200, response.text
    return response.json()


async def test_a_session_is_told_as_it_always_was(normalizer: FakeNormalizer, client: httpx2.AsyncClient) -> None:
    normalizer.unknown = MESSAGE
    answers = [
        (await client.post("/v1/messages", json=PLAIN, headers={"x-session-id": "mine"})).json() for _ in range(2)
    ]
    usage = answers[0]["usage"]
    one = await told(client, "/api/usage/sessions/mine")
    assert one["sessionId"] == "mine"
    assert one["providers"]["p"]["requests"] == one["totalRequests"] == 2
    assert one["providers"]["p"]["inputTokens"] == one["totalInputTokens"] == 2 * usage["input_tokens"]
    assert one["providers"]["p"]["outputTokens"] == one["totalOutputTokens"] == 2 * usage["output_tokens"]
    assert one["totalCost"] is None
    assert one["totalUnpricedRequests"] == 2
    assert [one["sessionId"] for one in (await told(client, "/api/usage/sessions"))["sessions"]] == ["mine"]


@pytest.mark.parametrize("path", PATHS)
async def test_without_keys_whoever_is_on_this_machine_may_ask(
    normalizer: FakeNormalizer, client: httpx2.AsyncClient, path: str
) -> None:
    normalizer.unknown = MESSAGE
    await client.post("/v1/messages", json=PLAIN, headers={"x-session-id": "s1"})
    assert (await client.get(path)).status_code == 200
    assert (await client.get(path, headers={"origin": "https://evil.example"})).status_code == 403


@pytest.mark.parametrize("path", PATHS)
async def test_with_keys_nobody_asks_without_one(guarded: httpx2.AsyncClient, path: str) -> None:
    assert (await guarded.get(path)).status_code == 401
    assert (await guarded.get(path, headers={"x-api-key": "wrong"})).status_code == 401
    assert (await guarded.get(path, headers=BOSS)).status_code == 200


async def test_a_key_with_limits_sees_its_own_alone(guarded: httpx2.AsyncClient) -> None:
    assert (await told(guarded, "/api/usage", CI))["totalRequests"] == 3
    assert (await told(guarded, "/api/usage?key=boss", CI))["totalRequests"] == 3
    assert (await told(guarded, "/api/costs", CI))["requests"] == 3
    assert {one["key"] for one in (await told(guarded, "/api/usage/requests", CI))["requests"]} == {"ci"}
    assert {one["sessionId"] for one in (await told(guarded, "/api/usage/sessions", CI))["sessions"]} == {"s2", "s3"}
    assert (await guarded.get("/api/usage/sessions/s1", headers=CI)).status_code == 404
    assert (await guarded.delete("/api/usage/sessions/s2", headers=CI)).status_code == 403
    assert (await told(guarded, "/api/usage"))["totalRequests"] == 4
    assert (await told(guarded, "/api/usage?key=ci"))["totalRequests"] == 3


async def test_totals_are_by_provider_and_by_model_and_say_how_each_is_paid(guarded: httpx2.AsyncClient) -> None:
    whole = await told(guarded, "/api/usage")
    assert whole["providers"]["p"]["requests"] == 3
    models = {one["model"]: one for one in whole["models"]}
    assert models["k"]["subscription"] is True
    assert (models["k"]["cost"], models["k"]["coveredBySubscription"]) == (0, 0.5)
    assert models["gift"]["free"] is True
    assert models["gift"]["cost"] == 0
    assert models["dark"]["cost"] is None
    assert (whole["totalCost"], whole["totalUnpricedRequests"], whole["totalCoveredBySubscription"]) == (0.5, 1, 0.5)


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (
            "hour",
            [["2026-01-05T00:00:00+00:00", 1], ["2026-01-05T01:00:00+00:00", 1], ["2026-01-06T01:00:00+00:00", 2]],
        ),
        ("day", [["2026-01-05T00:00:00+00:00", 2], ["2026-01-06T00:00:00+00:00", 2]]),
        ("model", [["dark", 1], ["gift", 1], ["k", 1], ["m", 1]]),
        ("provider", [["kiro", 1], ["p", 3]]),
        ("scenario", [["default", 3], ["think", 1]]),
        ("project", [[None, 3], ["/src", 1]]),
        ("key", [["boss", 1], ["ci", 3]]),
    ],
)
async def test_series(guarded: httpx2.AsyncClient, by: str, expected: list[list[Any]]) -> None:
    told_by = await told(guarded, f"/api/usage?by={by}")
    assert [[row[by], row["requests"]] for row in told_by["series"]] == expected


async def test_a_series_of_two_things(guarded: httpx2.AsyncClient) -> None:
    rows = (await told(guarded, "/api/usage?by=day,key"))["series"]
    assert [(row["day"][:10], row["key"], row["requests"]) for row in rows] == [
        ("2026-01-05", "boss", 1),
        ("2026-01-05", "ci", 1),
        ("2026-01-06", "ci", 2),
    ]


@pytest.mark.parametrize(
    ("window", "requests"),
    [
        ("from=2026-01-06", 2),
        ("to=2026-01-06", 2),
        ("from=2026-01-05T01:00:00Z&to=2026-01-05T02:00:00Z", 1),
        ("from=2026-01-05T02:00:00+01:00&to=2026-01-05T03:00:00%2B01:00", 1),
        (f"from={int(MONDAY)}&to={int(MONDAY) + 3600}", 1),
        ("from=2027-01-01", 0),
    ],
)
async def test_a_window(guarded: httpx2.AsyncClient, window: str, requests: int) -> None:
    assert (await told(guarded, f"/api/usage?{window}"))["totalRequests"] == requests
    assert (await told(guarded, f"/api/costs?{window}"))["requests"] == requests


async def test_a_window_is_told_as_the_whole_hours_it_was(guarded: httpx2.AsyncClient) -> None:
    whole = await told(guarded, "/api/usage?from=2026-01-05T01:20:00Z&to=2026-01-05T01:40:00Z")
    assert (whole["from"], whole["to"]) == ("2026-01-05T01:00:00+00:00", "2026-01-05T02:00:00+00:00")
    assert whole["totalRequests"] == 1


async def test_savings_are_against_the_default_target_where_prices_are_known(guarded: httpx2.AsyncClient) -> None:
    whole = await told(guarded, "/api/costs")
    assert (whole["comparedRequests"], whole["unpricedRequests"]) == (3, 1)
    assert (whole["comparedCost"], whole["costAtDefault"], whole["saved"]) == (1.0, 6.0, 5.0)
    assert whole["cost"] == 0.5
    models = {row["model"]: row for row in whole["series"]}
    assert models["dark"]["saved"] is None
    assert models["dark"]["cost"] is None
    days = (await told(guarded, "/api/costs?by=day"))["series"]
    assert [row["saved"] for row in days] == [3.0, 2.0]


@pytest.mark.parametrize(
    "path", ["/api/usage?by=model&", "/api/usage/requests?", "/api/usage/sessions?", "/api/costs?"]
)
async def test_everything_comes_as_csv_too(guarded: httpx2.AsyncClient, path: str) -> None:
    response = await guarded.get(f"{path}format=csv", headers=BOSS)
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(response.text)))
    assert len(rows) in (3, 4)


async def test_names_that_a_spreadsheet_would_run_are_texts(normalizer: FakeNormalizer, tmp_path: Path) -> None:
    noted(tmp_path, record(model="=HYPERLINK(1)"))
    async with (
        RunningRouter(FOR_EVER, normalizer.url, data=tmp_path) as running,
        httpx2.AsyncClient(base_url=running.url) as client,
    ):
        written = (await client.get("/api/usage?by=model&format=csv")).text
    assert "\n'=HYPERLINK(1)" in written.replace("\r", "")


async def test_what_is_not_known_of_a_single_request_is_null(guarded: httpx2.AsyncClient) -> None:
    known = {one["model"]: one for one in (await told(guarded, "/api/usage/requests"))["requests"]}
    assert (known["dark"]["cost"], known["gift"]["cost"]) == (None, 0.0)


async def test_an_unknown_cost_is_an_empty_cell(guarded: httpx2.AsyncClient) -> None:
    response = await guarded.get("/api/costs?format=csv", headers=BOSS)
    rows = {row["model"]: row for row in csv.DictReader(io.StringIO(response.text))}
    assert (rows["dark"]["cost"], rows["gift"]["cost"]) == ("", "0.0")


async def test_pages_of_requests_and_sessions(guarded: httpx2.AsyncClient) -> None:
    first = await told(guarded, "/api/usage/requests?limit=3")
    rest = await told(guarded, f"/api/usage/requests?limit=3&before={first['next']}")
    assert (len(first["requests"]), len(rest["requests"]), rest["next"]) == (3, 1, None)
    page = await told(guarded, "/api/usage/sessions?limit=2")
    last = await told(guarded, f"/api/usage/sessions?limit=2&before={page['next']}")
    assert [one["sessionId"] for one in (*page["sessions"], *last["sessions"])] == ["s3", "s2", "s1"]


async def test_a_session_is_deleted_and_then_unknown(guarded: httpx2.AsyncClient) -> None:
    assert (await guarded.delete("/api/usage/sessions/s1")).status_code == 401
    deleted = await guarded.delete("/api/usage/sessions/s1", headers=BOSS)
    assert deleted.json() == {"success": True, "sessionId": "s1"}
    assert (await guarded.get("/api/usage/sessions/s1", headers=BOSS)).status_code == 404
    assert (await guarded.delete("/api/usage/sessions/s1", headers=BOSS)).status_code == 404
    assert (await told(guarded, "/api/usage"))["totalRequests"] == 4


@pytest.mark.parametrize(
    "query",
    [
        *(
            "by=colour",
            "by=",
            "by=day&by=model",
            "by=day,day",
            "format=xml",
            "limit=0",
            "limit=1e309",
            "from=yesterday",
            "from=",
        ),
        *("to=2026-13-01", "before=-1", "before=x", "days=1e309", "key=%00"),
    ],
)
async def test_what_cannot_be_asked_is_refused_by_its_name(guarded: httpx2.AsyncClient, query: str) -> None:
    response = await guarded.get(f"/api/usage?{query}", headers=BOSS)
    assert response.status_code == 400
    assert response.json()["error"]["message"].startswith(query.split("=")[0])


async def test_nothing_is_kept_where_nobody_wants_it(normalizer: FakeNormalizer) -> None:
    async with (
        RunningRouter("{usage: {enabled: false}}", normalizer.url) as running,
        httpx2.AsyncClient(base_url=running.url) as client,
    ):
        assert (await client.get("/api/usage")).status_code == 404
