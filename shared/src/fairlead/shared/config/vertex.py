"""The address of a project at Vertex AI, out of any form in which people write it.

Source: https://cloud.google.com/vertex-ai/docs/reference/rest#service-endpoint,
https://docs.anthropic.com/en/docs/build-with-claude/claude-on-vertex-ai
"""

import re
from urllib.parse import SplitResult, urlsplit, urlunsplit

UNKNOWN = "-"
"""Stands for a project that is known only once its credentials are read."""
ANYWHERE = "global"
"""The location that serves whatever any other does."""

_PATH = re.compile(
    r"(?P<before>.*?)(?:/(?P<version>v\d\w*))?(?:/projects/(?P<project>[^/]+))?(?:/locations/(?P<location>[^/]+))?"
    r"(?:/publishers(?:/.*)?)?/*"
)
_HOST = re.compile(r"(?:(?P<region>[a-z0-9-]+)-)?aiplatform\.(?:(?P<area>us|eu)\.rep\.)?googleapis\.com")
_AREAS = frozenset({"us", "eu"})


def placed(url: str, version: str, project: str | None, location: str | None) -> str:
    """The URL of a project's location, below which publishers stand. What the URL says itself wins.

    At Google's own hosts the location tells the host; another host stays as it is.
    """
    parts = urlsplit(url)
    path, host = _PATH.fullmatch(parts.path), _HOST.fullmatch(parts.hostname or "")
    assert path is not None, "every part of the pattern may be missing"
    told = host and (host["region"] or host["area"])
    place = path["location"] or told or location or ANYWHERE
    below = f"/{path['version'] or version}/projects/{path['project'] or project or UNKNOWN}/locations/{place}"
    return urlunsplit(SplitResult("https", _host(place), below, "", "") if host else _at(parts, path["before"] + below))


def keyed(url: str, version: str) -> str:
    """The URL for whoever has an API key and names no project ("express mode")."""
    parts = urlsplit(url)
    path = _PATH.fullmatch(parts.path)
    assert path is not None, "every part of the pattern may be missing"
    return urlunsplit(_at(parts, f"{path['before']}/{path['version'] or version}"))


def publisher_url(url: str) -> str:
    """Where Google lists its models, which is below no project, and in this version of the API alone."""
    return keyed(url, "v1beta1").rpartition("/")[0] + "/v1beta1/publishers/google/models"


def names_project(url: str) -> bool:
    """Whether the URL says whose project it is."""
    path = _PATH.fullmatch(urlsplit(url).path)
    return path is not None and path["project"] is not None


def in_project(url: str, project: str) -> str:
    """A `placed` URL with the project that was not known yet."""
    return url.replace(f"/projects/{UNKNOWN}/", f"/projects/{project}/", 1)


def lacks_project(url: str) -> bool:
    """Whether the project is still to be filled in."""
    return f"/projects/{UNKNOWN}/" in url


def _host(location: str) -> str:
    if location == ANYWHERE:
        return "aiplatform.googleapis.com"
    return (
        f"aiplatform.{location}.rep.googleapis.com" if location in _AREAS else f"{location}-aiplatform.googleapis.com"
    )


def _at(parts: SplitResult, path: str) -> SplitResult:
    return parts._replace(path=path, query="")
