"""Applies to this process's board what other routers have told; pure, and each event once."""

from collections import OrderedDict

from fairlead.router.health import Board, Lesson, Tickets

from .events import Answered, Batch, Began, Checked, Ended, Event

OPEN_REQUESTS = 10_000
"""Requests of others that are remembered as being on their way; beyond, the oldest are taken to be over."""

LONGEST = 3_600.0
"""Seconds after which a request of another router is taken to be over."""

SILENT = 45.0
"""Seconds after which a router of which nothing is heard is taken to be gone, and its requests with it: one that was
killed ends nothing, and one that lives is heard of several times in that while."""

SENDERS = 1_000


class Replica:
    """What has been heard of the others. `apart`: what is added to a Unix time to get one of the board's clock."""

    def __init__(self, board: Board, me: str) -> None:
        self._board = board
        self._me = me
        self._heard: OrderedDict[str, int] = OrderedDict()
        self._at: dict[str, float] = {}
        self._open: OrderedDict[tuple[str, int], tuple[Tickets, float]] = OrderedDict()

    def __repr__(self) -> str:
        return f"<Replica of {len(self._heard)} others, open={len(self._open)}>"

    def hear(self, batch: Batch, apart: float, now: float) -> None:
        """Takes over what is new in it. `now` on the board's clock."""
        if batch.sender == self._me:
            return
        known = self._heard.get(batch.sender, -1)
        for number, event in enumerate(batch.events, batch.first):
            if number > known:
                self._apply(batch.sender, event, event.at + apart)
                known = number
        self._heard[batch.sender] = known
        self._heard.move_to_end(batch.sender)
        self._at[batch.sender] = now
        if len(self._heard) > SENDERS:
            gone, _ = self._heard.popitem(last=False)
            self._at.pop(gone, None)

    def again(self, now: float) -> None:
        """The others can be heard again: they were not silent, it was the way to them."""
        self._at = dict.fromkeys(self._at, now)

    def forget(self, now: float) -> None:
        """Gives up requests that nobody has ended."""
        silent = {sender for sender, at in self._at.items() if at <= now - SILENT}
        for sender in silent:
            del self._at[sender]
        for key in [key for key in self._open if key[0] in silent] if silent else ():
            self._end(key, now)
        while self._open:
            key, (_, began) = next(iter(self._open.items()))
            if began > now - LONGEST and len(self._open) <= OPEN_REQUESTS:
                return
            self._end(key, now)

    def _end(self, key: tuple[str, int], now: float) -> None:
        tickets, _ = self._open.pop(key)
        self._board.ended(tickets, now, Lesson(gone=True))

    def _apply(self, sender: str, event: Event, at: float) -> None:
        key = (sender, event.number)
        match event:
            case Began(load=load):
                self._open[key] = (self._board.began(event.target, at, load), at)
            case Answered(told=told, key=keys):
                if key in self._open:
                    self._board.answered(self._open[key][0], at, told, keys)
            case Checked(provider=provider, model=model, key=keys):
                board = self._board
                board.checked(board.check_began(provider, model, at), at, event.lesson, keys)
            case Ended(told=told, key=keys):
                tickets, _ = self._open.pop(key, (None, 0.0))
                if tickets is not None:
                    self._board.ended(tickets, at, event.lesson, told, keys)
