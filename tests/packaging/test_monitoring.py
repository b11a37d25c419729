"""The dashboard and the alert rules name what the services expose, and nothing else."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from fairlead.normalizer.app import Lasting, World
from fairlead.normalizer.app import build as build_normalizer
from fairlead.normalizer.counters import Counters
from fairlead.normalizer.credentials import Vaults
from fairlead.router.app import build as build_router
from fairlead.router.lasting import Settings, Surroundings
from fairlead.router.metrics import Metrics
from fairlead.shared.config import parse
from fairlead.shared.config.schema import Secret
from fairlead.shared.runtime.logging import get_logger
from fairlead.shared.runtime.outbox import Outbox
from fairlead.shared.runtime.tracing import Tracing

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
DASHBOARD: dict[str, Any] = json.loads((DEPLOY / "grafana/fairlead.json").read_text())
PROMETHEUS: dict[str, Any] = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text())
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY.parent / "compose.yaml").read_text())
RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]
NOBODY = "http://127.0.0.1:1"
CONFIG = """{Providers: [{name: "p", api_base_url: "http://127.0.0.1:1/v1", api_key: "k", models: ["m"],
    limits: {concurrency: 1}}], Router: {default: "p,m"}, budgets: [{name: "b", usd: 1}]}"""

WORDS = {
    *("sum", "max", "by", "rate", "increase", "histogram_quantile", "topk", "vector", "and", "or"),
    *("__rate_interval", "__range", "le"),
}
"""Of PromQL, what we use."""
_NAME = re.compile(r"[a-zA-Z_]\w*")
_STRING = re.compile(r'"[^"]*"')
_LABELS = re.compile(r"\{[^}]*\}|\bby \([^)]*\)")
_DURATION = re.compile(r"\[[^]]*\]")


def expressions() -> Iterator[tuple[str, str]]:
    """Each with where it stands."""
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"]
    for rule in RULES:
        yield rule["alert"], rule["expr"]


def names(expression: str) -> set[str]:
    """The metrics an expression names."""
    for pattern in (_STRING, _LABELS, _DURATION):
        expression = pattern.sub(" ", expression)
    return set(_NAME.findall(expression)) - WORDS


def labels(expression: str) -> set[str]:
    """The labels it selects or groups by."""
    found = " ".join(_LABELS.findall(_STRING.sub(" ", expression)))
    return set(_NAME.findall(found)) - {"by"}


async def scraped(app: Any) -> str:
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://service") as client:
        response = await client.get("/metrics")
    assert response.status_code == 200
    return response.text


@pytest.fixture
async def exposed() -> str:
    """What both services tell, with Redis and with traces."""
    config = parse(CONFIG, {}, file="config.json").config
    settings = Settings(NOBODY, redis_url=Secret("redis://127.0.0.1:1/0"))
    tracing = Tracing(lambda _parent, _trace, _name: (False, None), Outbox(lambda _spans: None, lambda: None, None))
    router = build_router(config, settings, Surroundings(get_logger("router"), tracing=tracing))
    vaults = Vaults(redis_url=Secret("redis://127.0.0.1:1/0"))
    normalizer = build_normalizer(config, World(tracing=tracing), lasting=Lasting(vaults))
    return await scraped(router) + await scraped(normalizer)


async def test_what_the_services_expose_is_read_by_prometheus_own_parser(exposed: str) -> None:
    families = list(text_string_to_metric_families(exposed))
    told = [family.name for family in families]
    assert len(told) == len(set(told)) > 30
    for family in families:
        assert family.documentation.endswith("."), family.name
        assert re.fullmatch(r"fairlead(_[a-z]+)+", family.name)
        assert family.type in ("counter", "gauge", "histogram", "summary")


async def test_names_end_in_their_unit_and_counters_in_total(exposed: str) -> None:
    for line in exposed.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            assert name.endswith("_total") == (kind == "counter"), name
            assert name.endswith("_seconds") == (kind in ("histogram", "summary")), name
            assert not re.search("_(ms|milliseconds|minutes|percent)(_|$)", name)


async def test_every_metric_that_is_named_exists(exposed: str) -> None:
    types = re.findall(r"^# TYPE (\S+) (\S+)$", exposed, re.MULTILINE)
    known = {"up"}
    for name, kind in types:
        known |= {f"{name}_{part}" for part in ("bucket", "sum", "count")} if kind == "histogram" else {name}
    for place, expression in expressions():
        assert names(expression), place
        assert names(expression) <= known, place


async def test_every_label_that_is_named_is_one_of_the_metric_beside_it(exposed: str) -> None:
    known = {metric.name: set(metric.labels) for metric in (*Metrics().all(), *Counters().all())}
    for family in text_string_to_metric_families(exposed):
        name = f"{family.name}_total" if family.type == "counter" else family.name
        known.setdefault(name, {label for sample in family.samples for label in sample.labels})
    known["up"] = {"job", "instance", "service"}
    for place, expression in expressions():
        beside = set().union(*(known[name.removesuffix("_bucket")] for name in names(expression)))
        assert labels(expression) <= beside | {"le", "instance"}, place


def test_names_are_found_in_expressions() -> None:
    told = 'histogram_quantile(0.9, sum by (le, provider) (rate(a_bucket{x!~"b|c",y="d"}[5m]))) / 60 > 0.1 and up == 0'
    assert names(told) == {"a_bucket", "up"}
    assert labels(told) == {"le", "provider", "x", "y"}


def test_every_rule_says_when_how_grave_it_is_and_what_it_means() -> None:
    assert len({rule["alert"] for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.keys() <= {"alert", "expr", "for", "labels", "annotations"}
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"]["summary"]
        assert re.fullmatch(r"[1-9]\d*[smh]", rule.get("for", "1m"))
        assert rule["expr"].count("(") == rule["expr"].count(")")
        by = set(re.findall(r"\$labels\.(\w+)", str(rule["annotations"])))
        grouped = re.findall(r"\bby \(([^)]*)\)", rule["expr"])
        assert not grouped or by <= {label.strip() for label in grouped[-1].split(",")}, rule["alert"]


def test_every_panel_asks_the_data_source_that_is_provided() -> None:
    provided = yaml.safe_load((DEPLOY / "grafana/datasource.yml").read_text())["datasources"][0]
    panels = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
    assert {panel["datasource"]["uid"] for panel in panels} == {provided["uid"]}
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    assert all(panel["targets"] and panel["title"] for panel in panels)


def test_prometheus_asks_the_services_where_they_listen() -> None:
    [job] = PROMETHEUS["scrape_configs"]
    targets = {config["labels"]["service"]: config["targets"] for config in job["static_configs"]}
    assert job["job_name"] == "fairlead"
    for name, asked in targets.items():
        assert asked == [f"{name}:{COMPOSE['services'][name]['environment']['PORT']}"]
