"""What a target dialect cannot express, as a value for the shell to log, count, show or refuse."""

from collections.abc import Collection

from msgspec import Struct

from fairlead.shared.conversation import Citation, Extras, Finish, FinishReason, Unknown


class Loss(Struct, frozen=True, gc=False):
    """`what` (a field or block type) at `where` (a path into the request or the answer) was left out, and `why`."""

    what: str
    where: str
    why: str


class Losses:
    """What of one answer its client is not told, each kind of it once.

    `dialect` is the client's; `finishes`: the reasons to stop it has a word for, or one that means the same.
    """

    def __init__(self, dialect: str, finishes: Collection[FinishReason]) -> None:
        self._dialect = dialect
        self._finishes = finishes
        self._told: dict[str, Loss] = {}

    def __repr__(self) -> str:
        return f"<Losses {list(self._told)}>"

    @property
    def told(self) -> tuple[Loss, ...]:
        """All of them so far."""
        return tuple(self._told.values())

    def add(self, what: str, where: str) -> None:
        """Something the dialect has no words for."""
        if what not in self._told:
            self._told[what] = Loss(what, where, f"{self._dialect} answers cannot say it")

    def extras(self, extras: Extras | None, where: str) -> None:
        """Fields that only another dialect knows."""
        if extras is not None and extras.dialect != self._dialect:
            for name in extras.fields:
                self.add(name, where)

    def block(self, block: Unknown, where: str = "content") -> None:
        """A block that only another dialect knows."""
        self.add(f"{block.dialect} block", where)

    def citation(self, citation: Citation) -> None:
        """A citation told by its address: one that has none is not told, and of no other what the source says."""
        if citation.raw is None or citation.raw.dialect != self._dialect:
            if citation.url is None:
                self.add("citation", "content[].citations")
            elif citation.quote:
                self.add("cited text", "content[].citations")

    def finish(self, finish: Finish, *, sequence: bool = False) -> None:
        """Why the model stopped; `sequence`: the dialect says which stop sequence was hit."""
        self.extras(finish.extras, "finish")
        if finish.reason not in self._finishes and (finish.extras is None or finish.extras.dialect != self._dialect):
            self.add("finish reason", "finish")
        if finish.sequence is not None and not sequence:
            self.add("stop sequence", "finish")
