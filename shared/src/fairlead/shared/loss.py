"""What a target dialect cannot express, as a value for the shell to log, count, show or refuse."""

from msgspec import Struct


class Loss(Struct, frozen=True, gc=False):
    """`what` (a field or block type) at `where` (a path into the request) was left out, and `why`."""

    what: str
    where: str
    why: str
