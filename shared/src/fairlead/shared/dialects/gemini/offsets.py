"""Places in a text counted in characters and in bytes of UTF-8, without keeping the text.

Gemini counts bytes, everyone else characters. Only fragments that are not ASCII are kept, since in all others both are
the same.
"""

from bisect import bisect_right


class Offsets:
    """One text, growing by fragments."""

    def __init__(self) -> None:
        self.chars = 0
        self.bytes = 0
        self._chars_at: list[int] = []
        self._bytes_at: list[int] = []
        self._fragments: list[str] = []

    def grow(self, fragment: str) -> None:
        """More text at the end."""
        length = len(fragment)
        if fragment.isascii():
            self.chars += length
            self.bytes += length
            return
        self._chars_at.append(self.chars)
        self._bytes_at.append(self.bytes)
        self._fragments.append(fragment)
        self.chars += length
        self.bytes += len(fragment.encode())

    def char(self, place: int) -> int:
        """The character at byte `place`; one in the middle of a character counts as its start."""
        at = bisect_right(self._bytes_at, place) - 1
        if at < 0:
            return max(0, min(place, self.chars))
        encoded = self._fragments[at].encode()
        within = place - self._bytes_at[at]
        if within < len(encoded):
            return self._chars_at[at] + len(encoded[:within].decode("utf-8", "ignore"))
        return min(self._chars_at[at] + len(self._fragments[at]) + within - len(encoded), self.chars)

    def byte(self, place: int) -> int:
        """The byte at which character `place` begins."""
        at = bisect_right(self._chars_at, place) - 1
        if at < 0:
            return max(0, min(place, self.bytes))
        fragment, within = self._fragments[at], place - self._chars_at[at]
        if within < len(fragment):
            return self._bytes_at[at] + len(fragment[:within].encode())
        return min(self._bytes_at[at] + len(fragment.encode()) + within - len(fragment), self.bytes)
