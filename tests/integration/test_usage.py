"""What was used is told by a running router, and still known after it was stopped and started."""

import httpx2

from .stack import Stack

SESSION = "canary-session"


async def test_usage_outlives_a_restart(stack: Stack, router: httpx2.AsyncClient) -> None:
    body = {"model": "native,sim-text", "max_tokens": 10, "messages": [{"role": "user", "content": "hi"}]}
    asked = await router.post("/v1/messages", json=body, headers={"x-session-id": SESSION})
    assert asked.status_code == 200
    before = (await router.get(f"/api/usage/sessions/{SESSION}")).json()
    assert before["totalRequests"] == 1
    assert before["totalInputTokens"] == asked.json()["usage"]["input_tokens"]
    assert before["totalCost"] is None
    assert stack.stop("router") == 0
    stack.start("router")
    after = (await router.get(f"/api/usage/sessions/{SESSION}")).json()
    assert after == before
    assert (await router.delete(f"/api/usage/sessions/{SESSION}")).status_code == 200
    assert "usage is kept in memory" not in stack.log("router")
