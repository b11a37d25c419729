"""Factory's proxy to models of four kinds: the dialects' own bodies, below addresses and headers of its own.

Factory documents none of this. It is what its own client does, as droid2api's users know it; all of it has changed
before, so every header can be configured, and the host too (`FACTORY_API_BASE_URL`).
"""

import re
from collections.abc import Callable
from functools import partial
from urllib.parse import urlsplit, urlunsplit

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from fairlead.normalizer.providers import claude, gpt
from fairlead.normalizer.providers.base import Occasion, Vendor
from fairlead.normalizer.providers.rules import Body, Way
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.framing import Refusal
from fairlead.shared.profile import Profile
from fairlead.shared.surfaces import Operation

HOSTS = frozenset({"api.factory.ai", "app.factory.ai", "api.eu.factory.ai"})
_ITS_CLIENT = "factory-"
_AGENT = re.compile(r"(?P<name>[^/\s]+)/(?P<version>\d+\.\d+\.\d+)")
_HEADERS_OF_ITS_CLIENT = (
    "x-session-id",
    "x-assistant-message-id",
    "x-client-version",
    "x-factory-",
    "x-provider-routing-source",
)


def _marks(occasion: Occasion) -> dict[str, str]:
    """What its client tells of itself and of a conversation. Who we are is what `user-agent` says: ourselves, if
    nothing else is configured."""
    marks = {"x-session-id": occasion.session, "x-assistant-message-id": occasion.message}
    agent = _AGENT.match(occasion.user_agent)
    if agent is not None:
        marks["x-factory-client"] = agent["name"].removeprefix(_ITS_CLIENT)
        marks["x-client-version"] = agent["version"]
    return marks


def _base(letter: str, end: str, url: str) -> str:
    """Where the operations of one kind stand. A URL that ends in the operation is complete; of others what is missing
    of `/api/llm/<letter>/v1` is supplied."""
    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    if path.endswith(end):
        path = path.removesuffix(end)
    else:
        path = f"{re.sub(r'/api(?:/llm(?:/[a-z](?:/v1)?)?)?$', '', path)}/api/llm/{letter}/v1"
    return urlunsplit(parts._replace(path=path, query=""))


# Errors -------------------------------------------------------------------------------------------


class _Problem(Struct):
    """An error of the proxy itself, in the manner of https://www.rfc-editor.org/rfc/rfc9457."""

    detail: str | None = None
    title: str | None = None


_ADVICE = {
    Kind.BILLING: "the account's allowance for this kind of model is spent, or its plan has none",
    Kind.PERMISSION: "Factory opens no model to this request: it wants its own words first (system_prompt), a client "
    "it knows (user_agent), and a plan, a key and a region that have the model",
}
_NO_VERSION = re.compile(r"client version", re.IGNORECASE)
_VERSION_ADVICE = "set user_agent to a client and its version, such as my-client/1.2.3"


def _refused(dialect: str, status: int, headers: dict[str, str], body: bytes) -> Failure:
    """An error answer, of the proxy or of the model behind it, with what can be done about it."""
    failure = DIALECTS[dialect].decode_failure(status, body)
    failure = _read(failure, body)
    if status == 403 and _ends(headers):
        return replace(failure, kind=Kind.RATE_LIMIT, status=None, dialect=None, body=None)
    if status == 402:
        failure = replace(failure, kind=Kind.BILLING)
    advice = _ADVICE.get(failure.kind)
    if failure.kind is Kind.BAD_REQUEST and _NO_VERSION.search(failure.message):
        advice = _VERSION_ADVICE
    return replace(failure, message=f"{failure.message} ({advice})", dialect=None, body=None) if advice else failure


def _read(failure: Failure, body: bytes) -> Failure:
    """The words of a problem, whose shape no dialect has."""
    try:
        problem = msgspec.json.decode(body, type=_Problem)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return failure
    words = problem.detail or problem.title
    return replace(failure, message=words, dialect=None, body=None) if words else failure


def _ends(headers: dict[str, str]) -> bool:
    """Whether waiting helps: then it is a limit, whatever the status says."""
    return "retry-after" in headers or any(name.startswith("x-ratelimit-reset") for name in headers)


def _refusal(dialect: str) -> Refusal:
    return lambda status, headers, body: _refused(dialect, status, dict(headers), body)


# The kinds ----------------------------------------------------------------------------------------


def _kind(name: str, dialect: str, provider: str, base: Callable[[str], str], way: Way) -> Vendor:
    """`provider` is who serves a model of this kind there, unless the model says so itself."""
    return Vendor(
        name=name,
        dialect=dialect,
        hosts=HOSTS,
        constant={"x-api-provider": provider},
        forwarded=_HEADERS_OF_ITS_CLIENT,
        marks=_marks,
        ways={Operation.ANSWER: way},
        base=base,
        refusal=_refusal(dialect),
    )


_ANTHROPIC = _kind("factory-anthropic", "anthropic", "anthropic", partial(_base, "a", "/messages"), Way("/messages"))
FACTORY_ANTHROPIC = replace(
    _ANTHROPIC,
    constant={**_ANTHROPIC.constant, "anthropic-version": "2023-06-01"},
    forwarded=("anthropic-", *_HEADERS_OF_ITS_CLIENT),
    profile=claude.OTHERS,
    models=claude.FAMILIES,
    ways={Operation.ANSWER: Way("/messages"), Operation.COUNT: Way("/messages/count_tokens")},
)
FACTORY_OPENAI = replace(
    _kind("factory-openai", "openai-responses", "openai", partial(_base, "o", "/responses"), Way("/responses")),
    profile=replace(gpt.CHAT, reasoning=("reasoning_effort",)),
    models=gpt.FAMILIES,
)
FACTORY_COMMON = replace(
    _kind(
        "factory-common",
        "openai",
        "fireworks",
        partial(_base, "o", "/chat/completions"),
        Way("/chat/completions"),
    ),
    profile=Profile(reasoning_if_configured=("reasoning_effort",)),
)
FACTORY_GOOGLE = _kind(
    "factory-google",
    "gemini",
    "google",
    partial(_base, "g", "/generate"),
    # It streams whether or not that is asked for, and knows no such field.
    Way("/generate", body=Body(removed=frozenset({"stream"})), names_model=True),
)
