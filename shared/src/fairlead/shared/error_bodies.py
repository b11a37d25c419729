"""What providers' error answers have in common, whatever their dialect: statuses, overflow wordings, bodies that are
no JSON at all."""

import re
from collections.abc import Mapping

from fairlead.shared.failure import Failure, Kind

_KINDS: Mapping[int, Kind] = {
    400: Kind.BAD_REQUEST,
    401: Kind.AUTHENTICATION,
    402: Kind.BILLING,
    403: Kind.PERMISSION,
    404: Kind.NOT_FOUND,
    405: Kind.METHOD,
    408: Kind.UPSTREAM,
    409: Kind.CONFLICT,
    413: Kind.TOO_LARGE,
    422: Kind.BAD_REQUEST,
    429: Kind.RATE_LIMIT,
    501: Kind.UNSUPPORTED,
    503: Kind.OVERLOADED,
    529: Kind.OVERLOADED,
}


def kind_of_status(status: int) -> Kind:
    """The kind a status alone speaks for."""
    known = _KINDS.get(status)
    if known is not None:
        return known
    return Kind.BAD_REQUEST if 400 <= status < 500 else Kind.UPSTREAM


_SHOWN = 300


def fallback_message(status: int, body: bytes) -> str:
    """A message for an error answer that is not in its provider's own shape: plain text is quoted, markup is not."""
    text = body[: 4 * _SHOWN].decode("utf-8", "replace").strip()
    if not text:
        return f"the provider answered {status} without a body"
    if text.startswith("<"):
        return f"the provider answered {status} with a web page instead of an API answer"
    shown = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    return f"the provider answered {status}: {shown}"


def unread_failure(status: int, body: bytes) -> Failure:
    """What an error answer says that is not in its provider's own shape. A status of success is none of a failure."""
    told = status if status >= 400 else None
    return Failure(kind_of_status(status), fallback_message(status, body), status=told)


_OVERFLOWS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"prompt is too long(?:: (?P<used>\d+) tokens > (?P<limit>\d+) maximum)?",
        r"maximum context length is (?P<limit>\d+) tokens.{0,80}?(?:resulted in|requested) (?:about )?(?P<used>\d+)",
        r"maximum context length is (?P<limit>\d+)",
        r"input token count \(?(?P<used>\d+)\)? exceeds the maximum number of tokens allowed \(?(?P<limit>\d+)",
        r"token count of (?P<used>\d+) exceeds the limit of (?P<limit>\d+)",
        r"exceeds the context window of this model|model_context_window_exceeded",
        r"context[_ ]length[_ ]exceeded",
        r"input is too long",
        r"request \((?P<used>\d+) tokens\) exceeds the available context size \((?P<limit>\d+) tokens\)",
        r"exceeds the available context size",
        r"maximum prompt length is (?P<limit>\d+)(?: but the request contains (?P<used>\d+))?",
        r"exceeded model token limit:? (?P<limit>\d+)(?: \(requested:? (?P<used>\d+)\))?",
        r"contains (?P<used>\d+) tokens.{0,200}?too large for model with (?P<limit>\d+)",
        r"current length is (?P<used>\d+) while limit is (?P<limit>\d+)",
        r"reduce the length of the (?:messages|prompt)",
        r"range of input length should be \[\d+, ?(?P<limit>\d+)\]",
        r"request body too large.{0,200}?max size: (?P<limit>\d+) tokens",
        r"prompt exceeds max(?:imum)? length",
        r"input token length too long",
        r"input length exceeds|greater than the context length|context window exceeds limit",
        r"keep the first (?P<used>\d+) tokens.{0,120}?context length of only (?P<limit>\d+)",
        r"max_model_len|maximum model length",
    )
)


def overflow(message: str) -> tuple[Kind, str] | None:
    """If `message` says the prompt does not fit the model: the kind, and the wording Claude Code compacts by.

    A cap on the answer that does not fit beside the prompt is not this: its numbers matter to the client as they are.
    """
    for pattern in _OVERFLOWS:
        found = pattern.search(message)
        if found is None:
            continue
        numbers = found.groupdict()
        used, limit = numbers.get("used"), numbers.get("limit")
        if used and limit:
            return Kind.CONTEXT_OVERFLOW, f"prompt is too long: {used} tokens > {limit} maximum"
        return Kind.CONTEXT_OVERFLOW, f"prompt is too long ({message})" if limit else "prompt is too long"
    return None
