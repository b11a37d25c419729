"""What was used, and what it came to; costs in US dollars, null where no price is known."""

from typing import Literal, TypeAlias

from msgspec import UNSET, Struct, UnsetType, defstruct, field
from msgspec.structs import fields

from fairlead.router.records import Record
from fairlead.router.usage.asking import THINGS, TIMES


class _Figures(Struct, rename="camel", kw_only=True):
    """Costs in US dollars, null where no price is known."""

    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    reasoning_tokens: int
    requests: int
    failed_requests: int
    unpriced_requests: int
    cost: float | None
    covered_by_subscription: float
    average_first_byte_ms: float | None
    average_duration_ms: float | None


class Figures(_Figures, rename="camel"):
    pass


class ModelFigures(_Figures, rename="camel", kw_only=True):
    provider: str | None
    model: str
    billing: str
    subscription: bool
    free: bool


class _Totals(Struct, rename="camel", kw_only=True):
    providers: dict[str, Figures]
    models: list[ModelFigures]
    total_input_tokens: int
    total_output_tokens: int
    total_cache_read_tokens: int
    total_cache_write_tokens: int
    total_reasoning_tokens: int
    total_requests: int
    total_failed_requests: int
    total_unpriced_requests: int
    total_cost: float | None
    total_covered_by_subscription: float
    average_first_byte_ms: float | None
    average_duration_ms: float | None


class Usage(_Totals, rename="camel", kw_only=True):
    """`from` and `to`: the whole hours that were looked at."""

    start: str | None = field(name="from")
    to: str | None


_LABELS = [
    *[(name, str | UnsetType, UNSET) for name in TIMES],
    *[(name, str | None | UnsetType, UNSET) for name in THINGS],
    ("subscription", bool | UnsetType, UNSET),
    ("free", bool | UnsetType, UNSET),
]
"""Of a row, those that it was asked by."""

UsageRow: TypeAlias = defstruct(  # type: ignore[valid-type]
    "UsageRow",
    [("cost_at_default", float | None), ("saved", float | None), *_LABELS],
    bases=(_Figures,),
    rename="camel",
    kw_only=True,
)


class UsageSeries(Struct, rename="camel", kw_only=True):
    start: str | None = field(name="from")
    to: str | None
    by: list[str]
    series: list[UsageRow]
    truncated: bool


class _Savings(Struct, rename="camel", kw_only=True):
    """`saved`: the difference to what all would have cost at the default target, over the requests compared."""

    requests: int
    unpriced_requests: int
    cost: float | None
    covered_by_subscription: float
    compared_requests: int
    compared_cost: float | None
    cost_at_default: float | None
    saved: float | None
    saved_share: float | None


CostRow: TypeAlias = defstruct(  # type: ignore[valid-type]
    "CostRow", _LABELS, bases=(_Savings,), rename="camel", kw_only=True
)


class Costs(_Savings, rename="camel", kw_only=True):
    start: str | None = field(name="from")
    to: str | None
    by: list[str]
    series: list[CostRow]


class Session(_Totals, rename="camel", kw_only=True):
    session_id: str
    project: str | None
    keys: list[str]
    first_request_at: str
    last_request_at: str


class Sessions(Struct):
    """The newest first. `next`: what to ask `before` for those that follow."""

    sessions: list[Session]
    next: str | None


RequestTold: TypeAlias = defstruct(  # type: ignore[valid-type]
    "Request", [("id", int), *[(one.name, str if one.name == "at" else one.type) for one in fields(Record)]]
)


class Requests(Struct):
    """The newest first. `next`: what to ask `before` for those that follow."""

    requests: list[RequestTold]
    next: str | None


class Forgotten(Struct, rename="camel"):
    success: Literal[True]
    session_id: str
