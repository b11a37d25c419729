"""The table of pages. Those that have a name stand in the navigation, in this order."""

from . import editor, logs, overview
from .page import Page

PAGES: tuple[Page, ...] = (*overview.PAGES, *editor.PAGES, *logs.PAGES)
