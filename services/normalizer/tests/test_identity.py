"""A conversation keeps its id from turn to turn, and an answer from attempt to attempt."""

import json
import re
from typing import Any

import pytest

from fairlead.normalizer.identity import message_of, session_of
from fairlead.shared.codec import peek

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
FIRST = {"role": "user", "content": "hi"}
LATER = [{"role": "assistant", "content": "yes?"}, {"role": "user", "content": "more"}]


def session(headers: dict[str, str] | None = None, **body: Any) -> str:
    return session_of(headers or {}, peek(json.dumps(body).encode()), "req_1")


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"x-session-id": "abc"}, {}),
        ({"x-claude-code-session-id": "abc"}, {}),
        ({"session-id": "abc"}, {}),
        ({"x-session-id": "abc", "x-claude-code-session-id": "other"}, {"prompt_cache_key": "third"}),
        ({"x-session-id": "not an id"}, {"prompt_cache_key": "abc"}),
        ({}, {"metadata": {"user_id": "user_1_account__session_abc"}}),
        ({}, {"metadata": {"user_id": '{"device_id":"d","session_id":"abc"}'}}),
    ],
)
def test_an_id_that_the_client_gives_is_taken(headers: dict[str, str], body: dict[str, Any]) -> None:
    assert session(headers, **body) == "abc"


@pytest.mark.parametrize("turns", ["messages", "input", "contents"])
def test_without_one_it_is_made_of_how_the_conversation_begins(turns: str) -> None:
    made = session(**{turns: [FIRST]})
    assert UUID.fullmatch(made)
    assert session(**{turns: [FIRST, *LATER]}) == made
    assert session(**{turns: [LATER[1]]}) != made
    assert session(instructions="x", **{turns: [FIRST]}) != made


def test_a_prompt_among_the_messages_is_not_the_whole_beginning() -> None:
    prompt = {"role": "system", "content": "the same for all"}
    assert session(messages=[prompt, FIRST]) != session(messages=[prompt, LATER[1]])
    assert session(messages=[prompt, FIRST]) == session(messages=[prompt, FIRST, *LATER])


@pytest.mark.parametrize(
    "body", [{}, {"messages": 7}, {"metadata": 7}, {"metadata": {"user_id": "{"}}, {"input": "hi"}, {"messages": [7]}]
)
def test_whatever_a_body_holds_there_is_an_id(body: dict[str, Any]) -> None:
    assert UUID.fullmatch(session(**body))


def test_an_answer_has_the_clients_id_or_one_of_the_request() -> None:
    assert message_of({"x-assistant-message-id": "abc"}, "req_1") == "abc"
    assert UUID.fullmatch(message_of({}, "req_1"))
    assert message_of({}, "req_1") == message_of({}, "req_1") != message_of({}, "req_2")
