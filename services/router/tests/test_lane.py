"""A request on its two ways to the normalizer."""

import json
from typing import Any

import pytest

from fairlead.router.lane import CHAT_PATH, Asked, Crossing
from fairlead.shared import codec
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.failure import FailureError, Kind
from fairlead.shared.surfaces import SURFACES

from .bodies import claude_code

ANTHROPIC, CHAT = DIALECTS["anthropic"], DIALECTS["openai"]
MESSAGES = next(one for one in SURFACES if one.path == "/v1/messages")
STREAMED_GEMINI = next(one for one in SURFACES if one.dialect == "gemini" and one.names_model_in_path)


def crossing(query: str = "beta=true", **changed: Any) -> Crossing:
    body = json.dumps(claude_code(**changed)).encode()
    return Crossing(ANTHROPIC, CHAT, Asked(MESSAGES, query, codec.peek(body), body, stream=True))


def test_the_same_dialect_crosses_as_it_came() -> None:
    sent = crossing().written("p,m", "anthropic")
    assert (sent.target, sent.source, sent.native) == ("/v1/messages?beta=true", ANTHROPIC, True)
    model = json.dumps(claude_code()["model"])
    assert sent.body == json.dumps(claude_code()).replace(f'"model": {model}', '"model": "p,m"').encode()


def test_without_a_query_there_is_no_question_mark() -> None:
    assert crossing("").native("p,m").target == "/v1/messages"


@pytest.mark.parametrize("dialect", ["openai", "gemini", None])
def test_any_other_dialect_crosses_as_chat(dialect: str | None) -> None:
    sent = crossing().written("p,m", dialect)
    assert (sent.target, sent.source, sent.native) == (CHAT_PATH, CHAT, False)
    assert json.loads(sent.body)["model"] == "p,m"


@pytest.mark.parametrize("dialect", ["anthropic", "gemini", None])
def test_a_client_of_chat_is_written_for_by_the_normalizer_alone(dialect: str | None) -> None:
    body = b'{"model": "x", "messages": [{"role":"user","content":"hi"}], "mine": 1}'
    surface = next(one for one in SURFACES if one.path == CHAT_PATH)
    sent = Crossing(CHAT, CHAT, Asked(surface, "", codec.peek(body), body, stream=True)).written("p,m", dialect)
    assert (sent.target, sent.source, sent.native) == (CHAT_PATH, CHAT, True)
    assert sent.body == body.replace(b'"x"', b'"p,m"')


def test_what_crosses_as_chat_says_the_same_when_it_is_read_again() -> None:
    made = crossing()
    again = CHAT.decode_request(codec.peek(made.translated("my-model").body))
    assert again.turns == made.decoded.turns
    assert [tool.name for tool in again.tools] == [tool.name for tool in made.decoded.tools]  # type: ignore[union-attr]
    assert (again.max_tokens, again.stream, again.reasoning.effort) == (32000, True, "high")


def test_a_request_is_written_for_any_number_of_targets() -> None:
    made = crossing()
    assert made.decoded is made.decoded
    first, second = made.translated("p,a").body, made.translated("p,b").body
    assert first.replace(b"p,a", b"p,b") == second


def test_what_cannot_be_read_can_only_cross_as_it_came() -> None:
    made = crossing(tools=[{"name": 5}])
    assert json.loads(made.native("p,m").body)["tools"] == [{"name": 5}]
    with pytest.raises(FailureError) as refused:
        made.translated("p,m")
    assert refused.value.failure.kind is Kind.BAD_REQUEST


@pytest.mark.parametrize(("stream", "action"), [(True, "streamGenerateContent?alt=sse"), (False, "generateContent")])
def test_a_model_in_the_path_is_exchanged_there_and_the_body_keeps_every_byte(stream: bool, action: str) -> None:
    body = b'{ "contents" : [ {"role":"user","parts":[{"text":"hi"}]} ] }'
    named = {"model": "gemini-3", "action": action.partition("?")[0]}
    fields = STREAMED_GEMINI.fields(named, codec.peek(body))
    made = Crossing(ANTHROPIC, CHAT, Asked(STREAMED_GEMINI, "alt=sse", fields, body, stream))
    sent = made.native("google,gemini-3")
    assert (sent.target, sent.body) == (f"/v1beta/models/google%2Cgemini-3:{action}", body)
