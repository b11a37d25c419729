"""Facts about the event parser, each also shown with the stream split at every byte."""

import json

import pytest

from fairlead.shared.sse import (
    EventParser,
    EventTooLargeError,
    ServerEvent,
    encode_comment,
    encode_event,
    without_unicode_line_ends,
)

CASES = {
    "data alone": (b"data: a\n\n", [ServerEvent("", b"a")]),
    "a name and data": (b"event: ping\ndata: {}\n\n", [ServerEvent("ping", b"{}")]),
    "two events": (b"data: a\n\ndata: b\n\n", [ServerEvent("", b"a"), ServerEvent("", b"b")]),
    "data lines are joined by a newline": (b"data: a\ndata: b\n\n", [ServerEvent("", b"a\nb")]),
    "carriage returns and line feeds": (b"event: x\r\ndata: a\r\n\r\n", [ServerEvent("x", b"a")]),
    "bare carriage returns": (b"event: x\rdata: a\r\r", [ServerEvent("x", b"a")]),
    "mixed line ends": (b"event: x\rdata: a\r\n\ndata: b\n\r\n", [ServerEvent("x", b"a"), ServerEvent("", b"b")]),
    "a byte order mark": (b"\xef\xbb\xbfdata: a\n\n", [ServerEvent("", b"a")]),
    "comments are skipped": (b": hi\n\ndata: a\n: there\n\n", [ServerEvent("", b"a")]),
    "no space after the colon": (b"event:x\ndata:a\n\n", [ServerEvent("x", b"a")]),
    "only one space is dropped": (b"data:  a\n\n", [ServerEvent("", b" a")]),
    "fields of no interest": (b"id: 7\nretry: 10\nnew: x\ndata: a\n\n", [ServerEvent("", b"a")]),
    "an event without data is none": (b"event: x\n\ndata: a\n\n", [ServerEvent("", b"a")]),
    "a field without a colon": (b"data\n\n", [ServerEvent("", b"")]),
    "extra blank lines": (b"\n\n\ndata: a\n\n\n\ndata: b\n\n", [ServerEvent("", b"a"), ServerEvent("", b"b")]),
    "a character of several bytes": ("data: é漢🎣\n\n".encode(), [ServerEvent("", "é漢🎣".encode())]),
    "a last event without its blank line": (b"data: a\n\ndata: b", [ServerEvent("", b"a"), ServerEvent("", b"b")]),
    "a last line with its line end": (b"data: a\n", [ServerEvent("", b"a")]),
    "the last name wins": (b"event: x\nevent: y\ndata: a\n\n", [ServerEvent("y", b"a")]),
    "nothing": (b"", []),
}


def parse(*chunks: bytes, limit: int = 1000) -> list[ServerEvent]:
    parser = EventParser(limit)
    events = [event for chunk in chunks for event in parser.feed(chunk)]
    return events + parser.close()


@pytest.mark.parametrize(("stream", "events"), CASES.values(), ids=CASES)
def test_a_stream_is_read(stream: bytes, events: list[ServerEvent]) -> None:
    assert parse(stream) == events


@pytest.mark.parametrize(("stream", "events"), CASES.values(), ids=CASES)
def test_a_split_at_any_byte_changes_nothing(stream: bytes, events: list[ServerEvent]) -> None:
    for at in range(len(stream) + 1):
        assert parse(stream[:at], stream[at:]) == events, at


@pytest.mark.parametrize(("stream", "events"), CASES.values(), ids=CASES)
def test_a_byte_at_a_time_changes_nothing(stream: bytes, events: list[ServerEvent]) -> None:
    assert parse(*(stream[at : at + 1] for at in range(len(stream)))) == events


def test_an_event_is_delivered_as_soon_as_its_blank_line_is_there() -> None:
    parser = EventParser()
    assert parser.feed(b"data: a\n") == []
    assert parser.feed(b"\n") == [ServerEvent("", b"a")]


def test_a_carriage_return_ends_an_event_without_waiting_for_a_line_feed() -> None:
    parser = EventParser()
    assert parser.feed(b"data: a\r\n\r") == [ServerEvent("", b"a")]
    assert parser.feed(b"\ndata: b\n\n") == [ServerEvent("", b"b")]


def test_an_object_that_is_no_event_is_one_for_who_wants_it() -> None:
    stream = b': hi\n\ndata: a\n\n{"error":\n "b"}\n\ndata: c\n\n{"error": "d"}\n'
    parser = EventParser(bare_json=True)
    told = [event.data for event in parser.feed(stream) + parser.close()]
    assert told == [b"a", b'{"error":\n "b"}', b"c", b'{"error": "d"}']
    assert [event.data for event in parse(stream)] == [b"a", b"c"]


def test_it_tells_whether_something_may_be_written_in_between() -> None:
    parser = EventParser()
    assert parser.between_events
    parser.feed(b"data: a\n")
    assert not parser.between_events
    parser.feed(b"\n")
    assert parser.between_events


@pytest.mark.parametrize("whole", [True, False])
def test_an_event_over_the_limit_is_refused(whole: bool) -> None:
    stream = b"data: " + b"x" * 200 + (b"\n\n" if whole else b"")
    with pytest.raises(EventTooLargeError, match="100 bytes"):
        parse(stream, limit=100)


def test_many_events_together_may_exceed_the_limit_of_one() -> None:
    assert len(parse(b"data: 12345678\n\n" * 100, limit=20)) == 100


def test_a_large_event_in_small_reads_arrives_whole() -> None:
    parser = EventParser(10_000_000)
    piece = b"x" * 1000
    parser.feed(b"data: ")
    for _ in range(2000):
        assert parser.feed(piece) == []
    assert parser.feed(b"\n\n") == [ServerEvent("", piece * 2000)]


def test_an_encoded_event_reads_back() -> None:
    assert parse(encode_event(b'{"a":1}', "message_start")) == [ServerEvent("message_start", b'{"a":1}')]
    assert parse(encode_event(b"[DONE]")) == [ServerEvent("", b"[DONE]")]


def test_a_comment_is_no_event() -> None:
    assert parse(encode_comment("keepalive")) == []


def test_bytes_that_are_no_text_are_replaced_and_a_character_cut_in_two_is_not() -> None:
    assert parse(b"data: a\xffb\n\n") == [ServerEvent("", "a\ufffdb".encode())]
    parser = EventParser()
    fish = "data: 🎣\n\n".encode()
    assert parser.feed(fish[:8]) + parser.feed(fish[8:]) == [ServerEvent("", "🎣".encode())]


def test_clients_that_cut_lines_where_python_does_get_whole_ones() -> None:
    text = "a\x85b\u2028c\u2029d \u201cquoted\u201d \xe9 \U0001f600"
    event = encode_event(json.dumps({"text": text}, ensure_ascii=False).encode())
    sent = without_unicode_line_ends(event)
    assert len(sent.decode().splitlines()) == 2
    assert json.loads(sent.removeprefix(b"data: ")) == {"text": text}


def test_events_without_such_line_ends_are_left_alone() -> None:
    event = 'data: {"text":"\u201cquoted\u201d \xe9"}\n\n'.encode()
    assert without_unicode_line_ends(event) == event
