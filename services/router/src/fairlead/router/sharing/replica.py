"""Applies to this process's board what other routers have told; pure, and each event once."""

from collections import OrderedDict

from fairlead.router.health import Board, Lesson, Tickets

from .events import Answered, Batch, Began, Ended, Event

OPEN_REQUESTS = 10_000
"""Requests of others that are remembered as being on their way; beyond, the oldest are taken to be over."""

LONGEST = 3_600.0
"""Seconds after which a request of another router is taken to be over: a router that was killed ends nothing."""

SENDERS = 1_000


class Replica:
    """What has been heard of the others. `apart`: what is added to a Unix time to get one of the board's clock."""

    def __init__(self, board: Board, me: str) -> None:
        self._board = board
        self._me = me
        self._heard: OrderedDict[str, int] = OrderedDict()
        self._open: OrderedDict[tuple[str, int], tuple[Tickets, float]] = OrderedDict()

    def __repr__(self) -> str:
        return f"<Replica of {len(self._heard)} others, open={len(self._open)}>"

    def hear(self, batch: Batch, apart: float) -> None:
        """Takes over what is new in it."""
        if batch.sender == self._me:
            return
        known = self._heard.get(batch.sender, -1)
        for number, event in enumerate(batch.events, batch.first):
            if number > known:
                self._apply(batch.sender, event, event.at + apart)
                known = number
        self._heard[batch.sender] = known
        self._heard.move_to_end(batch.sender)
        if len(self._heard) > SENDERS:
            self._heard.popitem(last=False)

    def forget(self, now: float) -> None:
        """Gives up requests that nobody has ended."""
        while self._open:
            key, (tickets, began) = next(iter(self._open.items()))
            if began > now - LONGEST and len(self._open) <= OPEN_REQUESTS:
                return
            del self._open[key]
            self._board.ended(tickets, now, Lesson(gone=True))

    def _apply(self, sender: str, event: Event, at: float) -> None:
        key = (sender, event.number)
        match event:
            case Began(load=load):
                self._open[key] = (self._board.began(event.target, at, load), at)
            case Answered(told=told):
                if key in self._open:
                    self._board.answered(self._open[key][0], at, told)
            case Ended(told=told):
                tickets, _ = self._open.pop(key, (None, 0.0))
                if tickets is not None:
                    self._board.ended(tickets, at, event.lesson, told)
