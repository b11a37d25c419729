"""How the router is, what it decided, and how those it asks do."""

from typing import Any

from fairlead.router.decisions import KEPT
from fairlead.router.endpoints.decisions import PAGE
from fairlead.shared.failure import Kind
from fairlead.shared.openapi.description import Answer, Content, Guard, Operation, Shape, json, named, query

from .ours import of_ours
from .shapes import standing as shapes


def operations() -> list[Operation]:
    """For anybody, and for whoever may see what concerns everybody."""
    return [*_for_anybody(), *_decided(), *_doing()]


def _for_anybody() -> list[Operation]:
    hello, health = json(shapes.Hello, "The router."), json(shapes.Health, "It lives.")
    ready = json(shapes.Readiness, "Whether requests can be answered.")
    metrics = Answer("Prometheus' text.", (Content("text/plain"),))
    document = Answer("This document.", (Content(shapes=(Shape(dict[str, Any]),)),))
    return [
        of_ours("GET /", "hello", "Who answers here", Guard.NOBODY, {"200": hello}),
        of_ours("GET /api/hello", "api_hello", "Who answers here", Guard.NOBODY, {"200": hello}),
        of_ours("GET /health", "health", "Whether it lives", Guard.NOBODY, {"200": health}),
        of_ours("GET /ready", "ready", "Whether it can answer", Guard.NOBODY, {"200": ready, "503": ready}),
        of_ours("GET /metrics", "metrics", "What it counts", Guard.NOBODY, {"200": metrics}),
        of_ours("GET /openapi.json", "document", "What it offers", Guard.NOBODY, {"200": document}),
    ]


def _decided() -> list[Operation]:
    page = query("limit", "How many.", type="integer", minimum=1, maximum=KEPT, default=PAGE)
    every, one = json(shapes.Decisions, "The newest."), json(shapes.Explanation, "The decision, and what it came of.")
    return [
        of_ours("GET /api/decisions", "decisions", "What was decided of late", Guard.OVERSEER, {"200": every}, page),
        of_ours(
            "GET /api/decisions/{id}",
            "decision",
            "Why a request went where it did",
            Guard.OVERSEER,
            {"200": one},
            named("id", "What `x-fairlead-decision` said."),
            refuses=(Kind.NOT_FOUND,),
        ),
    ]


def _doing() -> list[Operation]:
    return [
        of_ours(
            "GET /api/providers",
            "providers",
            "How every provider and model does",
            Guard.OVERSEER,
            {"200": json(shapes.Providers, "Each provider with its models.")},
        ),
        of_ours(
            "GET /api/alerts",
            "alerts",
            "What is wrong now, and was of late",
            Guard.OVERSEER,
            {"200": json(shapes.Alerts, "The alerts.")},
        ),
        of_ours(
            "GET /api/routing/active",
            "active",
            "The targets that can be called now",
            Guard.OVERSEER,
            {"200": json(shapes.Active, "By scenario, and who is left out.")},
        ),
        of_ours(
            "GET /api/transformers",
            "transformers",
            "What may change requests for a provider",
            Guard.OVERSEER,
            {"200": json(shapes.Transformers, "Each with its options and its users.")},
        ),
    ]
