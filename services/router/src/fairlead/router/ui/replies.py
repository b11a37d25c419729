"""How the dashboard answers: every answer with the headers that keep pages of others, and scripts in pages, out."""

from fairlead.shared.runtime.asgi import Headers, Send, respond

from .assets import FOREVER, Asset

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
"""https://www.w3.org/TR/CSP3/: nothing but files of ours, nothing written into a page, no frame around it."""

GUARDS = [
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
NO_STORE = (b"cache-control", b"no-store")


async def send_page(send: Send, status: int, body: bytes, headers: Headers = ()) -> None:
    """A page, or a part of one; kept by nobody."""
    await respond(send, status, [(b"content-type", b"text/html; charset=utf-8"), NO_STORE, *GUARDS, *headers], body)


async def send_data(send: Send, body: bytes) -> None:
    """JSON for a script of ours."""
    await respond(send, 200, [(b"content-type", b"application/json"), NO_STORE, *GUARDS], body)


async def see_other(send: Send, location: str, headers: Headers = ()) -> None:
    """Get another page: https://www.rfc-editor.org/rfc/rfc9110#section-15.4.4; `location` may be relative."""
    await respond(send, 303, [(b"location", location.encode()), NO_STORE, *GUARDS, *headers], b"")


async def send_asset(send: Send, asset: Asset, known: str) -> None:
    """A file; `known`: the ETags that the browser has it under."""
    head = [(b"etag", asset.etag), (b"cache-control", FOREVER), *GUARDS]
    if asset.etag.decode() in known:
        await send({"type": "http.response.start", "status": 304, "headers": head})
        await send({"type": "http.response.body", "body": b""})
        return
    await respond(send, 200, [(b"content-type", asset.media_type), *head], asset.body)
