"""How providers list their models: where they are asked, how long lists are paged, and what is told of each model.

A list is read leniently: of a model that tells something odd, that is not known.

Sources: https://platform.openai.com/docs/api-reference/models/list, https://platform.claude.com/docs/en/api/models/list,
https://ai.google.dev/api/models#method:-models.list, https://openrouter.ai/docs/api-reference/list-available-models,
https://docs.mistral.ai/api/#tag/models, https://docs.github.com/en/rest/models/catalog
"""

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from fairlead.shared.catalog import Figures
from fairlead.shared.config.schema import Prices
from fairlead.shared.config.urls import endpoint_url, models_url
from fairlead.shared.config.vertex import publisher_url
from fairlead.shared.pricing import PER, Tariff

_Object = dict[str, Any]


class Offered(Struct, frozen=True):
    """One model as its provider lists it, by the name it is asked for there. `created` in Unix seconds."""

    name: str
    display_name: str | None = None
    created: int | None = None
    figures: Figures = Figures()


class Offer(Struct, frozen=True):
    """One page of a list. `next`: the query that asks for the one after it, beside the first one's; None at the end."""

    models: tuple[Offered, ...]
    next: Mapping[str, str] | None = None


class Listing(Struct, frozen=True):
    """A way to list models. `address` makes the URL from any form of `api_base_url`; `query` goes with every page."""

    address: Callable[[str], str]
    read: Callable[[bytes], Offer]
    query: Mapping[str, str] = {}


def read_openai(body: bytes) -> Offer:
    """OpenAI's list, with what its many imitators add. Raises `msgspec.MsgspecError` for what is none."""
    told = msgspec.json.decode(body, type=_Object | list[Any])
    rows = told if isinstance(told, list) else _rows(told, "data")
    return Offer(tuple(_offered(row) for row in _objects(rows) if _text(row, "id") and not _makes_other_things(row)))


def read_anthropic(body: bytes) -> Offer:
    """Anthropic's list. Raises `msgspec.MsgspecError` for what is none."""
    told = msgspec.json.decode(body, type=_Object)
    models = tuple(_offered(row) for row in _objects(_rows(told, "data")) if _text(row, "id"))
    last = _text(told, "last_id")
    return Offer(models, {"after_id": last} if told.get("has_more") is True and last else None)


def read_gemini(body: bytes) -> Offer:
    """Gemini's list, of which only models that answer are taken. Raises `msgspec.MsgspecError` for what is none."""
    told = msgspec.json.decode(body, type=_Object)
    answering = (
        row
        for row in _objects(_rows(told, "models"))
        if _text(row, "name") and "generateContent" in (row.get("supportedGenerationMethods") or ("generateContent",))
    )
    token = _text(told, "nextPageToken")
    return Offer(tuple(map(_offered_by_gemini, answering)), {"pageToken": token} if token else None)


def read_vertex(body: bytes) -> Offer:
    """What Google publishes at Vertex, of which only Gemini's models that answer are taken; no more is told of these
    than their names. Raises `msgspec.MsgspecError` for what is none."""
    told = msgspec.json.decode(body, type=_Object)
    names = (str(row.get("name", "")).rpartition("/")[2] for row in _objects(_rows(told, "publisherModels")))
    models = (Offered(name) for name in dict.fromkeys(names) if name.startswith("gemini") and "embedding" not in name)
    token = _text(told, "nextPageToken")
    return Offer(tuple(models), {"pageToken": token} if token else None)


def _offered_by_gemini(row: _Object) -> Offered:
    name = str(row["name"]).removeprefix("models/")
    thinks = row.get("thinking")
    return Offered(
        name=name,
        display_name=_text(row, "displayName"),
        figures=Figures(
            context_window=_count(row, "inputTokenLimit"),
            max_output_tokens=_count(row, "outputTokenLimit"),
            capabilities={"thinking": thinks} if isinstance(thinks, bool) else {},
        ),
    )


def _offered(row: _Object) -> Offered:
    top, limits = _object(row, "top_provider"), _object(row, "limits")
    return Offered(
        name=str(row["id"]),
        display_name=_text(row, "display_name") or _text(row, "name"),
        created=_count(row, "created"),
        figures=Figures(
            context_window=_count(row, *_WINDOWS) or _count(top, "context_length") or _count(limits, *_WINDOWS),
            max_output_tokens=_count(row, *_OUTPUTS) or _count(top, *_OUTPUTS) or _count(limits, *_OUTPUTS),
            tariff=Tariff(_prices(_object(row, "pricing"))),
            capabilities=dict(_capabilities(row)),
            deprecated=_is_deprecated(row),
        ),
    )


# OpenRouter, Groq and Vercel, Mistral, vLLM, Anthropic, GitHub.
_WINDOWS = (
    "context_length",
    "context_window",
    "max_context_length",
    "max_model_len",
    "max_input_tokens",
)
_OUTPUTS = ("max_completion_tokens", "max_output_tokens", "max_tokens")
_PRICES = {
    "input": ("prompt", "input"),
    "output": ("completion", "output"),
    "cache_read": ("input_cache_read",),
    "cache_write": ("input_cache_write",),
}
"""Under which names the prices of one token stand, at OpenRouter and at Vercel."""

_MODALITIES = {"image": "image_input", "file": "pdf_input", "audio": "audio_input"}
_PARAMETERS = {"tools": "tools", "reasoning": "thinking", "structured_outputs": "structured_outputs"}
_FEATURES = {"function_calling": "tools", "vision": "image_input", "reasoning": "thinking"}
"""Mistral's words."""


def _prices(pricing: _Object) -> Prices:
    known = {ours: _price(pricing, *theirs) for ours, theirs in _PRICES.items()}
    return Prices(**known)


def _price(pricing: _Object, *names: str) -> float | None:
    """For a million tokens. What is told is for one, as text; below zero it means that it depends."""
    for name in names:
        told = pricing.get(name)
        try:
            price = float(told) if isinstance(told, str | int | float) else -1.0
        except ValueError:
            continue
        if price >= 0 and math.isfinite(price):
            return round(price * PER, 9)
    return None


def _capabilities(row: _Object) -> Iterator[tuple[str, bool]]:
    """What a list says of a model's abilities; what it leaves out of a list of them, the model cannot do."""
    modalities = _object(row, "architecture").get("input_modalities", row.get("supported_input_modalities"))
    if isinstance(modalities, list):
        yield from ((ours, theirs in modalities) for theirs, ours in _MODALITIES.items())
    parameters = row.get("supported_parameters")
    if isinstance(parameters, list):
        yield from ((ours, theirs in parameters) for theirs, ours in _PARAMETERS.items())
    for name, told in _object(row, "capabilities").items():
        can = told.get("supported") if isinstance(told, dict) else told
        ours = name if isinstance(told, dict) else _FEATURES.get(name)
        if isinstance(can, bool) and ours is not None:
            yield ours, can


def _makes_other_things(row: _Object) -> bool:
    """Whether a list says that a model's answers hold no text, such as one that makes pictures."""
    made = _object(row, "architecture").get("output_modalities", row.get("supported_output_modalities"))
    return isinstance(made, list) and bool(made) and "text" not in made


def _is_deprecated(row: _Object) -> bool:
    return row.get("lifecycle") in ("deprecated", "retired") or bool(_text(row, "deprecation"))


def _rows(told: _Object, name: str) -> list[Any]:
    rows = told.get(name)
    if not isinstance(rows, list):
        raise msgspec.ValidationError(f"no list under {name}")
    return rows


def _objects(rows: list[Any]) -> Iterator[_Object]:
    return (row for row in rows if isinstance(row, dict))


def _object(row: _Object, name: str) -> _Object:
    found = row.get(name)
    return found if isinstance(found, dict) else {}


def _text(row: _Object, name: str) -> str | None:
    found = row.get(name)
    return found if isinstance(found, str) and found else None


def _count(row: _Object, *names: str) -> int | None:
    found = next((row[name] for name in names if isinstance(row.get(name), int | float)), None)
    return int(found) if found is not None and math.isfinite(found) and found > 0 else None


def _openai_address(base: str) -> str:
    return endpoint_url(base, "models")


OPENAI = Listing(_openai_address, read_openai)
ANTHROPIC = Listing(_openai_address, read_anthropic, {"limit": "1000"})
GEMINI = Listing(models_url, read_gemini, {"pageSize": "1000"})
VERTEX = Listing(publisher_url, read_vertex, {"pageSize": "300"})
GITHUB = Listing(lambda _base: "https://models.github.ai/catalog/models", read_openai)

BY_DIALECT: Mapping[str, Listing] = {
    "openai": OPENAI,
    "openai-responses": OPENAI,
    "anthropic": ANTHROPIC,
    "gemini": GEMINI,
}
"""How a provider lists models of which nothing more is known than its dialect."""
