"""What both of OpenAI's APIs have in common: headers, the list of models, and above all how they refuse."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from ..http1 import Headers
from .dialect import Refusal
from .violations import violation

MAX_ID = 64
CREATED = 1767225600
"""When every simulated model and answer was made: a constant, so that the same request gives the same bytes."""
BAD_KEY = Refusal(401, "Incorrect API key provided.", "invalid_request_error", None, "invalid_api_key")

_KINDS: Mapping[int, tuple[str, str | None]] = {
    401: ("invalid_request_error", "invalid_api_key"),
    403: ("invalid_request_error", "unsupported_country_region_territory"),
    404: ("invalid_request_error", "model_not_found"),
    429: ("rate_limit_error", "rate_limit_exceeded"),
    503: ("service_unavailable_error", "server_is_overloaded"),
    529: ("service_unavailable_error", "server_is_overloaded"),
}
_TYPES = {"str": "a string", "int": "an integer", "bool": "a boolean", "array": "an array", "object": "an object"}


def headers(digest: str) -> Headers:
    """The headers of every answer."""
    return (
        ("x-request-id", f"req_{digest[:32]}"),
        ("openai-organization", "simulated"),
        ("openai-processing-ms", "1"),
        ("openai-version", "2020-10-01"),
    )


def error(refusal: Refusal) -> dict[str, Any]:
    """The error object."""
    by_status = "server_error" if refusal.status >= 500 else "invalid_request_error"
    kind, code = _KINDS.get(refusal.status, (by_status, None))
    return {
        "message": refusal.message,
        "type": refusal.kind or kind,
        "param": refusal.param,
        "code": refusal.code or (None if refusal.kind else code),
    }


def models(rows: Sequence[tuple[str, str]]) -> bytes:
    """The body that lists models, given as (id, description)."""
    data = [
        {"id": name, "object": "model", "created": CREATED, "owned_by": "simulator", "description": what}
        for name, what in rows
    ]
    return msgspec.json.encode({"object": "list", "data": data})


def refused(message: str, param: str | None = None, code: str | None = None) -> Refusal:
    return Refusal(400, message, "invalid_request_error", param, code)


def not_json() -> Refusal:
    return refused(
        "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP "
        "library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)"
    )


def misshapen(found: msgspec.ValidationError) -> Refusal:
    """The refusal of a body that is JSON and has another shape."""
    seen = violation(found)
    if seen.missing and seen.path == "model":
        return refused("you must provide a model parameter")
    if seen.missing:
        return missing(seen.path)
    kinds = " or ".join(_TYPES.get(kind.strip(), kind.strip()) for kind in seen.expected.split("|"))
    got = _TYPES.get(seen.got, seen.got)
    text = f"Invalid type for '{seen.path}': expected {kinds}, but got {got} instead."
    return refused(text, seen.path, "invalid_type")


def missing(path: str) -> Refusal:
    return refused(f"Missing required parameter: '{path}'.", path, "missing_required_parameter")


def unknown(path: str) -> Refusal:
    return refused(f"Unknown parameter: '{path}'.", path, "unknown_parameter")


def beyond(path: str, value: Mapping[str, Any], known: frozenset[str]) -> Iterator[str]:
    """The paths of keys that the service does not know."""
    for key in sorted(value.keys() - known):
        yield f"{path}.{key}".removeprefix(".")


def not_among(value: str, supported: list[str] | tuple[str, ...], path: str) -> Refusal:
    *first, last = (f"'{each}'" for each in supported)
    names = f"{', '.join(first)}, and {last}" if len(first) > 1 else f"{first[0]} and {last}"
    return refused(f"Invalid value: '{value}'. Supported values are: {names}.", path, "invalid_value")


def too_long(path: str, value: str) -> Refusal:
    return refused(
        f"Invalid '{path}': string too long. Expected a string with maximum length {MAX_ID}, but got a string "
        f"with length {len(value)} instead.",
        path,
        "string_above_max_length",
    )


def odd_name(path: str) -> Refusal:
    return refused(
        f"Invalid '{path}': string does not match pattern. Expected a string that matches the pattern "
        "'^[a-zA-Z0-9_-]+$'.",
        path,
        "invalid_value",
    )
