"""A stream as one JSON array, for clients that ask for `streamGenerateContent` without `alt=sse`.

Source: https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent.
"""

from collections.abc import Iterable

from fairlead.shared.sse import EventParser, ServerEvent


class JsonArray:
    """Takes the bytes of events, and gives the same chunks as elements of a list."""

    def __init__(self) -> None:
        self._parser = EventParser(bare_json=True)
        self._begun = False

    def feed(self, events: bytes) -> bytes:
        """The bytes these events come to, possibly none."""
        return self._listed(self._parser.feed(events))

    def close(self) -> bytes:
        """The end of the list."""
        last = self._listed(self._parser.close())
        return last + (b"]" if self._begun else b"[]")

    def _listed(self, events: Iterable[ServerEvent]) -> bytes:
        elements = [one.data for one in events]
        if not elements:
            return b""
        begin = b",\n" if self._begun else b"["
        self._begun = True
        return begin + b",\n".join(elements)
