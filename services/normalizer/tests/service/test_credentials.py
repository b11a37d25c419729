"""How the credentials stand, as `/health` tells everybody and `/api/credentials` those who may know."""

from typing import Any

import pytest

from ..conftest import normalizer

CONFIG = """{
  Providers: [
    {name: "keyed", api_base_url: "https://h.example/v1", api_keys: ["sk-0123456789-canary-abcd"], models: ["a"]},
    {name: "bare", api_base_url: "https://api.anthropic.com", models: ["b"]},
    {name: "through", api_base_url: "https://h.example/v1", auth: "passthrough", models: ["c"]},
    {name: "off", api_base_url: "https://h.example/v1", models: ["d"], enabled: false},
  ],
  client_keys: [{name: "all", key: "the-key-of-all"}, {name: "some", key: "the-key-of-some", models: ["a"]}],
}"""


async def test_everybody_may_know_how_the_credentials_stand_and_no_more() -> None:
    async with normalizer(CONFIG) as client:
        response = await client.get("/health")
    assert response.status_code == 200
    assert response.json() == {
        "status": "degraded",
        "credentials": [
            {"provider": "keyed", "type": "api_key", "state": "ok"},
            {"provider": "bare", "type": "api_key", "state": "missing"},
            {"provider": "through", "type": "passthrough", "state": "ok"},
        ],
    }


async def test_without_providers_all_is_well() -> None:
    async with normalizer("{}") as client:
        assert (await client.get("/health")).json() == {"status": "ok", "credentials": []}


async def test_with_a_key_one_may_know_where_they_come_from_and_what_is_wrong() -> None:
    async with normalizer(CONFIG) as client:
        response = await client.get("/api/credentials", headers={"authorization": "Bearer the-key-of-all"})
    assert response.headers["cache-control"] == "no-store"
    keyed, bare, _ = response.json()["credentials"]
    assert (keyed["source"], keyed["masked"], keyed["problem"]) == ("api_key", "***abcd", None)
    assert "set api_key of bare" in bare["problem"]
    assert "canary" not in response.text


@pytest.mark.parametrize(("key", "status"), [(None, 401), ("wrong", 401), ("the-key-of-some", 403)])
async def test_nobody_else_may(key: str | None, status: int) -> None:
    headers: dict[str, Any] = {"x-api-key": key} if key else {}
    async with normalizer(CONFIG) as client:
        response = await client.get("/api/credentials", headers=headers)
    assert response.status_code == status
    assert "keyed" not in response.text
