"""A process of a user's own code, seen from the one that started it."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from fairlead.shared.runtime.child import Child, Pauses

ECHO = "import os, sys; [print(os.getpid(), line.strip(), flush=True) for line in sys.stdin]"


class Hearing:
    """What a child says, and why it was lost."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[bytes] = asyncio.Queue()
        self.lost: asyncio.Queue[str] = asyncio.Queue()
        self.printed: asyncio.Queue[str] = asyncio.Queue()

    def hear(self, line: bytes) -> None:
        if line.startswith(b"nonsense"):
            raise ValueError
        self.heard.put_nowait(line)

    async def pid(self) -> int:
        return int((await self.heard.get()).split()[0])


Start = Callable[[str], tuple[Child, Hearing]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    children: list[Child] = []

    def started(code: str) -> tuple[Child, Hearing]:
        hearing = Hearing()
        child = Child(
            (sys.executable, "-c", code),
            heard=hearing.hear,
            lost=hearing.lost.put_nowait,
            printed=hearing.printed.put_nowait,
            longest=1024,
        )
        children.append(child)
        return child, hearing

    yield started
    for child in children:
        await child.aclose()


def runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def is_over(pid: int) -> bool:
    """Whether a process is no more, or only waits for whoever inherited it to look."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def wait_until_over(pid: int) -> None:
    while not is_over(pid):
        os.sched_yield()


async def test_it_is_started_with_the_first_line_and_ended_with_its_owner(start: Start) -> None:
    child, hearing = start(ECHO)
    await child.tell(b"a")
    await child.tell(b"b")
    first, second = await hearing.pid(), await hearing.pid()
    assert first == second
    await child.aclose()
    assert not runs(first)
    assert hearing.lost.get_nowait() == "is ended"


async def test_one_that_is_just_being_started_is_ended_too_and_no_other_after_it(start: Start) -> None:
    child, hearing = start(ECHO)
    telling = asyncio.create_task(child.tell(b"a"))
    await asyncio.sleep(0)
    await child.aclose()
    await asyncio.gather(telling, return_exceptions=True)
    assert hearing.lost.get_nowait() == "is ended"
    with pytest.raises(OSError, match="is ended"):
        await child.tell(b"b")


async def test_what_it_has_started_is_ended_with_it(start: Start) -> None:
    code = (
        "import subprocess, sys; one = subprocess.Popen(['sleep', '60']); print(one.pid, flush=True); input(); input()"
    )
    child, hearing = start(code)
    await child.tell(b"a")
    other = await hearing.pid()
    assert os.getsid(other) != os.getsid(0), "a key pressed in our terminal is not for it"
    await child.aclose()
    await asyncio.to_thread(wait_until_over, other)


async def test_to_end_what_does_not_run_says_so(start: Start) -> None:
    child, hearing = start(ECHO)
    assert not child.end("took too long")
    assert hearing.lost.empty()


async def test_one_that_was_ended_is_started_anew_and_lost_once(start: Start) -> None:
    child, hearing = start(ECHO)
    await child.tell(b"a")
    first = await hearing.pid()
    child.end("took too long")
    child.end("took too long")
    await child.tell(b"b")
    assert await hearing.pid() != first
    assert [hearing.lost.get_nowait()] == ["took too long"]
    assert hearing.lost.empty()


async def test_one_that_ends_or_writes_nonsense_is_lost(start: Start) -> None:
    for code, why in (("input()", "ended"), ("input(); print('nonsense', flush=True); input()", "writes what is no")):
        child, hearing = start(code)
        await child.tell(b"a")
        assert (await hearing.lost.get()).startswith(why)


async def test_a_line_that_is_too_long_is_nonsense(start: Start) -> None:
    child, hearing = start("input(); print('x' * 5000, flush=True); input()")
    await child.tell(b"a")
    assert await hearing.lost.get() == "writes what is no answer"


async def test_what_it_prints_is_passed_on(start: Start) -> None:
    child, hearing = start("import sys; print('a word', file=sys.stderr, flush=True); input()")
    await child.tell(b"a")
    assert await hearing.printed.get() == "a word"


def test_pauses_grow_with_each_failure_up_to_the_longest() -> None:
    now = [0.0]
    pauses = Pauses(lambda: now[0], first=1.0, longest=3.0)
    assert not pauses.on
    assert [pauses.begin(), pauses.begin(), pauses.begin()] == [1.0, 2.0, 3.0]
    assert pauses.on
    now[0] = 3.0
    assert not pauses.on
    pauses.end()
    assert pauses.begin() == 1.0
