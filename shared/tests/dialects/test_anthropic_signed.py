"""Reasoning comes back to whoever signed it, and to nobody else; every byte beside it stays."""

import json
from typing import Any

import pytest
from msgspec import Raw

from fairlead.shared.codec import peek
from fairlead.shared.dialects.anthropic.signed import Legible, SealedStream, legible, sealed_answer
from fairlead.shared.provenance import seal, unseal

KIMI = seal("kimi", "k-sig")


def thinking(signature: str) -> dict[str, Any]:
    return {"type": "thinking", "thinking": "hm", "signature": signature}


CALL = {"type": "tool_use", "id": "t1", "name": "ls", "input": {"a": 1.50}}
RESULT = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "fairlead1. is a mark"}]}


def body(*blocks: dict[str, Any], **fields: Any) -> bytes:
    messages = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": list(blocks)}, RESULT]
    return json.dumps({"model": "m", "messages": messages, **fields}).encode()


def read(sent: bytes, maker: str = "anthropic") -> Any:
    """What the last answer is for `maker`."""
    changes = legible(peek(sent), maker).changes
    raw = changes.get("messages", peek(sent)["messages"])
    assert raw is not None
    return json.loads(bytes(raw))


@pytest.mark.parametrize("block", [thinking("EqQB"), {"type": "redacted_thinking", "data": "EqQB"}])
def test_what_anthropic_has_signed_goes_to_it_without_a_change(block: dict[str, Any]) -> None:
    assert legible(peek(body(block, CALL)), "anthropic") == Legible()


@pytest.mark.parametrize(
    "block",
    [
        thinking(KIMI),
        thinking(seal("openai-responses", "x")),
        thinking("fairlead1.damaged"),
        thinking(""),
        {"type": "redacted_thinking", "data": KIMI},
    ],
)
def test_anthropic_is_not_sent_what_it_has_not_signed(block: dict[str, Any]) -> None:
    assert read(body(block, thinking("EqQB"), CALL))[1]["content"] == [thinking("EqQB"), CALL]


@pytest.mark.parametrize(
    ("block", "read_as"),
    [
        (thinking(KIMI), [thinking("k-sig")]),
        ({"type": "redacted_thinking", "data": KIMI}, [{"type": "redacted_thinking", "data": "k-sig"}]),
        (thinking(""), [thinking("")]),
        (thinking("EqQB"), []),
        (thinking(seal("glm", "x")), []),
        ({"type": "redacted_thinking", "data": "EqQB"}, []),
    ],
)
def test_another_maker_is_sent_what_it_has_signed_itself(block: dict[str, Any], read_as: list[Any]) -> None:
    assert read(body(block, CALL), "kimi")[1]["content"] == [*read_as, CALL]


def test_what_is_left_out_is_counted_and_what_is_opened_is_not() -> None:
    told = body(thinking(KIMI), {"type": "redacted_thinking", "data": KIMI}, thinking("EqQB"), CALL)
    assert [legible(peek(told), maker).lost for maker in ("anthropic", "kimi", "glm")] == [2, 1, 3]


def test_an_answer_of_which_nothing_is_left_goes() -> None:
    assert [message["role"] for message in read(body(thinking(KIMI)))] == ["user", "user"]


def test_every_byte_of_other_messages_and_blocks_stays() -> None:
    sent = b'{"messages":[{"role":"user", "content":"h\\u00e9"},{"content":[ {"type":"thinking","thinking":"","signature":"%b"},{"type":"text" ,"text":"\\u00e9 1.50"}],"role":"assistant"}]}'
    changes = legible(peek(sent % KIMI.encode()), "anthropic").changes
    assert changes["messages"] == Raw(
        b'[{"role":"user", "content":"h\\u00e9"},{"content":[{"type":"text" ,"text":"\\u00e9 1.50"}],"role":"assistant"}]'
    )


def test_a_budget_for_thinking_goes_with_the_thinking_that_began_the_turn() -> None:
    edits = [{"type": "clear_thinking_20251015", "keep": "all"}, {"type": "clear_tool_uses_20250919"}]
    asked = {"thinking": {"type": "enabled", "budget_tokens": 2048}, "context_management": {"edits": edits}}
    changes = legible(peek(body(thinking(KIMI), CALL, **asked)), "anthropic").changes
    assert changes["thinking"] is None
    assert json.loads(bytes(changes["context_management"] or b"")) == {"edits": edits[1:]}


@pytest.mark.parametrize(
    ("blocks", "mode"),
    [
        ((thinking(KIMI), CALL), "adaptive"),
        ((thinking(KIMI), thinking("EqQB"), CALL), "enabled"),
        ((thinking(KIMI), {"type": "text", "text": "done"}), "enabled"),
    ],
)
def test_thinking_goes_on_where_it_may(blocks: tuple[dict[str, Any], ...], mode: str) -> None:
    assert "thinking" not in legible(peek(body(*blocks, thinking={"type": mode})), "anthropic").changes


@pytest.mark.parametrize(
    "messages", [b"7", b'"signature"', b'["\\"signature\\":\\"\\"", "signature"]', b'[{"role":7}]']
)
def test_what_cannot_be_read_is_for_the_provider_to_refuse(messages: bytes) -> None:
    assert legible({"messages": Raw(messages)}, "kimi") == Legible()


STREAM = (
    b'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":'
    b'{"type":"thinking","thinking":"","signature":""}}\n\n'
    b'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":'
    b'{"type":"thinking_delta","thinking":"a \\"signature\\" 1.50"}}\n\n'
    b'event: content_block_delta\r\ndata:{"type":"content_block_delta","index":0,"delta":'
    b'{"type":"signature_delta","signature":"k-sig"} }\r\n\r\n'
    b'data: {"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"k-sig"}}\n\n'
    b'data: not JSON with a "signature"\n\ndata: half'
)
SEALED = STREAM.replace(b'"k-sig"', b'"%b"' % KIMI.encode())


def test_a_stream_is_the_same_but_for_its_signatures_however_it_is_cut() -> None:
    assert unseal(KIMI) == ("kimi", "k-sig")
    for cut in range(len(STREAM) + 1):
        stream = SealedStream("kimi", 10_000)
        assert stream.feed(STREAM[:cut]) + stream.feed(STREAM[cut:]) + stream.close() == SEALED


def test_a_line_without_an_end_is_not_held_for_ever() -> None:
    stream = SealedStream("kimi", 10)
    assert stream.feed(b"data: 0123456789") == b"data: 0123456789"


def test_a_whole_answer_is_the_same_but_for_its_signatures() -> None:
    answer = json.dumps({"id": "m", "content": [thinking("k-sig"), thinking(""), CALL], "usage": {"x": 1.50}}).encode()
    assert sealed_answer(answer, "kimi") == answer.replace(b'"k-sig"', b'"%b"' % KIMI.encode()).replace(b"}, {", b"},{")


@pytest.mark.parametrize("answer", [b'{"error":"signature"}', b'{"content":7,"a":"signature"}', b'"signature"', b""])
def test_what_is_no_answer_stays(answer: bytes) -> None:
    assert sealed_answer(answer, "kimi") == answer


DEEP = b"[" * 100_000 + b"]" * 100_000


@pytest.mark.parametrize(
    "block",
    [
        b'{"type":"thinking","signature":"\xab"}',
        b'{"type":"\xab","signature":"s"}',
        b'{"\xab":1,"signature":"s"}',
        b'{"signature":%b}' % DEEP,
        b'{"a":%b,"signature":"s"}' % DEEP,
    ],
    ids=["signature", "type", "name", "deep", "beside"],
)
def test_what_no_json_parser_reads_passes_for_the_reader_of_the_answer_to_tell(block: bytes) -> None:
    line = b'data: {"type":"content_block_start","content_block":%b}\n' % block
    assert SealedStream("kimi", 1_000_000).feed(line) == line
    answer = b'{"content":[%b]}' % block
    assert sealed_answer(answer, "kimi") == answer
