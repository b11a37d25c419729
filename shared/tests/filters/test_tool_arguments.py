"""Facts about arguments that are nearly JSON."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.shared.conversation import Finish, FinishReason, Message, ToolCall, Usage
from fairlead.shared.filters import message_through
from fairlead.shared.filters.tool_arguments import MendedArguments, mended


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('{"a": 1}', {"a": 1}),
        ("", {}),
        ("{'a': 'b'}", {"a": "b"}),
        ('{"a": 1,}', {"a": 1}),
        ("{a: 1}", {"a": 1}),
        ('{"a": {"b": [1, 2', {"a": {"b": [1, 2]}}),
        ('{"a": "cut', {"a": "cut"}),
        ('{"a": "q\\"x', {"a": 'q"x'}),
    ],
)
def test_what_can_be_understood_is_mended(written: str, meant: object) -> None:
    assert json.loads(mended(written)) == meant


@pytest.mark.parametrize("written", ["no json", "[1]", '{"a": }', "}{"])
def test_what_cannot_stays_as_it_was_written(written: str) -> None:
    assert mended(written) == written


@given(st.dictionaries(st.text(), st.recursive(st.none() | st.text() | st.integers(-(10**9), 10**9), st.lists)))
def test_valid_arguments_keep_every_byte(arguments: dict[str, object]) -> None:
    text = json.dumps(arguments, indent=1)
    assert mended(text) == text


@given(st.text(alphabet="{}[]\",:'a1 \\", max_size=40))
def test_any_text_gives_a_text(text: str) -> None:
    mended(text)


def test_a_call_is_told_with_its_mended_arguments() -> None:
    call = ToolCall("c", "f", "{'a':1}")
    message = Message("i", "m", (call,), Finish(FinishReason.TOOL_CALLS), Usage())
    assert message_through([MendedArguments()], message).content == (ToolCall("c", "f", '{"a":1}'),)
