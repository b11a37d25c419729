"""The headers of answers, by name: what they say."""

from collections.abc import Mapping
from typing import Any

from fairlead.shared import rates

_TEXT: Mapping[str, Any] = {"type": "string"}
_COUNT: Mapping[str, Any] = {"type": "integer", "minimum": 0}

HEADERS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "allow": ("The methods of this path.", _TEXT),
    "cache-control": ("`no-store`: nobody is to keep it.", _TEXT),
    "etag": ("Of the configuration's file as it is; `If-Match` with it changes nothing else.", _TEXT),
    "request-id": ("The id of this request: the client's own `x-request-id`, or one that was made.", _TEXT),
    "x-request-id": ("The id of this request: the client's own `x-request-id`, or one that was made.", _TEXT),
    "retry-after": ("Seconds after which to try again.", _COUNT),
    "x-should-retry": ("Whether to try again at all.", {"type": "boolean"}),
    "x-fairlead-failure": ("The exact kind of a failure, which status and body may not tell.", _TEXT),
    "x-fairlead-losses": ("How many things the request says that its provider has no words for.", _COUNT),
    "x-fairlead-upstream-id": ("The provider's own id of the request.", _TEXT),
    "x-fairlead-route": ("`provider,model`: who answered.", _TEXT),
    "x-fairlead-scenario": ("The scenario the request was taken for.", _TEXT),
    "x-fairlead-attempts": ("How many targets were asked.", _COUNT),
    "x-fairlead-overhead-ms": (
        "Milliseconds that passed without waiting for anybody else.",
        {"type": "number", "minimum": 0},
    ),
    "x-fairlead-decision": ("The id under which `GET /api/decisions/{id}` explains it.", _TEXT),
    rates.HEADER.decode(): ("What is left of the provider's limits, in one form for all vendors.", _TEXT),
}
"""Beside these, `anthropic-ratelimit-*` and `x-ratelimit-*` of providers are passed on as they are."""
