"""What is remembered of running sessions: how many tokens each last sent."""

from collections import OrderedDict

SESSIONS = 1_000
"""Sessions remembered at once, the least recently used forgotten first; claude-code-router keeps 100."""


class Sessions:
    """Last prompt size by session id. Not shared between processes."""

    def __init__(self, limit: int = SESSIONS) -> None:
        self._limit = limit
        self._prompts: OrderedDict[str, int] = OrderedDict()

    def __repr__(self) -> str:
        return f"<Sessions {len(self._prompts)}/{self._limit}>"

    def last_prompt(self, session: str | None) -> int:
        """Tokens the session's last answered request came to, cache included; 0 when nothing is known."""
        if session is None or session not in self._prompts:
            return 0
        self._prompts.move_to_end(session)
        return self._prompts[session]

    def note(self, session: str | None, prompt: int) -> None:
        """Remembers a finished request."""
        if session is None:
            return
        self._prompts[session] = prompt
        self._prompts.move_to_end(session)
        if len(self._prompts) > self._limit:
            self._prompts.popitem(last=False)
