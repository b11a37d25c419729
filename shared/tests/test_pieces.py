"""Read piece by piece a request has as many tokens as read whole, in every dialect; and never more than it has bytes."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw

from fairlead.shared.codec import peek
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.failure import FailureError
from fairlead.shared.pieces import PARTS, pieces_of
from fairlead.shared.surfaces import SURFACES
from fairlead.shared.tokens import TokenCounter

from .documented import BASES

COUNTER = TokenCounter()
CLIENTS = sorted(PARTS)

texts = st.text(max_size=12) | st.sampled_from(["one two three", "  \n\n ", "été", "a" * 40, '{"a": [1, 2]}'])
names = st.sampled_from(["read", "write", "web_search"])
ids = st.sampled_from(["call_1", "call_2", "call_3"])
PNG = "iVBORw0KGgo" * 4
SCHEMA = {"type": "object", "properties": {"path": {"type": "string", "description": "where"}}}


def made(**fields: Any) -> st.SearchStrategy[dict[str, Any]]:
    """An object: strategies for what varies, anything else as it is."""
    return st.fixed_dictionaries(
        {name: one if isinstance(one, st.SearchStrategy) else st.just(one) for name, one in fields.items()}
    )


def marked(block: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    marks = st.sampled_from(
        [{}, {"cache_control": {"type": "ephemeral"}}, {"cache_control": {"type": "ephemeral", "ttl": "1h"}}]
    )
    return st.builds(lambda one, mark: {**one, **mark}, block, marks)


def anthropic() -> st.SearchStrategy[dict[str, Any]]:
    text = marked(made(type="text", text=texts))
    image = made(type="image", source={"type": "base64", "media_type": "image/png", "data": PNG})
    document = made(
        type="document", source={"type": "text", "media_type": "text/plain", "data": "some words"}, title=texts
    )
    result = marked(made(type="tool_result", tool_use_id=ids, content=texts | st.lists(text | image, max_size=2)))
    call = marked(made(type="tool_use", id=ids, name=names, input=made(path=texts)))
    thinking = made(type="thinking", thinking=texts, signature="c2ln")
    unknown = made(type="of_tomorrow", field=texts)
    said = text | image | document | result | call | thinking | unknown
    message = made(role=st.sampled_from(["user", "assistant", "system"]), content=texts | st.lists(said, max_size=4))
    tools = st.lists(marked(made(name=names, description=texts, input_schema=SCHEMA)), max_size=2)
    return made(
        model="m", messages=st.lists(message, max_size=6), system=texts | st.lists(text, max_size=2), tools=tools
    )


def openai() -> st.SearchStrategy[dict[str, Any]]:
    text = made(type="text", text=texts)
    image = made(type="image_url", image_url={"url": f"data:image/png;base64,{PNG}"})
    content = texts | st.lists(text | image, max_size=3)
    call = made(id=ids, type="function", function=made(name=names, arguments=texts))
    plain = made(role=st.sampled_from(["system", "developer", "user"]), content=content)
    assistant = made(role="assistant", content=texts, tool_calls=st.lists(call, max_size=2))
    thinking = made(role="assistant", content=texts, reasoning_content=texts)
    odd = made(role="user", content=texts, of_tomorrow=texts)
    tool = made(role="tool", tool_call_id=ids, content=texts)
    tools = st.lists(made(type="function", function=made(name=names, description=texts, parameters=SCHEMA)), max_size=2)
    return made(model="m", messages=st.lists(plain | assistant | thinking | odd | tool, max_size=6), tools=tools)


def responses() -> st.SearchStrategy[dict[str, Any]]:
    asked = st.lists(
        made(type="input_text", text=texts) | made(type="input_image", image_url=f"data:image/png;base64,{PNG}"),
        max_size=3,
    )
    message = made(role=st.sampled_from(["user", "system", "developer"]), content=texts | asked)
    answer = made(type="message", role="assistant", content=st.lists(made(type="output_text", text=texts), max_size=2))
    reasoning = made(type="reasoning", summary=st.lists(made(type="summary_text", text=texts), max_size=2))
    call = made(type="function_call", call_id=ids, name=names, arguments=texts)
    custom = made(type="custom_tool_call", call_id=ids, name=names, input=texts)
    output = made(type="function_call_output", call_id=ids, output=texts)
    search = made(type="web_search_call", id=ids, status="completed", action=made(type="search", query=texts))
    unknown = made(type="of_tomorrow", field=texts)
    items = st.lists(message | answer | reasoning | call | custom | output | search | unknown, max_size=8)
    tools = st.lists(made(type="function", name=names, description=texts, parameters=SCHEMA), max_size=2)
    return made(model="m", input=texts | items, instructions=texts, tools=tools)


def gemini() -> st.SearchStrategy[dict[str, Any]]:
    text = made(text=texts)
    thought = made(text=texts, thought=True)
    image = made(inlineData={"mimeType": "image/png", "data": PNG})
    call = made(functionCall=made(name=names, args=made(path=texts)))
    result = made(functionResponse=made(name=names, response=made(output=texts)))
    parts = st.lists(text | thought | image | call | result, max_size=4)
    content = made(role=st.sampled_from(["model", "user", "function"]), parts=parts) | made(parts=parts) | texts
    tools = st.lists(
        made(functionDeclarations=st.lists(made(name=names, description=texts, parameters=SCHEMA))), max_size=1
    )
    return made(
        model="m",
        contents=st.lists(content, max_size=8) | content,
        systemInstruction=made(parts=st.lists(text, max_size=2)),
        tools=tools,
    )


BODIES = {"anthropic": anthropic(), "openai": openai(), "openai-responses": responses(), "gemini": gemini()}
PICTURE_TOKENS = 1_600


def counted(dialect: str, body: bytes) -> int:
    fields = peek(body)
    return sum(COUNTER.count(DIALECTS[dialect].decode_request(piece.fields)) for piece in pieces_of(dialect, fields))


def whole(dialect: str, body: bytes) -> int:
    return COUNTER.count(DIALECTS[dialect].decode_request(peek(body)))


@pytest.mark.parametrize("dialect", CLIENTS)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_request_has_the_tokens_of_its_pieces_and_not_more_than_its_bytes(dialect: str, data: st.DataObject) -> None:
    body = json.dumps(data.draw(BODIES[dialect]), separators=(",", ":"), ensure_ascii=False).encode()
    count = counted(dialect, body)
    assert count == whole(dialect, body)
    assert count <= len(body) + PICTURE_TOKENS * body.count(PNG.encode())


def test_every_dialect_that_clients_speak_is_here() -> None:
    assert set(PARTS) == set(BODIES) == {surface.dialect for surface in SURFACES if surface.dialect in DIALECTS}


@pytest.mark.parametrize("dialect", CLIENTS)
def test_a_longer_conversation_keeps_its_pieces(dialect: str) -> None:
    base = BASES[dialect]
    name = PARTS[dialect].conversation
    message = {"role": "user", "parts" if dialect == "gemini" else "content": [{"text": "x", "type": "text"}]}
    short, long = ({**base, name: [message] * times} for times in (2, 3))
    keys = [[piece.key for piece in pieces_of(dialect, peek(json.dumps(one).encode()))] for one in (short, long)]
    assert keys[1][:3] == keys[0]


@pytest.mark.parametrize("written", [{}, {"indent": 2}, {"separators": (",", ":")}])
@pytest.mark.parametrize("where", range(4))
def test_a_cache_mark_is_found_in_any_message_however_the_body_is_written(where: int, written: dict[str, Any]) -> None:
    def pieces(*, marked: bool) -> list[bytes]:
        blocks: list[dict[str, Any]] = [{"type": "text", "text": "x" * 9 * number} for number in range(4)]
        if marked:
            blocks[where]["cache_control"] = {"type": "ephemeral", "ttl": "1h"}
        body = {"messages": [{"role": "user", "content": [block]} for block in blocks]}
        fields = peek(json.dumps(body, **written).encode())
        return [
            b"".join(map(bytes, piece.said or ())).translate(None, b" \n,") for piece in pieces_of("anthropic", fields)
        ]

    assert pieces(marked=True) == pieces(marked=False)


def test_a_cache_mark_that_moves_makes_no_piece_new() -> None:
    marked_, plain = (
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "x", **mark}]}]}
        for mark in ({"cache_control": {"type": "ephemeral"}}, {})
    )
    first, second = (pieces_of("anthropic", peek(json.dumps(one).encode())) for one in (marked_, plain))
    assert [piece.key for piece in first] == [piece.key for piece in second]


def test_the_same_text_elsewhere_is_another_piece() -> None:
    keys = {
        pieces_of("anthropic", peek(b'{"system":[],"messages":[[]]}'))[1].key,
        pieces_of("openai", peek(b'{"messages":[[]]}'))[1].key,
        pieces_of("anthropic", peek(b'{"system":[[]],"messages":[]}'))[0].key,
        pieces_of("anthropic", peek(b'{"tools":[[]],"messages":[]}'))[0].key,
    }
    assert len(keys) == 4


@pytest.mark.parametrize("dialect", PARTS)
def test_a_request_without_a_conversation_is_refused_where_that_is_no_request(dialect: str) -> None:
    without, empty = ({"tools": Raw(b"[]")}, {"tools": Raw(b"[]"), PARTS[dialect].conversation: Raw(b"[]")})
    (piece,) = pieces_of(dialect, without)
    assert piece.key != pieces_of(dialect, empty)[0].key
    assert outcome(dialect, piece.fields) == outcome(dialect, {"model": Raw(b'"m"'), **without})


def outcome(dialect: str, fields: dict[str, Raw]) -> str:
    try:
        return repr(DIALECTS[dialect].decode_request(fields))
    except FailureError as error:
        return error.failure.message


def test_sizes_are_those_of_what_was_sent() -> None:
    body = b'{"model":"m","system":"be brief","messages":[ {"role":"user","content":"x"} , 7 ]}'
    assert [piece.size for piece in pieces_of("anthropic", peek(body))] == [10, 29, 1]
