"""A provider's bytes break off before its first content, on the way through both services: the next target answers."""

from typing import Any

import httpx2
import pytest

from .provider import Provider
from .surfaces import ROUTER

PLACES = (0, 1, 40, 150)
"""Bytes that come; the first content of either dialect begins after more."""
FAULTS = [f"{fault}={place}" for fault in ("cut", "reset", "drop") for place in PLACES] + [
    "error-first",
    "error-event=0",
]
ASKED: dict[str, dict[str, Any]] = {
    "native": {"model": "claude-opus-5-5", "thinking": {"type": "adaptive"}},
    "chat": {"model": "claude-haiku-5-5"},
}
"""What goes to a target of that lane first, and to one of the other lane then."""


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("lane", ASKED)
async def test_the_client_sees_one_stream_of_the_other_target(
    router: httpx2.AsyncClient, provider: Provider, lane: str, fault: str
) -> None:
    provider.answers_next({"fault": fault})
    response = await router.post("/v1/messages", json=ROUTER.body("", stream=True) | ASKED[lane])
    assert response.status_code == 200, response.text
    assert response.headers["x-fairlead-attempts"] == "2"
    assert response.text.count("event: message_start") == 1
    assert response.text.rstrip().endswith('{"type":"message_stop"}')
    assert "event: error" not in response.text
    assert len(provider.requests()) == 2
