"""Log lines: one JSON object a line on stderr or in a file (plain text on a terminal), credentials masked."""

import logging
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO, cast

import msgspec
import structlog
from structlog.typing import EventDict, Processor

from fairlead.shared.runtime.log_files import LogFile, Unfailing

LEVELS: Mapping[str, int] = {
    "fatal": logging.CRITICAL,
    "error": logging.ERROR,
    "warn": logging.WARNING,
    "info": logging.INFO,
    "debug": logging.DEBUG,
    "trace": logging.DEBUG,
}
"""The names configuration files use; "trace" shows what "debug" does."""

_SYNONYMS = {"warning": "warn", "critical": "fatal", "verbose": "trace"}

_CREDENTIAL = re.compile(
    r"""
    (?P<user>://)[^/\s@]+(?=@)                                      # user and password of a URL
    | (?P<query>[?&](?:key|api_key|api-key|token|access_token|sig|signature|code)=)[^&\s"']+
    | \b(?=[abefghnprstxy])(?:                                      # one look at a word rules most of them out
        (?P<scheme>(?:bearer|basic)\s+)[\w.~+/=-]{8,}               # an authorization header's value
      | (?:sk|pk|rk|gsk|xai|r8|hf|ghp|gho|glpat|fk|nvapi|pplx|tgp)[-_][\w-]{12,}
      | AIza[\w-]{30,}
      | ya29\.[\w-]{10,}
      | (?:AKIA|ASIA)[A-Z0-9]{16}\b
      | (?P<signed>signature=)[0-9a-f]{64}
      | eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?                       # a JSON web token
    )
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_SECRET_FIELDS = frozenset(
    {
        "authorization",
        "proxy-authorization",
        "proxy_authorization",
        "x-api-key",
        "x_api_key",
        "x-goog-api-key",
        "api-key",
        "api_key",
        "api_keys",
        "apikey",
        "access_token",
        "refresh_token",
        "id_token",
        "client_secret",
        "password",
        "secret",
        "cookie",
        "set-cookie",
        "x-fairlead-client-authorization",
        "x-amz-security-token",
        "secret_access_key",
        "session_token",
    }
)
_MASK = "***"


def mask(text: str) -> str:
    """`text` with whatever looks like a credential replaced by `***`."""
    return _CREDENTIAL.sub(_masked_match, text)


def _masked_match(match: re.Match[str]) -> str:
    return (match["scheme"] or match["user"] or match["query"] or match["signed"] or "") + _MASK


def masked(_logger: object, _method: str, event: EventDict) -> EventDict:
    """A second line of defence, as a structlog processor: no credential should get here."""
    return {
        key: value if type(value) in _FIGURES and key not in _SECRET_FIELDS else _masked(key, value)
        for key, value in event.items()
    }


_FIGURES = frozenset({int, float, bool, type(None)})


def _masked(key: object, value: Any) -> Any:
    if isinstance(key, str) and key.lower() in _SECRET_FIELDS:
        return _MASK
    if isinstance(value, bytes):
        return mask(value.decode("utf-8", "replace"))
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return {inner: _masked(inner, one) for inner, one in value.items()}
    if isinstance(value, list | tuple):
        return [_masked_item(one) for one in value]
    return value


def _masked_item(item: Any) -> Any:
    """A header pair counts as a field."""
    if isinstance(item, tuple) and len(item) == 2:
        name = item[0].decode("latin-1") if isinstance(item[0], bytes) else item[0]
        return [name, _masked(name, item[1])]
    return _masked(None, item)


def configure(level: str = "info", *, stream: TextIO | LogFile | None = None, console: bool | None = None) -> None:
    """Sets up structlog and the standard library's logging. `console` None: when `stream` (None: stderr) is a terminal.
    Call once. Raises `ValueError` for a level that is none."""
    _stand_in_for_closed_streams()
    out = stream if isinstance(stream, LogFile) else Unfailing(sys.stderr if stream is None else stream)
    number = _number_of(level)
    plain = out.isatty() if console is None else console
    rendering = _for_people(out) if plain else _FOR_MACHINES
    structlog.configure(
        processors=[*_COMMON, *rendering],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=cast(TextIO, out)),
        cache_logger_on_first_use=True,
    )
    handler: logging.Handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *_COMMON],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(number, logging.WARNING))


def _stand_in_for_closed_streams() -> None:
    """Who starts a service may have closed them. Python has None in their place then, and the system gives their
    numbers to whatever is opened next, each the lowest that is free."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode))  # noqa: SIM115 - as long as the process lives


def _number_of(level: str) -> int:
    name = level.lower()
    name = _SYNONYMS.get(name, name)
    if name not in LEVELS:
        raise ValueError(f"{level!r} is no log level; known are {', '.join(LEVELS)}")
    return LEVELS[name]


def _json(_logger: object, _method: str, event: EventDict) -> str:
    ordered = {"time": event.pop("timestamp"), "level": event.pop("level"), "event": event.pop("event"), **event}
    return msgspec.json.encode(ordered, enc_hook=str).decode()


_COMMON: list[Processor] = [
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
_FOR_MACHINES: list[Processor] = [structlog.processors.format_exc_info, masked, _json]


def _for_people(out: Unfailing | LogFile) -> list[Processor]:
    renderer = structlog.dev.ConsoleRenderer(
        colors=out.isatty(), exception_formatter=structlog.dev.plain_traceback, sort_keys=False
    )
    return [structlog.processors.format_exc_info, masked, renderer]


def get_logger(component: str) -> Any:
    """A logger whose lines carry `component`; bind request fields explicitly: `log.bind(request_id=…)`."""
    return structlog.get_logger(component=component)
