"""What may stand in `api_base_url`, and the URL of each operation that follows from it."""

import re
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit, urlunsplit

# Operation → the end of its URL, the longer of two that end alike first.
OPERATIONS = {
    "count_tokens": "messages/count_tokens",
    "messages": "messages",
    "chat": "chat/completions",
    "count_responses": "responses/input_tokens",
    "responses": "responses",
    "models": "models",
}
_VERSION = re.compile(r"v\d+(?:(?:alpha|beta)\d*)?\Z")
# Hosts whose API stands at the path given, without a version before the operation.
_WITHOUT_VERSION = frozenset({"models.github.ai", "models.inference.ai.azure.com", "api.perplexity.ai"})
_LOOPBACK = re.compile(r"localhost|127(?:\.\d{1,3}){3}|::1")
_REDIS = frozenset({"redis", "rediss", "unix"})
_DEFAULT_PORTS = {"http": 80, "https": 443}


def fault_of(url: str) -> str | None:
    """What is wrong with a URL to call, as a sentence that repeats nothing of it, or None."""
    fault = _fault_of(url, "http", "https")
    if fault is None and "@" in urlsplit(url).netloc:
        return "must not hold a user or password; put the credential under api_key or headers"
    return fault


def proxy_fault_of(url: str) -> str | None:
    """The same for a proxy, which may have a user and password."""
    return _fault_of(url, "http", "https", "socks5", "socks5h")


def redis_fault_of(url: str) -> str | None:
    """The same for Redis, which may have a password, or be a socket of this machine's."""
    try:
        parts = urlsplit(url)
        readable = parts.port != 0
    except ValueError:
        readable = False
    if not readable:
        return "is not a URL: its host or port cannot be read"
    return None if parts.scheme in _REDIS else "must begin with redis:// or rediss:// or unix://"


def _fault_of(url: str, *schemes: str) -> str | None:
    if not url.isascii() or not url.isprintable() or " " in url:
        return "must be a plain URL: no spaces, no control or non-ASCII characters"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "is not a URL: its host or port cannot be read"
    if parts.scheme not in schemes:
        return f"must begin with {' or '.join(f'{scheme}://' for scheme in schemes)}"
    if not parts.hostname or port == 0:
        return "must name a host, as in https://api.example.com/v1"
    if parts.fragment:
        return "must not hold a # part"
    return None


def endpoint_url(base: str, operation: str) -> str:
    """The URL of one of `OPERATIONS` at a provider, from any form of `api_base_url`.

    A URL that ends in any operation is taken as complete and exact, so its siblings stand beside it. Anything else is
    a base: the operation goes after its version (`/v1`, `/v1beta/openai`), or after `/v1` when it has none.
    """
    parts = urlsplit(base)
    path = parts.path.rstrip("/")
    prefix = _without_operation(path)
    if prefix is None:
        prefix = path if _is_versioned(parts) else f"{path}/v1"
    return urlunsplit(parts._replace(path=f"{prefix}/{OPERATIONS[operation]}"))


def is_base(url: str) -> bool:
    """Whether a URL ends in a version, or in nothing, so that an operation has to be put after it."""
    path = urlsplit(url).path.rstrip("/")
    return not path or _VERSION.match(path.rpartition("/")[2]) is not None


def models_url(base: str) -> str:
    """Where Gemini's models stand at a provider, from any form of `api_base_url`; each is named below it."""
    parts = urlsplit(base)
    path = parts.path.rstrip("/")
    if ":" in path:
        path = path.rpartition("/")[0]
    path = path.removesuffix("/models")
    if not any(_VERSION.match(segment) for segment in path.split("/")):
        path += "/v1beta"
    return urlunsplit(parts._replace(path=f"{path}/models", query=""))


def _without_operation(path: str) -> str | None:
    for ending in OPERATIONS.values():
        if path.endswith("/" + ending):
            return path.removesuffix("/" + ending)
    return None


def _is_versioned(parts: SplitResult) -> bool:
    return parts.hostname in _WITHOUT_VERSION or any(_VERSION.match(segment) for segment in parts.path.split("/"))


def is_same_service(url: str, other: str) -> bool:
    """Whether two URLs reach one process: the same host and port, all names of the loopback being one host.

    A loopback URL with the other's port counts too: that is how a file written for one machine names a service that
    `NORMALIZER_URL` calls by its host name in a container.
    """
    host, port = _host_and_port(url)
    other_host, other_port = _host_and_port(other)
    return port == other_port and host in (other_host, "loopback")


def is_ones_own(url: str) -> bool:
    """Whether a URL stays with its user: on this machine, in a private network, or at a container's name."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_private
    except ValueError:
        return "." not in host


def _host_and_port(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    host = parts.hostname or ""
    return "loopback" if _LOOPBACK.fullmatch(host) else host, parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
