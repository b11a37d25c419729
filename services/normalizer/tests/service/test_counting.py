"""Tokens are counted by the provider where it can, and here where it cannot."""

from typing import Any

import httpx2
import pytest

from fairlead.simulator import Simulator

from ..talk import PROMPT, told

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_provider_that_counts_is_asked(client: httpx2.AsyncClient, simulator: Simulator) -> None:
    response = await client.post(
        "/v1/messages/count_tokens?beta=true", json={"model": "ant,sim-text", "messages": PROMPT}
    )
    assert response.status_code == 200
    assert response.json()["input_tokens"] > 0
    assert simulator.requests[0].target == "/v1/messages/count_tokens"


@pytest.mark.parametrize("status", [404, 405, 501])
async def test_where_the_provider_cannot_count_we_do(
    status: int, client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    counted = {
        model: await client.post(
            "/v1/messages/count_tokens",
            json={"model": model, "messages": [{"role": "user", "content": "hello world " * 50}], "tools": []},
        )
        for model in ("oai,sim-text", f"ant,sim-text!status={status}")
    }
    assert [response.status_code for response in counted.values()] == [200, 200]
    assert [response.json() for response in counted.values()] == [{"input_tokens": 108}] * 2
    assert [record.target for record in simulator.requests] == ["/v1/messages/count_tokens"]


@pytest.mark.parametrize(
    ("request_body", "status"),
    [
        ({"model": "ant,sim-text!status=429", "messages": PROMPT}, 429),
        ({"model": "oai,sim-text"}, 400),
        ({"model": "nothing", "messages": PROMPT}, 404),
    ],
)
async def test_what_cannot_be_counted_is_refused(
    request_body: dict[str, Any], status: int, client: httpx2.AsyncClient
) -> None:
    response = await client.post("/v1/messages/count_tokens", json=request_body)
    assert response.status_code == status
    assert told(response)[0] == "anthropic"
