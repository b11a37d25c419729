"""Facts about peeking, splicing and refusing."""

import pytest
from msgspec import Raw

from fairlead.shared.codec import decode_field, encode, peek
from fairlead.shared.failure import FailureError, Kind


def refusal(body: bytes) -> str:
    with pytest.raises(FailureError) as caught:
        peek(body)
    assert caught.value.failure.kind is Kind.BAD_REQUEST
    return caught.value.failure.message


def test_fields_keep_their_text_and_their_order() -> None:
    fields = peek(b'{"b": [1, 2.0],\n "a" : "\\u00e9", "n": 1e3}')
    assert [(name, bytes(raw)) for name, raw in fields.items()] == [
        ("b", b"[1, 2.0]"),
        ("a", b'"\\u00e9"'),
        ("n", b"1e3"),
    ]


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"1", b"null"])
def test_a_body_that_is_no_object_is_refused(body: bytes) -> None:
    assert refusal(body) == "the request body must be a JSON object"


@pytest.mark.parametrize("body", [b"", b"{", b'{"a":}', b'{"a":1}x', b"\xff", b'{"\xff":1}', b'{"a":1,}'])
def test_a_body_that_is_not_json_is_refused(body: bytes) -> None:
    assert refusal(body).startswith("the request body is not valid JSON")


def test_a_body_that_is_missing_is_told_so() -> None:
    assert refusal(b"") == "the request body is not valid JSON: it is empty"


def nested(levels: int) -> bytes:
    return b'{"a":' + b"[" * (levels - 1) + b"]" * (levels - 1) + b"}"


def test_the_deepest_allowed_body_passes() -> None:
    assert "a" in peek(nested(128))


@pytest.mark.parametrize("levels", [129, 200, 5000, 200_000])
def test_a_deeper_body_is_refused(levels: int) -> None:
    assert refusal(nested(levels)) == "the request body is nested deeper than 128 levels"


@pytest.mark.parametrize("text", ["[" * 500, "{" * 500, '\\"' + "[" * 500, "\\\\", '["' * 300])
def test_brackets_inside_strings_do_not_count(text: str) -> None:
    assert "a" in peek(encode({"a": text, "b": [[1]]}))


def test_a_wrong_type_is_refused_with_the_path_of_the_value() -> None:
    with pytest.raises(FailureError) as caught:
        decode_field(Raw(b'[{"x":1},{"x":"y"}]'), list[dict[str, int]], "messages")
    assert caught.value.failure.message == "messages[1][]: Expected `int`, got `str`"
    assert caught.value.failure.param == "messages[1][]"


@pytest.mark.parametrize("before", [0, 65_535, 65_536, 200_000])
def test_a_character_is_read_wherever_a_large_body_is_cut_and_a_broken_one_is_told_by_its_place(before: int) -> None:
    head = b'{"a":"' + b"x" * before
    assert set(peek(head + "é€🙂".encode() + b'"}')) == {"a"}
    with pytest.raises(FailureError) as refused:
        peek(head + b"\xe2\x82" + b'"}')
    assert f"position {len(head)}-{len(head) + 1}" in refused.value.failure.message


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (rb'{"a": "\ud83d"}', "\\ud83d at byte 7 is half a character"),
        (rb'{"a": {"b": "\\\uDE00 x"}}', "\\uDE00 at byte 15 is half a character"),
        (rb'{"a": "\ud83d\ude00 \ud83d\u0041"}', "\\ud83d at byte 20 is half a character"),
        (rb'{"\ud800": 1}', "\\ud800 at byte 2 is half a character"),
    ],
)
def test_half_a_character_is_named_where_it_stands(body: bytes, told: str) -> None:
    with pytest.raises(FailureError, match=r"^the request body is not valid JSON: ") as refused:
        peek(body)
    assert told in refused.value.failure.message


@pytest.mark.parametrize("body", [rb'{"a": "\ud83d\ude00"}', rb'{"a": "\\ud83d"}'])
def test_whole_characters_and_written_backslashes_are_left_alone(body: bytes) -> None:
    assert list(peek(body)) == ["a"]
