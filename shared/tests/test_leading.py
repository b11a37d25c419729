"""Facts about instructions that stand before a conversation."""

import json
from typing import Any

import pytest

from fairlead.shared.codec import peek
from fairlead.shared.conversation import Base64Source, Image, Request, Text, Turn
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.leading import led
from fairlead.shared.profile import PLAIN

HELLO = Turn("user", (Text("hello"),))
BRIEF, SHOWN = Turn("developer", (Text("brief"),)), Turn("system", (Image(Base64Source("image/png", "AAAA")),))


def test_turns_that_instruct_before_anybody_speaks_are_instructions() -> None:
    request = Request("m", (BRIEF, BRIEF, HELLO, BRIEF), (Text("be good"),))
    assert led(request) == Request("m", (HELLO, BRIEF), (Text("be good"), Text("brief"), Text("brief")))


@pytest.mark.parametrize("turns", [(), (HELLO,), (HELLO, BRIEF), (SHOWN, BRIEF)])
def test_any_others_stay_where_they_stand(turns: tuple[Turn, ...]) -> None:
    request = Request("m", turns)
    assert led(request) is request


@pytest.mark.parametrize(
    ("dialect", "place", "written"),
    [
        ("anthropic", "system", [{"type": "text", "text": "brief"}]),
        ("gemini", "systemInstruction", {"parts": [{"text": "brief"}]}),
    ],
)
def test_a_leading_message_of_which_more_is_said_than_others_know_is_one_of_them(
    dialect: str, place: str, written: Any
) -> None:
    said = {"role": "developer", "content": "brief", "mood": 1}
    body = {"model": "m", "input": [said, {"role": "user", "content": "hello"}]}
    request = DIALECTS["openai-responses"].decode_request(peek(json.dumps(body).encode()))
    encoded = DIALECTS[dialect].encode_request(request, PLAIN)
    assert json.loads(encoded.body)[place] == written
    assert [loss.what for loss in encoded.losses] == ["mood"]
    again = json.loads(DIALECTS["openai-responses"].encode_request(request, PLAIN).body)["input"]
    assert again[0] == {"type": "message", **said, "content": [{"type": "input_text", "text": "brief"}]}
