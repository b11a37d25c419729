"""Takes a request to Vertex AI as the model's own maker would be asked, or refuses what Vertex refuses about it."""

import re
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import unquote

import msgspec

from ...http1 import Request
from ..dialect import Endpoint, Refusal

VERSION = "vertex-2023-10-16"
COUNTING = "count-tokens"
"""Stands where a model's name does, when tokens are to be counted."""
UNAUTHENTICATED = Refusal(
    401,
    "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
    "authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
    "UNAUTHENTICATED",
    code="ACCESS_TOKEN_TYPE_UNSUPPORTED",
)

_PATH = re.compile(
    r".*?/v1(?:beta1)?(?:/projects/(?P<project>[^/]+)/locations/(?P<location>[^/]+))?"
    r"/publishers/(?P<publisher>[a-z]+)/models/(?P<model>[^/:]+):(?P<verb>\w+)"
)
_PROJECT = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]|\d+")
_BETAS = re.compile(
    r"(computer-use|interleaved-thinking|thinking-binding-controls|thinking-display-updates|compact|context-1m"
    r"|context-management|tool-search-tool|web-search|per-turn-control|dangerous-tool-use|inline-tools)-20\d\d-\d\d-\d\d"
)
_ELSEWHERE = frozenset({"serviceTier", "service_tier", "store"})
"""Fields that only the Gemini API has."""


class Address(msgspec.Struct, frozen=True):
    """What stands in a path."""

    project: str | None
    location: str | None
    publisher: str
    model: str
    verb: str


class _Named(msgspec.Struct):
    model: str = ""


def address(path: str) -> Address | None:
    """None for paths that are not Vertex's."""
    found = _PATH.fullmatch(unquote(path))
    return Address(**found.groupdict()) if found else None


def model(asked: Request) -> str:
    """The model a request names; whoever counts names it in the body."""
    found = address(asked.path)
    if found is None:
        return ""
    if found.model != COUNTING:
        return found.model
    try:
        return msgspec.json.decode(asked.body, type=_Named).model
    except msgspec.DecodeError:
        return ""


def refused(asked: Request) -> Refusal | None:
    """Whose login is none, and whose project or location cannot be."""
    found = address(asked.path)
    assert found is not None, "the dialect claims no other path"
    if found.project is None:
        return None if asked.header("x-goog-api-key") else UNAUTHENTICATED
    if not (asked.header("authorization") or "").startswith("Bearer ") and not asked.header("x-goog-api-key"):
        return UNAUTHENTICATED
    if not _PROJECT.fullmatch(found.project):
        return Refusal(400, f"Invalid resource name: projects/{found.project}", "INVALID_ARGUMENT")
    charged = asked.header("x-goog-user-project")
    if charged is not None and not _PROJECT.fullmatch(charged):
        return Refusal(403, f"Caller does not have required permission to use project {charged}.", "PERMISSION_DENIED")
    return None


class Reading(Protocol):
    """How one publisher's requests are taken out of what is around them."""

    verbs: Mapping[str, Endpoint]
    """What a verb is for, or what stands in the place of a model."""

    def unpacked(self, asked: Request, endpoint: Endpoint, *, strict: bool) -> Request | Refusal:
        """The request as the model's own maker would be asked."""


class OfGoogle:
    """Gemini's requests are its own API's but for a few fields."""

    verbs: Mapping[str, Endpoint] = {
        "generateContent": Endpoint.GENERATE,
        "streamGenerateContent": Endpoint.GENERATE,
        "countTokens": Endpoint.COUNT,
    }

    def unpacked(self, asked: Request, endpoint: Endpoint, *, strict: bool) -> Request | Refusal:
        fields = _fields(asked.body)
        if strict and isinstance(fields, dict) and (extra := sorted(fields.keys() & _ELSEWHERE)):
            text = f'Invalid JSON payload received. Unknown name "{extra[0]}": Cannot find field.'
            return Refusal(400, text, "INVALID_ARGUMENT")
        return asked


class OfAnthropic:
    """Claude's requests name the model in the path, and the version of the API in the body."""

    verbs: Mapping[str, Endpoint] = {
        "rawPredict": Endpoint.GENERATE,
        "streamRawPredict": Endpoint.GENERATE,
        COUNTING: Endpoint.COUNT,
    }

    def unpacked(self, asked: Request, endpoint: Endpoint, *, strict: bool) -> Request | Refusal:
        found, fields = address(asked.path), _fields(asked.body)
        assert found is not None, "the dialect claims no other path"
        if isinstance(fields, Refusal):
            return fields
        if strict and (complaint := _complaint(asked, endpoint, fields, found.verb)) is not None:
            return Refusal(400, complaint)
        kept = {name: value for name, value in fields.items() if name != "anthropic_version"}
        named = kept if endpoint is Endpoint.COUNT else {"model": found.model, **kept}
        headers = (*asked.headers, ("anthropic-version", "2023-06-01"))
        return msgspec.structs.replace(asked, body=msgspec.json.encode(named), headers=headers)


def _fields(body: bytes) -> dict[str, Any] | Refusal:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.DecodeError as error:
        return Refusal(400, f"Invalid JSON payload received. {error}", "INVALID_ARGUMENT")


def _complaint(asked: Request, endpoint: Endpoint, fields: dict[str, Any], verb: str) -> str | None:
    if fields.get("anthropic_version") != VERSION:
        return "anthropic_version: Field required"
    if endpoint is Endpoint.GENERATE and "model" in fields:
        return "model: Extra inputs are not permitted"
    if endpoint is Endpoint.GENERATE and bool(fields.get("stream")) != (verb == "streamRawPredict"):
        return "stream: does not go with the method that was called"
    for beta in (asked.header("anthropic-beta") or "").split(","):
        if beta.strip() and not _BETAS.fullmatch(beta.strip()):
            return f"Unexpected value(s) `{beta.strip()}` for the `anthropic-beta` header."
    return None
