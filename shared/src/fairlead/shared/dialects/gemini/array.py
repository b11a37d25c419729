"""A stream as one JSON array, for clients that ask for `streamGenerateContent` without `alt=sse`.

Source: https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent.
"""

_EVENT = b"data: "
_END = b"\n\n"


class JsonArray:
    """Takes whole events, as encoders and pass-throughs write them, and gives the same chunks as elements of a list."""

    def __init__(self) -> None:
        self._begun = False

    def feed(self, events: bytes) -> bytes:
        """The bytes these events come to, possibly none."""
        lines = events.replace(b"\r\n", b"\n").split(_END)
        elements = [line[len(_EVENT) :].replace(b"\n" + _EVENT, b"\n") for line in lines if line.startswith(_EVENT)]
        if not elements:
            return b""
        begin = b",\n" if self._begun else b"["
        self._begun = True
        return begin + b",\n".join(elements)

    def close(self) -> bytes:
        """The end of the list."""
        return b"]" if self._begun else b"[]"
