"""The ways in: each path that asks a model, the dialect of its errors, and requests in that dialect."""

from typing import Any

import httpx2
import msgspec

from .stack import CLIENT_KEY, Service, Stack


class Surface(msgspec.Struct, frozen=True):
    """One path of one service. Two of them differ in what a client of it sends and how it reads a refusal."""

    service: Service
    path: str
    dialect: str

    def __str__(self) -> str:
        return f"{self.service}{self.path}"

    def url(self, stack: Stack) -> str:
        base: str = getattr(stack, self.service)
        return base + self.path

    def body(self, model: str, /, **more: Any) -> dict[str, Any]:
        """A small request that any provider takes."""
        return {"model": model, "max_tokens": 100, "messages": [{"role": "user", "content": "hi"}]} | more


ROUTER = Surface("router", "/v1/messages", "anthropic")
NORMALIZER = Surface("normalizer", "/v1/messages", "anthropic")
CHAT = Surface("normalizer", "/v1/chat/completions", "openai")
COUNTS = (
    Surface("router", "/v1/messages/count_tokens", "anthropic"),
    Surface("normalizer", "/v1/messages/count_tokens", "anthropic"),
)
ANSWERS = (ROUTER, NORMALIZER, CHAT)

KEYED = {"x-api-key": CLIENT_KEY}


def refusal(response: httpx2.Response, dialect: str, *statuses: int) -> dict[str, Any]:
    """The error that `response` is, checked to be one of `dialect` and to tell nothing of our insides."""
    assert response.status_code in statuses, response.text
    assert response.headers["content-type"].startswith("application/json")
    for inside in ("Traceback", "fairlead/", "site-packages", ".py"):
        assert inside not in response.text
    told: dict[str, Any] = response.json()
    if dialect == "anthropic":
        assert told["type"] == "error"
        # A provider's own words are passed on as they are, its id or its want of one included.
        assert told.get("request_id", "req_").startswith("req_")
        assert response.headers["request-id"].startswith("req_")
    error: dict[str, Any] = told["error"]
    assert isinstance(error["message"], str)
    assert error["message"]
    assert isinstance(error["type"], str)
    if dialect == "openai":
        assert error.keys() >= {"message", "type", "param", "code"}
    return error
