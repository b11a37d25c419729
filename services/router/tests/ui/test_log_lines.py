"""Lines of a log, found from the end of a file."""

import json
from collections.abc import Callable

import pytest

from fairlead.router.ui import log_lines
from fairlead.router.ui.log_lines import Found, Line, Wanted, found, line_of

DECISION = "dec_" + "0123456789ab" * 2


EVERYTHING = Wanted()


def line(number: int, level: str = "info", **more: str) -> bytes:
    told = {"time": f"2026-01-01T00:00:{number:02}Z", "level": level, "event": f"event {number}", **more}
    return json.dumps(told).encode() + b"\n"


def reading(content: bytes, read: list[int] | None = None) -> Callable[[int, int], bytes]:
    def between(start: int, end: int) -> bytes:
        if read is not None:
            read.append(end - start)
        return content[start:end]

    return between


def looked(
    content: bytes, wanted: Wanted = EVERYTHING, *, limit: int = 100, most: int = 1 << 30, end: int | None = None
) -> Found:
    return found(reading(content), len(content) if end is None else end, wanted, limit, most)


def events(told: Found) -> list[str]:
    return [one.event for one in told.lines]


def test_a_line_tells_its_parts() -> None:
    raw = line(
        1, "error", request_id="req_1", component="router", provider="p", decision=DECISION, exception="Trace\nback"
    )
    told = line_of(raw.strip(), 7)
    assert told == Line(
        at=7,
        raw=raw.decode().strip(),
        time="2026-01-01T00:00:01Z",
        level="error",
        event="event 1",
        component="router",
        request_id="req_1",
        decision=DECISION,
        fields=(("provider", "p"),),
        more="Trace\nback",
    )


def test_what_is_no_json_is_shown_as_it_is_without_its_secrets() -> None:
    told = line_of(b"Authorization: Bearer sk-ant-0123456789abcdef \xff")
    assert "0123456789" not in told.raw
    assert told.event == told.raw
    assert line_of(b'{"event": "x", "url": "https://u:secretpw@h"}').fields == (("url", "https://***@h"),)


def test_the_newest_come_first_and_the_rest_can_be_asked_for() -> None:
    content = b"".join(line(number) for number in range(10))
    first = looked(content, limit=4)
    assert events(first) == ["event 9", "event 8", "event 7", "event 6"]
    assert first.before is not None
    second = looked(content, limit=4, end=first.before)
    assert events(second) == ["event 5", "event 4", "event 3", "event 2"]
    last = looked(content, limit=4, end=second.before)
    assert (events(last), last.before) == (["event 1", "event 0"], None)


@pytest.mark.parametrize("block", [1, 7, 64, 1000])
def test_blocks_may_be_cut_anywhere(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr(log_lines, "BLOCK", block)
    content = b"".join(line(number) for number in range(5)) + b"\n\nnot ended"
    told = looked(content)
    assert events(told) == ["not ended", "event 4", "event 3", "event 2", "event 1", "event 0"]
    assert [content[one.at :].startswith(one.raw.encode()) for one in told.lines] == [True] * 6


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (Wanted(level="warning"), [4, 2]),
        (Wanted(level="error"), [4]),
        (Wanted(text="EVENT 3"), [3]),
        (Wanted(text="3 event"), [3]),
        (Wanted(request="req_1"), [2, 1]),
        (Wanted(level="warning", request="req_1"), [2]),
        (Wanted(text="nothing has this"), []),
    ],
)
def test_only_what_is_wanted_is_found(wanted: Wanted, numbers: list[int]) -> None:
    content = b"".join(
        [
            line(0),
            line(1, request_id="req_1"),
            line(2, "warning", request_id="req_1"),
            line(3),
            line(4, "error"),
        ]
    )
    assert events(looked(content, wanted)) == [f"event {number}" for number in numbers]


def test_no_more_is_read_than_is_allowed_and_the_search_can_go_on() -> None:
    content = line(1, text="needle") + b"".join(line(2) for _ in range(1000))
    read: list[int] = []
    most = 10_000
    first = found(reading(content, read), len(content), Wanted(text="needle"), 10, most)
    assert (first.lines, sum(read) <= most) == ((), True)
    before = first.before
    while before is not None:
        told = looked(content, Wanted(text="needle"), most=most, end=before)
        assert told.before is None or told.before < before
        before = told.before
    assert events(told) == ["event 1"]


def test_a_line_without_an_end_is_cut_and_ends_the_search() -> None:
    content = b"first\n" + b"x" * 3_000_000
    told = looked(content)
    assert [len(one.raw) for one in told.lines] == [log_lines.LONGEST, 5]
    part = looked(content, most=1_000_000)
    assert part.lines == ()
    assert part.before is not None


def test_of_an_empty_file_there_is_nothing() -> None:
    assert looked(b"") == Found((), None)


def test_a_secret_shows_nowhere_in_a_line() -> None:
    secret = "sk-ant-api03-" + "a" * 40
    told = line_of(json.dumps({"event": secret, "request_id": "r", "why": secret, "exception": secret}).encode())
    assert secret not in str(told)
