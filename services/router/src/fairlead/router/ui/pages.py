"""The table of pages. Those that have a name stand in the navigation, in this order."""

from . import decisions, editor, logs, overview, providers, routing, sessions
from .page import Page

PAGES: tuple[Page, ...] = (
    *overview.PAGES,
    *decisions.PAGES,
    *sessions.PAGES,
    *providers.PAGES,
    *routing.PAGES,
    *editor.PAGES,
    *logs.PAGES,
)
