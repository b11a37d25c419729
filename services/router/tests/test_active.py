"""The table that is in effect: who is in it, who is left out and why, and how it reaches the disk."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from fairlead.router import app
from fairlead.router.active import ActiveTable, active, ailing, write
from fairlead.router.catalog import Catalog, Entry
from fairlead.router.lasting import Settings, Surroundings
from fairlead.router.policy import Policy
from fairlead.shared.config import load, parse

from .fake_normalizer import FakeNormalizer, whole
from .running import Lines

CONFIG = """{
  Providers: [
    {name: "Good", api_base_url: "https://g", models: ["a", "b"]},
    {name: "Keyless", api_base_url: "https://k", models: ["k"]},
    {name: "Bad", api_base_url: "https://b", models: ["c"]},
    {name: "Off", api_base_url: "https://o", models: ["d"], enabled: false},
  ],
  Router: {
    default: {targets: [{provider: "Good", model: "a", weight: 0.7}, {provider: "Bad", model: "c", weight: 0.3}],
              fallback: ["Keyless,k", "Bad,c"]},
    background: "Bad,c",
    think: ["Off,d", "Good,b"],
  },
}"""
POLICY = Policy.of(parse(CONFIG, {}, file="c", resolve_secrets=False).config)
CATALOG = Catalog.of(
    [Entry("Good,a", "openai", "Good"), Entry("Keyless,k", "openai", "Keyless"), Entry("c", "openai", "Bad")]
)


def reports(*states: tuple[str, str]) -> bytes:
    told: list[dict[str, Any]] = [
        {"provider": provider, "type": "api_key", "state": state, "problem": None if state == "ok" else f"is {state}"}
        for provider, state in states
    ]
    return json.dumps({"credentials": told}).encode()


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([], {}),
        ([("Bad", "missing")], {"bad": "is missing"}),
        ([("Bad", "refused"), ("Bad", "ok")], {}),
        ([("Bad", "expired"), ("bad", "refused")], {"bad": "is expired"}),
        ([("Good", "ok"), ("Bad", "cooling down"), ("Keyless", "expiring"), ("New", "unused")], {}),
        ([("New", "missing"), ("New", "unused")], {}),
    ],
)
def test_a_provider_ails_when_none_of_its_credentials_works(
    states: list[tuple[str, str]], expected: dict[str, str]
) -> None:
    assert ailing(reports(*states)) == expected


def test_only_targets_that_can_be_called_are_in_the_table() -> None:
    table = active(POLICY, CATALOG, {"bad": "no key"})
    good = {"provider": "Good", "model": "a", "weight": 0.7}
    keyless = {"provider": "Keyless", "model": "k", "weight": 1.0}
    assert table["categories"] == {
        "default": {"providers": [good], "fallback": [keyless], "strategy": "weighted"},
        "background": {"providers": [], "fallback": [], "strategy": "priority"},
        "think": {
            "providers": [{"provider": "Good", "model": "b", "weight": 1.0}],
            "fallback": [],
            "strategy": "priority",
        },
    }
    assert [(one["category"], one["provider"], one["because"]) for one in table["left_out"]] == [
        ("default", "Bad", "no key"),
        ("default", "Bad", "no key"),
        ("background", "Bad", "no key"),
        ("think", "Off", "enabled is false"),
    ]


def test_a_provider_the_normalizer_does_not_know_is_left_out() -> None:
    table = active(POLICY, Catalog(), {})
    assert {one["because"] for one in table["left_out"]} == {
        "the normalizer does not know this provider",
        "enabled is false",
    }


def test_a_table_may_be_used_as_a_routing_table(tmp_path: Path) -> None:
    write(tmp_path / "routing-table.json", active(POLICY, CATALOG, {}))
    (tmp_path / "config.json").write_text(CONFIG.replace("Router", "Unread"))
    scenarios = load(tmp_path, {}).config.router.scenarios
    assert Policy.of(load(tmp_path, {}).config).routes == {
        **POLICY.routes,
        "think": scenarios["think"].targets,
    }


def test_it_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "generated/active-routing.json"
    write(path, {"categories": {}})
    assert json.loads(path.read_text()) == {"categories": {}}
    path.unlink()
    path.mkdir()
    with pytest.raises(IsADirectoryError):
        write(path, {})
    assert list(path.parent.iterdir()) == [path]


class Known:
    """What was read of the normalizer's models."""

    catalog, current = CATALOG, True


async def test_it_is_written_again_only_when_it_has_changed(normalizer: FakeNormalizer, tmp_path: Path) -> None:
    log, path = Lines(), tmp_path / "active.json"
    async with httpx2.AsyncClient() as client:
        url = f"{normalizer.url}/api/credentials"
        table = ActiveTable(path, POLICY, Known(), client, url, log)  # type: ignore[arg-type]
        normalizer.lists = whole(200, reports(("Bad", "ok")))
        await table.refresh({"authorization": "Bearer own"})
        await table.refresh({})
        assert len(log.of("routing table written")) == 1
        normalizer.lists = whole(200, reports(("Bad", "missing")))
        await table.refresh({})
        assert json.loads(path.read_text())["left_out"][0]["because"] == "is missing"
        normalizer.lists = whole(403, b"{}")
        await table.refresh({})
        await table.refresh({})
    assert len(log.of("routing table written")) == 2
    assert len(log.of("routing table not written")) == 1
    assert normalizer.asked[0].headers["authorization"] == "Bearer own"


async def test_the_router_keeps_it_up_to_date(normalizer: FakeNormalizer, tmp_path: Path) -> None:
    path = tmp_path / "generated/active-routing.json"
    normalizer.lists = whole(200, {"data": [{"id": "Good,a", "provider": "Good"}], "credentials": []})
    config = parse(CONFIG, {}, file="c", resolve_secrets=False).config
    log = Lines()
    written = asyncio.Event()
    log.info = lambda event, **_: written.set() if event == "routing table written" else None  # type: ignore[method-assign]
    made = app.build(config, Settings(normalizer.url, active_table=path), Surroundings(log))
    async with made.lifespan(), asyncio.timeout(10):
        await written.wait()
    assert json.loads(path.read_text())["categories"]["default"]["providers"][0]["model"] == "a"
