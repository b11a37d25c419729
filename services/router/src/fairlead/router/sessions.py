"""What is remembered of running sessions: how many tokens each last sent, and where its prompt is cached."""

from collections import OrderedDict

from msgspec import Struct

from fairlead.router.affinity import Warmth

SESSIONS = 1_000
"""Sessions remembered at once, the least recently used forgotten first; claude-code-router keeps 100."""


class Past(Struct, frozen=True, gc=False):
    """A session's last answered request: `prompt` is what it came to in tokens, cache included; 0 when nothing is
    known."""

    prompt: int = 0
    warmth: Warmth | None = None


NOTHING = Past()


class Sessions:
    """The past of sessions by id, in this process."""

    def __init__(self, limit: int = SESSIONS) -> None:
        self._limit = limit
        self._pasts: OrderedDict[str, Past] = OrderedDict()

    def __repr__(self) -> str:
        return f"<Sessions {len(self._pasts)}/{self._limit}>"

    def past(self, session: str | None) -> Past:
        """What is known of one."""
        if session is None or session not in self._pasts:
            return NOTHING
        self._pasts.move_to_end(session)
        return self._pasts[session]

    def note(self, session: str | None, past: Past) -> None:
        """Remembers a finished request."""
        if session is None:
            return
        self._pasts[session] = past
        self._pasts.move_to_end(session)
        if len(self._pasts) > self._limit:
            self._pasts.popitem(last=False)
