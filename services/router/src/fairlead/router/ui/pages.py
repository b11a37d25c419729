"""The table of pages. Those that have a name stand in the navigation, in this order."""

from . import editor, logs, overview, routing
from .page import Page

PAGES: tuple[Page, ...] = (*overview.PAGES, *routing.PAGES, *editor.PAGES, *logs.PAGES)
