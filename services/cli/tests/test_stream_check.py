"""What is a good stream, and what is said of others."""

import json
from typing import Any

import pytest

from fairlead.cli.stream_check import fault_of


def stream(*events: dict[str, Any]) -> bytes:
    return "".join(f"event: {one['type']}\ndata: {json.dumps(one)}\n\n" for one in events).encode()


START = {"type": "message_start", "message": {}}
END = ({"type": "message_delta", "delta": {}}, {"type": "message_stop"})


def block(index: int) -> tuple[dict[str, Any], ...]:
    return tuple({"type": f"content_block_{one}", "index": index} for one in ("start", "delta", "stop"))


GOOD = stream(START, {"type": "ping"}, *block(0), *block(1), *END)


def test_a_good_one_is_good_however_its_lines_end() -> None:
    assert fault_of(GOOD) is None
    assert fault_of(GOOD.replace(b"\n", b"\r\n")) is None


def test_one_that_is_cut_anywhere_before_its_last_event_is_none() -> None:
    last = len(stream(END[1]))
    assert [cut for cut in range(len(GOOD) - last) if fault_of(GOOD[:cut]) is None] == []


@pytest.mark.parametrize(
    ("events", "fault"),
    [
        ((START, *END), "it holds nothing"),
        ((*block(0),), "event 1, content_block_start, may not come there"),
        ((START, block(0)[0], *block(1)), "event 3, content_block_start, may not come there"),
        ((START, *block(1), *END), "event 2, content_block_start, is of block 1 where 0 is open"),
        (
            (START, block(0)[0], {**block(0)[1], "index": 3}),
            "event 3, content_block_delta, is of block 3 where 0 is open",
        ),
        ((START, {"type": "new_event"}), "event 2, new_event, may not come there"),
        ((START, {"type": "error", "error": {"message": "busy"}}), "it ends in an error: busy"),
        ((START, *block(0), *END, *block(1)), "event 7, content_block_start, may not come there"),
    ],
)
def test_what_is_wrong_is_named(events: tuple[dict[str, Any], ...], fault: str) -> None:
    assert fault_of(stream(*events)) == fault


def test_a_page_is_no_stream() -> None:
    assert fault_of(b"<html>") == "it breaks off before its end"
    assert (fault_of(b"data: <html>\n\n") or "").startswith("it cannot be read")
