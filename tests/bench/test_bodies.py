import json

import pytest
from bench import bodies


@pytest.mark.parametrize(("label", "size", "messages"), [("136k", 136_000, 10), ("850k", 850_000, 200)])
def test_an_agents_body_has_its_size_its_tools_and_its_history(label: str, size: int, messages: int) -> None:
    encoded = bodies.agent(label, size, 0).encoded("m", stream=True)
    body = json.loads(encoded)
    assert size * 0.97 < len(encoded) < size * 1.03
    assert len(body["tools"]) == 25
    assert len(body["messages"]) > messages
    assert encoded.count(b"cache_control") == 3


def test_a_body_is_the_same_every_time_and_its_variants_differ_early() -> None:
    first, again, other = (bodies.agent("136k", 136_000, variant).encoded("m", stream=True) for variant in (0, 0, 1))
    assert first == again
    assert first[:2_000] != other[:2_000]


def test_every_call_is_answered_in_the_next_message() -> None:
    messages = bodies.agent("850k", 850_000, 2).fields["messages"]
    for asked, answered in zip(messages[2::2], messages[3::2], strict=True):
        calls = [block["id"] for block in asked["content"] if block["type"] == "tool_use"]
        assert calls
        assert [block["tool_use_id"] for block in answered["content"]] == calls
