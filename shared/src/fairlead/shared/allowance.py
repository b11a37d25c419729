"""How much of something may be used in a minute: a bucket that fills evenly, a value of the times it is asked at."""


class Allowance:
    """What is left of `per_minute`, which is also the most that can be saved up. Times are in seconds.

    What was used may turn out to be more than was left; the debt is waited for.
    """

    __slots__ = ("_at", "_left", "_most")

    def __init__(self, per_minute: int) -> None:
        self._most = float(per_minute)
        self._left = self._most
        self._at: float | None = None

    def __repr__(self) -> str:
        return f"<Allowance {self._left:.1f} of {self._most:.0f}>"

    def wait(self, now: float) -> float:
        """Seconds until there is one to take, 0 when there is."""
        self._fill(now)
        return max(0.0, (1.0 - self._left) * 60.0 / self._most)

    def take(self, amount: float, now: float) -> None:
        """Takes that much, left or not."""
        self._fill(now)
        self._left -= amount

    def _fill(self, now: float) -> None:
        """A clock that was set back fills nothing."""
        if self._at is not None and now > self._at:
            self._left = min(self._most, self._left + (now - self._at) * self._most / 60.0)
        self._at = now
