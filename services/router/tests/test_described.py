"""The OpenAPI document tells everything that is served, and nothing else."""

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from fairlead.router.app import Parts
from fairlead.router.described import described, operations
from fairlead.router.endpoints.table import Table
from fairlead.router.lasting import Lasting, Settings, Surroundings
from fairlead.shared.config import parse

from .conftest import CONFIG
from .fake_normalizer import FakeNormalizer
from .running import Lines, RunningRouter

OF_PEOPLE = "/ui"
"""Pages are for browsers, and none of a document's business."""


@pytest.fixture
def table(tmp_path: Path) -> Table:
    """Everything a router can serve."""
    config = parse(CONFIG, {}, file="config.json", resolve_secrets=False).config
    settings, around = Settings("http://127.0.0.1:9", None, data=tmp_path), Surroundings(Lines())
    return Parts(config, settings, around, Lasting(config, settings, around), None).table()


def filled(path: str) -> str:
    return path.replace("{", "").replace("}", "")


async def test_what_is_served_and_what_is_told_are_the_same(table: Table) -> None:
    document = json.loads(described((True, True), table.serves))
    told = {(path, method.upper()) for path, methods in document["paths"].items() for method in methods}
    rows = {(path, method): table.row_of(filled(path)) for path, method in told}
    reached = {(row.pattern, method) for (_, method), row in rows.items() if row is not None}
    served = {(row.pattern, method) for row in table.rows for method in row.endpoints}
    assert {one for one in served if not one[0].startswith(OF_PEOPLE)} == reached
    assert all(row is not None and method in row.endpoints for (_, method), row in rows.items())
    assert len(document["paths"]) == len({operation.path for operation in operations()})


async def test_what_a_configuration_leaves_out_is_not_told(normalizer: FakeNormalizer) -> None:
    without_usage = CONFIG[:-1] + "usage: {enabled: false}}"
    async with (
        RunningRouter(without_usage, normalizer.url) as router,
        httpx2.AsyncClient(base_url=router.url) as client,
    ):
        told = (await client.get("/openapi.json")).json()["paths"]
    assert "/api/providers" in told
    assert not [path for path in told if path.startswith(("/api/usage", "/api/costs"))]


def references(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set[str]()
        return own.union(*map(references, value.values()))
    return set[str]().union(*map(references, value)) if isinstance(value, list) else set()


def test_every_reference_leads_somewhere_and_every_name_is_one_operation() -> None:
    document = json.loads(described((True, True), lambda _method, _path: True))
    for reference in references(document):
        place = document
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]
    ids = [operation["operationId"] for methods in document["paths"].values() for operation in methods.values()]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("keys", "opened"),
    [
        ((False, False), {"/v1/messages": set(), "/api/usage": set(), "/api/providers": set(), "/api/config": set()}),
        (
            (True, False),
            {
                "/v1/messages": {"client"},
                "/api/usage": {"client"},
                "/api/providers": {"client"},
                "/api/config": {"client"},
            },
        ),
        (
            (True, True),
            {
                "/v1/messages": {"client"},
                "/api/usage": {"client", "admin"},
                "/api/providers": {"client", "admin"},
                "/api/config": {"admin"},
                "/health": set(),
            },
        ),
    ],
)
def test_who_is_let_in_follows_from_the_keys_that_are_set(keys: tuple[bool, bool], opened: dict[str, set[str]]) -> None:
    document = json.loads(described(keys, lambda _method, _path: True))
    for path, whose in opened.items():
        [operation, *_] = document["paths"][path].values()
        schemes = {name for one in operation["security"] for name in one}
        assert {name.removesuffix("Bearer").removesuffix("GoogleKey").removesuffix("Key") for name in schemes} == whose
        # What a provider says of its own key is passed on, whatever keys are set here.
        assert path == "/v1/messages" or ("401" in operation["responses"]) == bool(whose)
