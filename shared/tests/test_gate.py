"""The gate, fed by a pipe that is a table: what a chunk holds is what it means."""

import pytest

from fairlead.shared.failure import Failure, Kind
from fairlead.shared.gate import Gate
from fairlead.shared.translation import Progress

OVERLOADED = Failure(Kind.OVERLOADED, "overloaded")


class Letters:
    """A pipe of one-letter events: `c` is content, `e` the end, `f` a failure, `-` gives no bytes."""

    def __init__(self) -> None:
        self.progress = Progress()

    def feed(self, chunk: bytes) -> bytes:
        out = b""
        for letter in chunk.decode():
            if self.progress.failure is not None:
                break
            self.progress.content |= letter == "c"
            self.progress.ended |= letter == "e"
            if letter == "f":
                self.progress.failure = OVERLOADED
            out += b"" if letter == "-" else letter.encode()
        return out

    def close(self) -> bytes:
        return b"" if self.progress.ended else self.fail(Failure(Kind.CUT, "cut"))

    def fail(self, failure: Failure) -> bytes:
        self.progress.failure = failure
        return b"f"


def through(stream: bytes, cut: int) -> tuple[list[bytes], bytes | Failure]:
    """What is released, piece by piece, when `stream` comes in two pieces; and what the gate decided."""
    pipe = Letters()
    gate = Gate(pipe)
    released: list[bytes] = []
    decided: bytes | Failure | None = None
    for piece in (stream[:cut], stream[cut:]):
        if decided is None:
            decided = gate.feed(piece)
            if isinstance(decided, bytes):
                released.append(decided)
        elif isinstance(decided, bytes):
            released.append(pipe.feed(piece))
    return released, gate.close() if decided is None else decided


@pytest.mark.parametrize("cut", range(7))
def test_nothing_is_lost_or_reordered_wherever_the_stream_is_split(cut):
    released, _ = through(b"..-.c.e", cut)
    assert b"".join(released) == b"...c.e"


@pytest.mark.parametrize("cut", range(4))
def test_nothing_is_released_before_content(cut):
    released, decided = through(b"...f", cut)
    assert (released, decided) == ([], OVERLOADED)


@pytest.mark.parametrize("cut", range(3))
def test_a_failure_before_content_releases_nothing_even_when_content_would_follow(cut):
    released, decided = through(b".fc", cut)
    assert (released, decided) == ([], OVERLOADED)


def test_a_failure_in_the_same_piece_as_the_first_content_still_releases_nothing():
    assert Gate(Letters()).feed(b".cf") == OVERLOADED


def test_an_empty_answer_that_is_complete_opens_the_gate():
    gate = Gate(Letters())
    assert gate.feed(b"..") is None
    assert gate.feed(b"e") == b"..e"


def test_a_stream_that_ends_before_content_is_cut():
    gate = Gate(Letters())
    gate.feed(b"..")
    decided = gate.close()
    assert isinstance(decided, Failure)
    assert decided.kind is Kind.CUT


def test_more_than_the_limit_is_not_held():
    gate = Gate(Letters(), limit_bytes=3)
    assert gate.feed(b"...") is None
    assert gate.feed(b".") == b"...."
