"""What is told of a model, in the shapes of OpenAI and of Anthropic at once, and how a long list is told in pages.

Sources: https://platform.openai.com/docs/api-reference/models, https://platform.claude.com/docs/en/api/models/list
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import parse_qs

from msgspec import Struct

from fairlead.shared.config.schema import Prices
from fairlead.shared.failure import Kind, refuse
from fairlead.shared.pricing import Tariff

PAGE = 1_000
"""Models of one page of the list when the client does not say; the most a client may ask for."""

LATEST = 253_402_300_799
"""The last second that has four digits of a year."""

T = TypeVar("T")


class Figures(Struct, frozen=True):
    """What is known of a model; None is not known. Windows are in tokens.

    `context_window`: the most of a prompt; `long_context_window`: the same with the beta of `long_context`, where that
    makes it more. `capabilities`: whether it can do what Anthropic's list calls so (`image_input`, `thinking`, …), or
    `tools`, `audio_input`. `deprecated`: its provider will stop serving it.
    """

    context_window: int | None = None
    max_output_tokens: int | None = None
    tariff: Tariff = Tariff()
    capabilities: Mapping[str, bool] = {}
    deprecated: bool = False
    long_context_window: int | None = None


def merged(*sources: Figures) -> Figures:
    """Of each figure the first that is known. Prices of two sources are never mixed."""
    return Figures(
        context_window=next((one.context_window for one in sources if one.context_window is not None), None),
        long_context_window=next((one.long_context_window for one in sources if one.long_context_window), None),
        max_output_tokens=next((one.max_output_tokens for one in sources if one.max_output_tokens is not None), None),
        tariff=next((one.tariff for one in sources if one.tariff.is_known), Tariff()),
        capabilities={name: can for one in reversed(sources) for name, can in one.capabilities.items()},
        deprecated=any(one.deprecated for one in sources),
    )


class Model(Struct, frozen=True):
    """One model as it is listed. `reasoning` is the configured level; `alias_of` the id that another name stands for.
    `created` in Unix seconds."""

    id: str
    display_name: str
    provider: str
    dialect: str
    created: int
    figures: Figures = Figures()
    reasoning: str | None = None
    alias_of: str | None = None

    def told(self) -> dict[str, Any]:
        """The fields of OpenAI, of Anthropic, and ours. What is not known is null."""
        figures, deprecated = self.figures, self.figures.deprecated
        moment = min(max(self.created, 0), LATEST)
        return {
            "id": self.id,
            "object": "model",
            "created": moment,
            "owned_by": self.provider,
            "type": "model",
            "display_name": self.display_name,
            "created_at": datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "lifecycle": "deprecated" if deprecated else "active",
            "max_input_tokens": figures.context_window,
            "max_tokens": figures.max_output_tokens,
            "dialect": self.dialect,
            "provider": self.provider,
            "context_window": figures.context_window,
            "long_context_window": figures.long_context_window,
            "max_output_tokens": figures.max_output_tokens,
            **prices_told(figures.tariff.prices),
            "price_steps": [{"above": step.above, **prices_told(step.prices)} for step in figures.tariff.steps],
            "capabilities": {name: {"supported": can} for name, can in sorted(figures.capabilities.items())} or None,
            "reasoning": self.reasoning,
            "status": "deprecated" if deprecated else "available",
            "alias_of": self.alias_of,
        }


def prices_told(prices: Prices) -> dict[str, float | None]:
    """US dollars for a million tokens."""
    return {
        "input_price": prices.input,
        "output_price": prices.output,
        "cache_read_price": prices.cache_read,
        "cache_write_price": prices.cache_write,
    }


class Page(Struct, frozen=True):
    """Which part of a list a client wants: at most `limit` models, those after one, or those just before one."""

    limit: int = PAGE
    after_id: str | None = None
    before_id: str | None = None


def page_of(query: str) -> Page:
    """`limit`, `after_id` and `before_id` of a query. Raises `FailureError` (BAD_REQUEST) for what is no page."""
    given = {name: values[-1] for name, values in parse_qs(query, keep_blank_values=True).items()}
    limit = given.get("limit", str(PAGE))
    if not (limit.isascii() and limit.isdecimal()) or len(limit) > _DIGITS or int(limit) == 0:
        raise refuse(Kind.BAD_REQUEST, f"limit: must be a whole number from 1 to {PAGE}", param="limit")
    page = Page(min(int(limit), PAGE), given.get("after_id"), given.get("before_id"))
    if page.after_id is not None and page.before_id is not None:
        raise refuse(Kind.BAD_REQUEST, "before_id: give after_id or before_id, not both", param="before_id")
    return page


_DIGITS = 15


def listing(ids: Sequence[str], models: Sequence[T], page: Page) -> dict[str, Any]:
    """A page of the list, `models` in the order of their `ids`. Raises `FailureError` (BAD_REQUEST) for an id that is
    none."""
    if page.before_id is not None:
        end = _position(ids, page.before_id, "before_id")
        start = max(0, end - page.limit)
        more = start > 0
    else:
        start = 0 if page.after_id is None else _position(ids, page.after_id, "after_id") + 1
        end = start + page.limit
        more = end < len(ids)
    shown = ids[start:end]
    return {
        "object": "list",
        "data": list(models[start:end]),
        "has_more": more,
        "first_id": shown[0] if shown else None,
        "last_id": shown[-1] if shown else None,
    }


def _position(ids: Sequence[str], wanted: str, param: str) -> int:
    if wanted not in ids:
        raise refuse(Kind.BAD_REQUEST, f"{param}: no model {wanted}", param=param)
    return ids.index(wanted)
