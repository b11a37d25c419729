"""The files that pages load: each under a path that names its content, so that browsers keep it for good."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from msgspec import Struct

HERE = Path(__file__).parent
FOREVER = b"public, max-age=31536000, immutable"

_FILES = {
    "app.css": "static/app.css",
    "app.js": "static/app.js",
    "editing.css": "static/editing.css",
    "editing.js": "static/editing.js",
    "charts.js": "static/charts.js",
    "theme.js": "static/theme.js",
    "icon.svg": "static/icon.svg",
    "htmx.js": "vendor/htmx-4.0.1/htmx.min.js",
    "hx-sse.js": "vendor/htmx-4.0.1/hx-sse.min.js",
    "uplot.js": "vendor/uplot-1.6.32/uPlot.iife.min.js",
    "uplot.css": "vendor/uplot-1.6.32/uPlot.min.css",
}
_TYPES = {".css": b"text/css; charset=utf-8", ".js": b"text/javascript; charset=utf-8", ".svg": b"image/svg+xml"}
_DIGITS = 16


class Asset(Struct, frozen=True):
    """One file. `path`: where it is, below `/ui/`; `etag` with its quotes."""

    path: str
    etag: bytes
    media_type: bytes
    body: bytes


def assets(folder: Path = HERE) -> Mapping[str, Asset]:
    """All of them, by name."""
    return {name: _asset(name, (folder / file).read_bytes()) for name, file in _FILES.items()}


def _asset(name: str, body: bytes) -> Asset:
    digest = sha256(body).hexdigest()[:_DIGITS]
    return Asset(f"static/{digest}/{name}", f'"{digest}"'.encode(), _TYPES[Path(name).suffix], body)
