"""What a response's body is, told by its first bytes, because its status and content type do not always tell."""

from enum import Enum


class Form(Enum):
    """`EVENTS`: a stream of server-sent events. `OTHER`: nothing an answer could be (a page, plain text)."""

    JSON = "json"
    EVENTS = "events"
    PAGE = "page"
    OTHER = "other"


_BLANK = b"\xef\xbb\xbf \t\r\n"
_FIELDS = (b"data:", b"event:", b":", b"id:", b"retry:")
"""https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream"""


def form_of(start: bytes, declared_events: bool) -> Form | None:
    """The form of a body that begins with `start`; None when more of it is needed to tell.

    `declared_events`: the content type says that it is a stream of events, which is believed unless JSON or a page
    is there instead.
    """
    text = start.lstrip(_BLANK)
    if not text:
        return None
    if text[:1] in b"{[":
        return Form.JSON
    if text[:1] == b"<":
        return Form.PAGE
    if declared_events or text.startswith(_FIELDS):
        return Form.EVENTS
    if any(field.startswith(text) for field in _FIELDS):
        return None
    return Form.OTHER
