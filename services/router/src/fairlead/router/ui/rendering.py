"""Turns a template and values into HTML. Jinja is imported by whoever makes the first page: a router that nobody looks
at never has it in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from . import wording
from .assets import HERE, Asset, assets
from .page import Html

if TYPE_CHECKING:
    import jinja2


class Entry(Struct, frozen=True):
    """One line of the navigation. `here`: its page, or one below it, is open."""

    name: str
    path: str
    here: bool


class Frame(Struct, frozen=True):
    """What stands around every page. `root` leads from the page to `/ui/`; `token` goes with every form; `live` is
    the path of the page's stream, if it has one; `leave`: somebody is logged in, who may log out; `unserved`: the file
    cannot be served with as it is, which the page does not tell by itself; `now`: Unix seconds."""

    root: str
    entries: Sequence[Entry]
    token: str
    live: str | None
    leave: bool
    unserved: bool
    version: str
    assets: Mapping[str, str]
    now: float


class Renderer:
    """Made once, off the event loop: it reads all files that pages load."""

    def __init__(self) -> None:
        self.assets = assets()
        self._environment = _environment()

    def __repr__(self) -> str:
        return f"<Renderer {len(self.assets)} assets>"

    def paths(self) -> dict[str, str]:
        """Of the files, by name."""
        return {name: asset.path for name, asset in self.assets.items()}

    def asset(self, path: str) -> Asset | None:
        """The file at a path below `/ui/`."""
        asset = self.assets.get(path.rpartition("/")[2])
        return asset if asset is not None and asset.path == path else None

    def html(self, shown: Html, frame: Frame) -> bytes:
        """One page, or one fragment."""
        template = self._environment.get_template(shown.template)
        return template.render(page=shown.context, frame=frame).encode("utf-8", "replace")


def _environment() -> jinja2.Environment:
    import jinja2

    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    filters: Mapping[str, Any] = wording.FILTERS
    made.filters.update(filters)
    return made
