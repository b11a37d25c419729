"""The simulated provider seen from a test: what it was sent, what became of it, and what it is to answer next."""

import time
from typing import Any

import httpx2

PATIENCE = 60.0
"""Seconds something has to be recorded in; what is waited for takes milliseconds."""
POLL = 0.005


class Provider:
    """`url` is the simulator's."""

    def __init__(self, url: str) -> None:
        self._client = httpx2.Client(base_url=url, trust_env=False, timeout=10)

    def close(self) -> None:
        self._client.close()

    def reset(self) -> None:
        """Forgets what it was sent and what it was told."""
        self._client.delete("/__simulator__").raise_for_status()

    def answers_next(self, *answers: dict[str, Any]) -> None:
        """The answers of the next generating requests: `{"status", "headers", "body" | "chunks", "fault"}`."""
        for answer in answers:
            response = self._client.post("/__simulator__/next", json=answer)
            assert response.status_code == 200, response.text

    def requests(self, path: str = "") -> list[dict[str, Any]]:
        """What it was sent to paths that end in `path`, oldest first."""
        found = self._client.get("/__simulator__/requests").raise_for_status().json()["requests"]
        return [each for each in found if each["target"].partition("?")[0].endswith(path)]

    def wait_for(self, count: int = 1) -> list[dict[str, Any]]:
        """At least `count` requests, waited for."""
        deadline = time.monotonic() + PATIENCE
        while len(found := self.requests()) < count:
            assert time.monotonic() < deadline, f"the provider was sent {len(found)} requests, not {count}"
            time.sleep(POLL)
        return found

    def wait_for_disconnect(self) -> float:
        """Seconds until the only request that was sent is seen to be broken off by whoever sent it."""
        began = time.monotonic()
        while (record := self.requests()[0])["disconnected_after"] is None:
            assert not record["finished"], "the provider answered to the end: nobody broke it off"
            assert time.monotonic() < began + PATIENCE, "the provider was not told that the client has gone"
            time.sleep(POLL)
        return time.monotonic() - began


def header(record: dict[str, Any], name: str) -> str | None:
    """The value of a recorded request's header; `name` in lower case."""
    return next((value for key, value in record["headers"] if key.lower() == name), None)
