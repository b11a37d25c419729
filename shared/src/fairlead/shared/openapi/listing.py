"""`GET /v1/models` and single models, alike in both services."""

from collections.abc import Sequence
from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

from fairlead.shared.catalog import PAGE
from fairlead.shared.dialect import Dialect
from fairlead.shared.failure import Kind

from .description import Guard, Operation, Parameter, json, named, query


class Support(Struct, forbid_unknown_fields=True):
    supported: bool


class PriceStep(Struct, forbid_unknown_fields=True):
    """US dollars for a million tokens of prompts longer than `above` tokens."""

    above: int
    input_price: float | None
    output_price: float | None
    cache_read_price: float | None
    cache_write_price: float | None


class Model(Struct, forbid_unknown_fields=True):
    """In the shapes of OpenAI and Anthropic at once, and what we know besides; what is not known is null. Windows in
    tokens, prices in US dollars for a million tokens."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str
    type: Literal["model"]
    display_name: str
    created_at: str
    lifecycle: Literal["active", "deprecated"]
    max_input_tokens: int | None
    max_tokens: int | None
    dialect: str
    provider: str
    context_window: int | None
    long_context_window: int | None
    max_output_tokens: int | None
    input_price: float | None
    output_price: float | None
    cache_read_price: float | None
    cache_write_price: float | None
    price_steps: list[PriceStep]
    capabilities: dict[str, Support] | None
    reasoning: str | None
    status: Literal["available", "deprecated"]
    alias_of: str | None


class Models(Struct, forbid_unknown_fields=True):
    """`first_id` and `last_id` are those of this page. `providers`: the dialect of each that can be called, whether a
    model of theirs is known yet or not; the normalizer tells it to keys without limits."""

    object: Literal["list"]
    data: list[Model]
    has_more: bool
    first_id: str | None
    last_id: str | None
    providers: dict[str, str] | UnsetType = UNSET


_IDS = ("request-id", "x-request-id")


def operations(dialects: Sequence[Dialect], asked_with: Sequence[Parameter] = ()) -> list[Operation]:
    """Failures are told in the one of `dialects` that the request's headers speak for. `asked_with`: what a request may
    say besides."""
    page: dict[str, Any] = {"type": "integer", "minimum": 1}
    return [
        Operation(
            "GET",
            "/v1/models",
            "models",
            "The models that the key opens",
            "models",
            Guard.CLIENT,
            {"200": json(Models, "A page of them.", *_IDS)},
            tuple(dialects),
            (Kind.BAD_REQUEST, Kind.INTERNAL),
            (
                query("limit", f"Models of a page; more than {PAGE} are never told.", **page),
                query("after_id", "The model before the page."),
                query("before_id", "The model after the page; not together with `after_id`."),
                *asked_with,
            ),
        ),
        Operation(
            "GET",
            "/v1/models/{model}",
            "model",
            "One model",
            "models",
            Guard.CLIENT,
            {"200": json(Model, "What is known of it.", *_IDS)},
            tuple(dialects),
            (Kind.NOT_FOUND, Kind.INTERNAL),
            (named("model", "Its id, or the name that a single provider knows it by; it may hold slashes."),),
        ),
    ]
