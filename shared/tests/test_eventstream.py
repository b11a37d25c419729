"""Amazon's event stream: any cut gives the same messages, and no bit of them changes unnoticed."""

import struct
from binascii import unhexlify
from contextlib import suppress
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.shared.eventstream import (
    EventMessage,
    EventStreamError,
    MessageParser,
    Timestamp,
    TruncatedError,
    Uuid,
    Value,
)

EMPTY = unhexlify("000000100000000005c248eb7d98c8ff")
PLAIN = unhexlify("0000001d00000000fd528c5a") + b"{'foo':'bar'}" + unhexlify("c3653936")
"""Vectors that Amazon's own clients are tested by."""

Header = tuple[str, int, Value]


def header(name: str, kind: int, value: Value) -> bytes:
    if isinstance(value, Timestamp):
        coded = struct.pack(">q", value.milliseconds)
    elif isinstance(value, Uuid):
        coded = value.octets
    elif isinstance(value, bool):
        coded = b""
    elif isinstance(value, int):
        coded = value.to_bytes({2: 1, 3: 2, 4: 4, 5: 8}[kind], "big", signed=True)
    else:
        octets = value.encode() if isinstance(value, str) else value
        coded = struct.pack(">H", len(octets)) + octets
    return bytes([len(name.encode())]) + name.encode() + bytes([kind]) + coded


def message(headers: list[Header], payload: bytes) -> bytes:
    return raw(b"".join(header(*one) for one in headers), payload)


def raw(headers: bytes, payload: bytes) -> bytes:
    lengths = struct.pack(">II", len(headers) + len(payload) + 16, len(headers))
    body = lengths + struct.pack(">I", crc32(lengths)) + headers + payload
    return body + struct.pack(">I", crc32(body))


CHUNK: list[Header] = [(":message-type", 7, "event"), (":event-type", 7, "chunk")]
EVERY: list[Header] = [
    ("yes", 0, True),
    ("no", 1, False),
    ("byte", 2, -128),
    ("short", 3, -2),
    ("int", 4, 2**31 - 1),
    ("long", 5, -(2**63)),
    ("octets", 6, b"\x00\xff"),
    ("text", 7, "grün"),
    ("moment", 8, Timestamp(1_700_000_000_000)),
    ("id", 9, Uuid(bytes(range(16)))),
]
STREAM = message(EVERY, b"first") + EMPTY + message(CHUNK, b"{}") + PLAIN
MESSAGES = [
    EventMessage({name: value for name, _, value in EVERY}, b"first"),
    EventMessage({}, b""),
    EventMessage({":message-type": "event", ":event-type": "chunk"}, b"{}"),
    EventMessage({}, b"{'foo':'bar'}"),
]


def read(*chunks: bytes) -> list[EventMessage]:
    parser = MessageParser()
    messages = [one for chunk in chunks for one in parser.feed(chunk)]
    parser.close()
    return messages


def test_headers_of_every_type_are_read() -> None:
    assert read(STREAM) == MESSAGES


def test_the_published_checksums_are_ours() -> None:
    chunk = message(CHUNK, b"{}")
    assert (len(chunk), chunk[8:12].hex(), chunk[-4:].hex()) == (60, "da484338", "c864b750")


def test_a_header_is_asked_for_as_text() -> None:
    first = MESSAGES[0]
    assert (first.text("text"), first.text("int"), first.text("none")) == ("grün", "", "")


def test_every_split_gives_the_same_messages() -> None:
    for at in range(len(STREAM) + 1):
        assert read(STREAM[:at], STREAM[at:]) == MESSAGES


def test_byte_by_byte_gives_the_same_messages() -> None:
    assert read(*(STREAM[at : at + 1] for at in range(len(STREAM)))) == MESSAGES


def test_every_cut_gives_the_messages_before_it_and_is_noticed_inside_one() -> None:
    boundaries, at = {0}, 0
    for one in (message(EVERY, b"first"), EMPTY, message(CHUNK, b"{}"), PLAIN):
        at += len(one)
        boundaries.add(at)
    for cut in range(len(STREAM)):
        parser = MessageParser()
        messages = parser.feed(STREAM[:cut])
        assert messages == MESSAGES[: len(messages)]
        if cut in boundaries:
            parser.close()
        else:
            with pytest.raises(TruncatedError):
                parser.close()


@pytest.mark.parametrize("small", [EMPTY, PLAIN, message(CHUNK, b"{}"), message(EVERY, b"x")])
def test_every_flipped_bit_is_noticed(small: bytes) -> None:
    for bit in range(len(small) * 8):
        flipped = bytearray(small)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(EventStreamError):
            read(bytes(flipped))


def test_what_came_whole_before_a_broken_message_is_told() -> None:
    parser = MessageParser()
    with pytest.raises(EventStreamError) as broken:
        parser.feed(EMPTY + PLAIN + b"\x00" * 16)
    assert broken.value.before == [MESSAGES[1], MESSAGES[3]]


def test_a_length_is_not_believed_before_its_checksum_is_right() -> None:
    huge = struct.pack(">III", 0xFFFFFFFF, 0, 0)
    with pytest.raises(EventStreamError, match="lengths"):
        MessageParser().feed(huge)


def lengths(total: int, headers: int) -> bytes:
    prelude = struct.pack(">II", total, headers)
    return prelude + struct.pack(">I", crc32(prelude))


@pytest.mark.parametrize(
    ("prelude", "said"),
    [
        (lengths(16 + 101, 0), "larger than 100 bytes"),
        (lengths(0xFFFFFFFF, 0), "larger than 100 bytes"),
        (lengths(200 * 1024, 128 * 1024 + 1), "headers"),
        (lengths(15, 0), "shorter"),
        (lengths(20, 5), "shorter"),
    ],
)
def test_lengths_out_of_bounds_are_refused_before_anything_is_kept(prelude: bytes, said: str) -> None:
    with pytest.raises(EventStreamError, match=said):
        MessageParser(limit=100).feed(prelude)


def test_a_payload_at_the_limit_is_taken() -> None:
    assert MessageParser(limit=100).feed(raw(b"", b"x" * 100)) == [EventMessage({}, b"x" * 100)]


@pytest.mark.parametrize(
    "headers",
    [
        b"\x01a\x0a",
        b"\x01a",
        b"\x05a",
        b"\x01a\x07\x00\x05abc",
        b"\x01a\x05\x00",
        b"\x01a\x09" + b"x" * 15,
        b"\x00\x00",
        b"\x01a\x00\x01a\x01",
        b"\x01\xff\x00",
        b"\x01a\x07\x00\x01\xff",
    ],
)
def test_headers_that_are_none_are_refused(headers: bytes) -> None:
    with pytest.raises(EventStreamError, match="header"):
        MessageParser().feed(raw(headers, b""))


VALUES = st.one_of(
    st.booleans().map(lambda value: (0 if value else 1, value)),
    st.integers(-(2**7), 2**7 - 1).map(lambda value: (2, value)),
    st.integers(-(2**63), 2**63 - 1).map(lambda value: (5, value)),
    st.binary(max_size=40).map(lambda value: (6, value)),
    st.text(max_size=40).map(lambda value: (7, value)),
    st.integers(-(2**63), 2**63 - 1).map(lambda value: (8, Timestamp(value))),
    st.binary(min_size=16, max_size=16).map(lambda value: (9, Uuid(value))),
)
NAMES = st.text(min_size=1, max_size=20).filter(lambda name: len(name.encode()) < 256)


@given(st.lists(st.tuples(st.dictionaries(NAMES, VALUES, max_size=4), st.binary(max_size=80)), max_size=4), st.data())
def test_whatever_is_written_is_read_however_it_is_cut(
    written: list[tuple[dict[str, tuple[int, Value]], bytes]], data: st.DataObject
) -> None:
    stream = b"".join(message([(name, *one) for name, one in headers.items()], payload) for headers, payload in written)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=5)))
    chunks = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    expected = [EventMessage({name: one[1] for name, one in headers.items()}, payload) for headers, payload in written]
    assert read(*chunks) == expected


@given(st.binary(max_size=200), st.booleans())
def test_arbitrary_bytes_are_refused_or_waited_for_and_nothing_else(noise: bytes, framed: bool) -> None:
    with suppress(EventStreamError):
        read(raw(noise, b"") if framed else noise)
