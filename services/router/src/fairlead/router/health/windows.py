"""Counts over the last while: what happened a moment ago counts, what happened before does not."""

BUCKETS = 12


class Window:
    """A sum over the last `seconds`, in `BUCKETS` steps: what falls out falls out a step at a time."""

    __slots__ = ("_buckets", "_step", "_sum", "_width")

    def __init__(self, seconds: float) -> None:
        self._width = seconds / BUCKETS
        self._buckets = [0.0] * BUCKETS
        self._sum = 0.0
        self._step = 0

    def __repr__(self) -> str:
        return f"<Window {self._sum}>"

    def add(self, now: float, amount: float = 1.0) -> None:
        """`now` in seconds, never far below what was given before."""
        self._turn(now)
        self._buckets[self._step % BUCKETS] += amount
        self._sum += amount

    def total(self, now: float) -> float:
        """What was added within the window that ends now."""
        if self._sum:
            self._turn(now)
        return self._sum

    def _turn(self, now: float) -> None:
        step = int(now / self._width)
        ahead = step - self._step
        if ahead <= 0:
            return
        if ahead >= BUCKETS:
            self._buckets = [0.0] * BUCKETS
        else:
            for passed in range(self._step + 1, step + 1):
                self._buckets[passed % BUCKETS] = 0.0
        self._step = step
        # Summed anew, so that fractions leave nothing behind.
        self._sum = sum(self._buckets)
