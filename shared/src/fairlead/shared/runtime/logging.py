"""Log lines: one JSON object a line on stderr (or plain text on a terminal), credentials masked."""

from typing import Any, TextIO

LEVELS = ("fatal", "error", "warn", "info", "debug", "trace")
"""The names configuration files use; "trace" shows what "debug" does."""


def configure(level: str = "info", *, stream: TextIO | None = None, console: bool | None = None) -> None:
    """Sets up structlog and the standard library's logging. `console` None: when `stream` is a terminal. Call once.
    Raises `ValueError` for a level that is none."""
    raise NotImplementedError


def get_logger(component: str) -> Any:
    """A logger whose lines carry `component`; bind request fields explicitly: `log.bind(request_id=…)`."""
    raise NotImplementedError


def mask(text: str) -> str:
    """`text` with whatever looks like a credential replaced by `***`."""
    raise NotImplementedError
