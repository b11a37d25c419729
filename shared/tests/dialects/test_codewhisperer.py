"""CodeWhisperer: how a conversation is told to it, and what its streams and errors mean."""

import json
from typing import Any

import pytest

from fairlead.shared.assembly import assemble
from fairlead.shared.codec import peek
from fairlead.shared.conversation import Finish, FinishReason, RedactedThinking, Text, Thinking, ToolCall, Usage
from fairlead.shared.dialect import Encoded
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.dialects.codewhisperer import CODEWHISPERER
from fairlead.shared.events import Ended, Event, Failed, Finished
from fairlead.shared.failure import FailureError, Kind
from fairlead.shared.profile import PLAIN, Profile, efforts
from fairlead.shared.sse import EventParser, ServerEvent

TOOL = {"name": "t", "description": "d", "input_schema": {"type": "object", "properties": {}}}
CALL = {"type": "tool_use", "id": "c1", "name": "t", "input": {"a": 1.5}}
RESULT = {"type": "tool_result", "tool_use_id": "c1", "content": "sunny"}


def user(*content: Any) -> dict[str, Any]:
    return {"role": "user", "content": list(content) if not isinstance(content[0], str) else content[0]}


def assistant(*content: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": list(content) if not isinstance(content[0], str) else content[0]}


def text(words: str) -> dict[str, str]:
    return {"type": "text", "text": words}


def encoded(*messages: dict[str, Any], profile: Profile = PLAIN, **fields: Any) -> Encoded:
    body = {"model": "m", "max_tokens": 9, "messages": list(messages), **fields}
    return CODEWHISPERER.encode_request(DIALECTS["anthropic"].decode_request(peek(json.dumps(body).encode())), profile)


def state(*messages: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return json.loads(encoded(*messages, **fields).body)["conversationState"]


def said(state: dict[str, Any]) -> list[tuple[str, str]]:
    """Who says what, in order."""
    messages = [*state["history"], state["currentMessage"]]
    return [(next(iter(one))[:4], next(iter(one.values()))["content"]) for one in messages]


def current(state: dict[str, Any]) -> dict[str, Any]:
    return state["currentMessage"]["userInputMessage"]


def losses(*messages: dict[str, Any], **fields: Any) -> set[str]:
    return {loss.what for loss in encoded(*messages, **fields).losses}


def test_a_question_is_the_current_message() -> None:
    told = state(user("hi"))
    assert current(told) == {"content": "hi", "modelId": "m", "origin": "AI_EDITOR"}
    assert (told["history"], told["chatTriggerType"]) == ([], "MANUAL")


def test_instructions_are_said_first_and_agreed_with() -> None:
    assert said(state(user("hi"), system="Be kind.")) == [("user", "Be kind."), ("assi", "OK"), ("user", "hi")]


def test_a_conversation_keeps_its_id_and_another_has_another() -> None:
    first, later = state(user("hi")), state(user("hi"), assistant("yes"), user("more"))
    assert first["conversationId"] == later["conversationId"]
    assert state(user("ho"))["conversationId"] != first["conversationId"]


def test_users_and_assistants_take_turns_whatever_comes() -> None:
    told = said(state(assistant("a"), assistant("b"), user("c"), user("d"), assistant("e")))
    assert told == [("user", "OK"), ("assi", "a\n\nb"), ("user", "c\n\nd"), ("assi", "e"), ("user", "OK")]
    assert "prefill" in losses(user("c"), assistant("e"))


def test_calls_and_results_stand_where_they_are_looked_for() -> None:
    told = state(user("hi"), assistant(text("well"), CALL), user(RESULT, text("and?")), tools=[TOOL])
    assert told["history"][1]["assistantResponseMessage"] == {
        "content": "well",
        "toolUses": [{"toolUseId": "c1", "name": "t", "input": {"a": 1.5}}],
    }
    assert current(told)["content"] == "and?"
    context = current(told)["userInputMessageContext"]
    assert context["toolResults"] == [{"toolUseId": "c1", "content": [{"text": "sunny"}], "status": "success"}]
    schema = {"json": {"type": "object", "properties": {}, "required": []}}
    assert context["tools"] == [{"toolSpecification": {"name": "t", "description": "d", "inputSchema": schema}}]


def test_a_result_alone_needs_no_words_and_a_call_alone_gets_some() -> None:
    told = said(state(user("hi"), assistant(CALL), user(RESULT), tools=[TOOL]))
    assert told == [("user", "hi"), ("assi", "OK"), ("user", "")]


def test_a_missing_result_is_an_error_and_one_too_many_is_text() -> None:
    missing = state(user("hi"), assistant(CALL), user("never mind"), tools=[TOOL])
    assert current(missing)["userInputMessageContext"]["toolResults"][0]["status"] == "error"
    orphan = state(user("hi"), assistant("yes"), user({**RESULT, "tool_use_id": "x"}))
    assert "sunny" in current(orphan)["content"]
    assert "toolResults" not in str(orphan)


def test_a_tool_that_was_called_is_declared_though_it_is_offered_no_more() -> None:
    told = state(user("hi"), assistant(CALL), user(RESULT))
    assert current(told)["userInputMessageContext"]["tools"][0]["toolSpecification"]["name"] == "t"


def test_pictures_go_along_as_data() -> None:
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}
    told = current(state(user(picture, text("what?"))))
    assert told["images"] == [{"format": "png", "source": {"bytes": "AAAA"}}]
    document = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "AAAA"}}
    assert "document" in losses(user(document, text("what?")))


def test_only_its_own_thoughts_go_back() -> None:
    foreign = {"type": "thinking", "thinking": "t", "signature": "of-claude"}
    assert "reasoningContent" not in str(state(user("hi"), assistant(foreign, text("a")), user("b")))
    assert "thinking" in losses(user("hi"), assistant(foreign, text("a")), user("b"))


def test_how_hard_to_think_is_told_to_those_that_are_known_to_listen() -> None:
    thinking = {"type": "adaptive"}
    effort = {"effort": "high"}
    steered = Profile(reasoning=("thinking",), efforts=efforts("low", "medium", "high"), thinks=True)
    body = json.loads(encoded(user("hi"), profile=steered, thinking=thinking, output_config=effort).body)
    assert body["additionalModelRequestFields"] == {"thinking": thinking, "output_config": effort}
    off = json.loads(encoded(user("hi"), profile=steered, thinking={"type": "disabled"}).body)
    assert off["additionalModelRequestFields"] == {"thinking": {"type": "disabled"}}
    assert "reasoning" in losses(user("hi"), thinking=thinking, output_config=effort)


def test_what_has_no_place_is_a_loss() -> None:
    lost = losses(user("hi"), temperature=0.5, stop_sequences=["x"], tools=[TOOL], tool_choice={"type": "any"})
    assert {"max_tokens", "temperature", "stop", "tool_choice"} <= lost


def test_the_same_request_gives_the_same_bytes() -> None:
    messages = (user("hi"), assistant(text("well"), CALL), user(RESULT))
    assert encoded(*messages, tools=[TOOL]).body == encoded(*messages, tools=[TOOL]).body


def sse(name: str, /, **payload: Any) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), json.dumps(payload).encode())


STREAM = (
    sse("messageMetadataEvent", conversationId="c", utteranceId="u")
    + sse("reasoningContentEvent", text="Let me ")
    + sse("reasoningContentEvent", text="see.")
    + sse("reasoningContentEvent", signature="sig")
    + sse("reasoningContentEvent", redactedContent="xyz")
    + sse("assistantResponseEvent", content="Hel")
    + sse("assistantResponseEvent", content="lo")
    + sse("followupPromptEvent", anything=1)
    + sse("toolUseEvent", toolUseId="1", name="t")
    + sse("toolUseEvent", toolUseId="1", name="t", input='{"a":')
    + sse("toolUseEvent", toolUseId="1", name="t", input="1}")
    + sse("toolUseEvent", toolUseId="1", name="t", stop=True)
    + sse("metadataEvent", tokenUsage={"uncachedInputTokens": 5, "outputTokens": 7, "cacheReadInputTokens": 2})
    + sse("meteringEvent", usage=0.1)
)


def decode(stream: bytes, *, close: bool = True) -> list[Event]:
    decoder, parser = CODEWHISPERER.stream_decoder(), EventParser()
    found = [event for one in parser.feed(stream) + parser.close() for event in decoder.feed(one)]
    return found + decoder.close() if close else found


def test_a_stream_is_a_message() -> None:
    message = assemble(decode(STREAM))
    assert message.id == "u"
    assert message.content == (
        Thinking("Let me see.", "sig", "codewhisperer"),
        RedactedThinking("xyz", "codewhisperer"),
        Text("Hello"),
        ToolCall("1", "t", '{"a":1}'),
    )
    assert message.finish.reason is FinishReason.TOOL_CALLS
    assert message.usage == Usage(input=5, cache_read=2, output=7)


@pytest.mark.parametrize(
    ("stream", "reason"),
    [
        (sse("assistantResponseEvent", content="a"), FinishReason.STOP),
        (
            sse("assistantResponseEvent", content="a") + sse("contextUsageEvent", contextUsagePercentage=100),
            FinishReason.CONTEXT_WINDOW,
        ),
        (
            sse("assistantResponseEvent", content="a") + sse("ContentLengthExceededException", message="long"),
            FinishReason.LENGTH,
        ),
    ],
)
def test_why_it_stopped_follows_from_what_came(stream: bytes, reason: FinishReason) -> None:
    assert decode(stream)[-2:] == [Finished(Finish(reason)), Ended()]


@pytest.mark.parametrize(
    "stream", [b"", sse("toolUseEvent", toolUseId="1", name="t") + sse("toolUseEvent", toolUseId="1", input='{"a')]
)
def test_an_end_before_an_answer_or_inside_a_call_is_a_cut(stream: bytes) -> None:
    last = decode(stream)[-1]
    assert isinstance(last, Failed)
    assert last.failure.kind is Kind.CUT


@pytest.mark.parametrize(
    ("stream", "kind"),
    [
        (sse("ThrottlingException", message="slow"), Kind.RATE_LIMIT),
        (sse("ThrottlingException", message="later", reason="INSUFFICIENT_MODEL_CAPACITY"), Kind.OVERLOADED),
        (sse("ThrottlingException", message="spent", reason="MONTHLY_REQUEST_COUNT"), Kind.BILLING),
        (sse("InternalServerException", message="Encountered unexpectedly high load"), Kind.OVERLOADED),
        (sse("invalidStateEvent", reason="INVALID_CONVERSATION_ID", message="odd"), Kind.BAD_REQUEST),
        (sse("UnknownException"), Kind.UPSTREAM),
        (b"event: assistantResponseEvent\ndata: {\n\n", Kind.MALFORMED),
        (b'event: toolUseEvent\ndata: {"toolUseId":7}\n\n', Kind.MALFORMED),
    ],
)
def test_a_stream_that_fails_says_why_and_nothing_after(stream: bytes, kind: Kind) -> None:
    events = decode(stream + sse("assistantResponseEvent", content="afterwards"))
    assert isinstance(events[-1], Failed)
    assert events[-1].failure.kind is kind
    assert "afterwards" not in str(events)


def test_events_nobody_knows_are_passed_over() -> None:
    decoder = CODEWHISPERER.stream_decoder()
    assert len(decoder.feed(ServerEvent("somethingNewEvent", b"?"))) == 1
    assert decoder.feed(ServerEvent("somethingNewEvent", b"?")) == []


@pytest.mark.parametrize(
    ("status", "body", "kind", "told"),
    [
        (
            400,
            {"__type": "x#ValidationException", "message": "m", "reason": "CONTENT_LENGTH_EXCEEDS_THRESHOLD"},
            Kind.CONTEXT_OVERFLOW,
            400,
        ),
        (400, {"message": "Input is too long."}, Kind.CONTEXT_OVERFLOW, 400),
        (400, {"message": "Improperly formed request."}, Kind.BAD_REQUEST, 400),
        (400, {"message": "m", "reason": "INVALID_MODEL_ID"}, Kind.NOT_FOUND, 404),
        (402, {"__type": "ServiceQuotaExceededException", "message": "m"}, Kind.BILLING, 402),
        (403, {"message": "The bearer token included in the request is invalid."}, Kind.AUTHENTICATION, 401),
        (403, {"message": "m", "reason": "TEMPORARILY_SUSPENDED"}, Kind.PERMISSION, 403),
        (429, {"message": "m", "reason": "DAILY_REQUEST_COUNT"}, Kind.BILLING, 402),
        (500, {"message": "m", "reason": "MODEL_TEMPORARILY_UNAVAILABLE"}, Kind.OVERLOADED, 529),
        (502, None, Kind.UPSTREAM, 500),
    ],
)
def test_errors_mean_what_their_reasons_say(status: int, body: dict[str, str] | None, kind: Kind, told: int) -> None:
    failure = CODEWHISPERER.decode_failure(status, json.dumps(body).encode() if body else b"<html>")
    assert (failure.kind, failure.http_status) == (kind, told)


def test_json_in_the_place_of_a_stream_is_an_error() -> None:
    with pytest.raises(FailureError, match="no"):
        CODEWHISPERER.decode_response(b'{"message":"no"}')
