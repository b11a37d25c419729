"""What the router offers, for its OpenAPI document; imported by whoever is asked for that, and at no start."""

from collections.abc import Callable
from importlib.metadata import version

from fairlead.shared.codec import encode
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.openapi import listing, surfaces
from fairlead.shared.openapi.description import Keys, Operation
from fairlead.shared.openapi.document import Service, document
from fairlead.shared.surfaces import SURFACES

from . import administration, standing, usage

_PREFIXES = ("/v1", "/v1beta", "/v1alpha", "/v1beta1")
_ASKED_WITH = (surfaces.REQUEST_ID, surfaces.SESSION, surfaces.DEADLINE, surfaces.TRACE)
_TOLD_WITH = (
    "x-fairlead-route",
    "x-fairlead-scenario",
    "x-fairlead-attempts",
    "x-fairlead-overhead-ms",
    "x-fairlead-decision",
    "x-fairlead-upstream-id",
    "x-fairlead-rate",
)


_ABOUT = """Decides where each request of a coding agent goes, and gets it answered there.

Whatever stands before one of these paths, as a base URL or a proxy may put it there, does not matter. Clients' requests
may hold what their dialect has besides: what is not known is kept.
"""


def described(keys: tuple[bool, bool], serves: Callable[[str, str], bool]) -> bytes:
    """The document of a router that `serves` certain methods and paths. `keys`: whether there are client keys, and
    whether there is an admin's."""
    service = Service("fairlead router", version("fairlead-router"), _ABOUT)
    served = [one for one in operations() if serves(one.method, one.path.translate(_NO_BRACES))]
    return encode(document(service, served, Keys(*keys)))


_NO_BRACES = str.maketrans("", "", "{}")


def operations() -> list[Operation]:
    """All there may be; which of them are served depends on the configuration."""
    return [
        *surfaces.operations(SURFACES, DIALECTS, _ASKED_WITH, _TOLD_WITH, _PREFIXES),
        *listing.operations([DIALECTS[name] for name in ("anthropic", "openai", "gemini")]),
        *standing.operations(),
        *usage.operations(),
        *administration.operations(),
    ]
