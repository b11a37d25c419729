"""What the normalizer offers, for its OpenAPI document; imported by whoever is asked for that, and at no start."""

from importlib.metadata import version
from typing import Any, Literal

from msgspec import Struct, defstruct
from msgspec.structs import fields

from fairlead.normalizer.credentials.base import Report
from fairlead.normalizer.endpoints.checks import Wanted
from fairlead.normalizer.endpoints.paths import MODEL_PREFIXES, SHARED_PREFIX
from fairlead.shared.codec import encode
from fairlead.shared.config import Finding
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.failure import Kind
from fairlead.shared.openapi import listing, surfaces
from fairlead.shared.openapi.description import Answer, Content, Guard, Keys, Operation, Shape, json, said
from fairlead.shared.openapi.document import Service, document
from fairlead.shared.surfaces import SURFACES


class About(Struct):
    """`endpoints`: what may be asked, as `POST /v1/messages`."""

    name: str
    version: str
    models: int
    endpoints: list[str]


class CredentialState(Struct):
    provider: str
    type: str
    state: str


class Health(Struct):
    """Degraded: a provider has no credential that works. The others answer."""

    status: Literal["ok", "degraded"]
    credentials: list[CredentialState]


class Unusable(Struct):
    provider: str
    because: str


class Readiness(Struct):
    """`missing`: sentences."""

    status: Literal["ready", "not ready"]
    missing: list[str]
    unusable: list[Unusable]
    models: int


CredentialTold = defstruct(
    "Credential",
    [("provider", str), *[(one.name, one.type) for one in fields(Report)]],
    namespace={"__doc__": Report.__doc__},
)


class Credentials(Struct):
    credentials: list[CredentialTold]  # type: ignore[valid-type]


class Checked(Struct):
    """`failure` is null for a provider that is well. `status` is the provider's; `retry_after` in seconds; `key`: by
    which of its keys that was found."""

    provider: str
    well: bool
    failure: Kind | None
    status: int | None
    retry_after: float | None
    key: str | None


class Taken(Struct):
    """How the file is taken: `problems` keep the old one serving, `after_restart` are keys heeded at the next start."""

    file: str | None
    problems: list[Finding]
    warnings: list[Finding]
    after_restart: list[str]


_ABOUT = """Gets each request to a provider, in whatever dialect and with whatever credential that takes.

Requests may hold what their dialect has besides: what is not known is kept.
"""
_DIALECTS = tuple(DIALECTS[name] for name in ("openai", "anthropic", "gemini"))
_IDS = ("request-id", "x-request-id")
_ASKED_WITH = (
    surfaces.REQUEST_ID,
    surfaces.SESSION,
    surfaces.DEADLINE,
    said("x-fairlead-show-losses", "`1`: `x-fairlead-losses` is to tell how many things could not be said."),
    said("x-fairlead-attempt", "Which attempt of the router's this is; only the router sends it."),
    said("x-fairlead-retry", "`short`: nobody else repeats the call, so that it may be repeated here; or `none`."),
    said("x-fairlead-lane", "`native`: the router passes on its client's own bytes; or `openai`."),
    said("x-fairlead-client-authorization", "The client's own credential for the provider, from the router."),
)
_LISTS = said("x-fairlead-lists", "`known`: no provider is asked for its models for the sake of this answer.")
_TOLD_WITH = ("x-fairlead-losses", "x-fairlead-upstream-id", "x-fairlead-rate", "x-fairlead-key")


def described(client_keys: bool, admin_key: bool) -> bytes:
    """The document; which keys are set says who is let in."""
    service = Service("fairlead normalizer", version("fairlead-normalizer"), _ABOUT)
    return encode(document(service, operations(), Keys(client_keys, admin_key)))


def operations() -> list[Operation]:
    """Everything that is served."""
    return [
        *surfaces.operations(SURFACES, DIALECTS, _ASKED_WITH, _TOLD_WITH, (*MODEL_PREFIXES, SHARED_PREFIX)),
        *listing.operations(_DIALECTS, (_LISTS,)),
        *_for_anybody(),
        *_for_overseers(),
        _check(),
    ]


def _for_anybody() -> list[Operation]:
    ready = json(Readiness, "Whether requests can be answered.")
    metrics = Answer("Prometheus' text.", (Content("text/plain"),))
    whole = Answer("This document.", (Content(shapes=(Shape(dict[str, Any]),)),))
    told: list[tuple[str, str, str, dict[str, Answer]]] = [
        ("/", "about", "What is served here", {"200": json(About, "The normalizer.")}),
        ("/health", "health", "Whether it lives", {"200": json(Health, "It lives.")}),
        ("/ready", "ready", "Whether it can answer", {"200": ready, "503": ready}),
        ("/metrics", "metrics", "What it counts", {"200": metrics}),
        ("/openapi.json", "document", "What it offers", {"200": whole}),
    ]
    return [Operation("GET", path, id, about, "gateway", Guard.NOBODY, answers) for path, id, about, answers in told]


def _for_overseers() -> list[Operation]:
    told: list[tuple[str, str, str, type[Struct]]] = [
        ("/api/config", "config", "How the configuration's file is taken", Taken),
        ("/api/credentials", "credentials", "How the credentials stand", Credentials),
    ]
    refuses = (Kind.BAD_REQUEST, Kind.INTERNAL)
    return [
        Operation(
            "GET",
            path,
            id,
            about,
            "gateway",
            Guard.OVERSEER,
            {"200": json(shape, f"{about}.", *_IDS, "cache-control")},
            _DIALECTS,
            refuses,
        )
        for path, id, about, shape in told
    ]


def _check() -> Operation:
    return Operation(
        "POST",
        "/api/check",
        "check",
        "Whether a provider is well",
        "gateway",
        Guard.OVERSEER,
        {"200": json(Checked, "What its list of models said.", *_IDS, "cache-control")},
        _DIALECTS,
        (Kind.BAD_REQUEST, Kind.NOT_FOUND, Kind.TOO_LARGE, Kind.UNSUPPORTED, Kind.INTERNAL),
        body=Content(shapes=(Shape(Wanted),)),
    )
