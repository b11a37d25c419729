"""CodeWhisperer: what is read of a conversation, and what is refused about one."""

import json
from typing import Any

import pytest

from fairlead.simulator.dialects import Refusal
from fairlead.simulator.dialects.codewhisperer import request
from fairlead.simulator.turn import Turn

TOOL = {
    "toolSpecification": {"name": "t", "description": "d", "inputSchema": {"json": {"type": "object", "required": []}}}
}
CALL = {"assistantResponseMessage": {"content": "a", "toolUses": [{"toolUseId": "1", "name": "t", "input": {}}]}}
ANSWER = {"assistantResponseMessage": {"content": "a"}}
RESULT = {"toolUseId": "1", "content": [{"text": "ok"}], "status": "success"}


def user(content: str = "hi", **context: Any) -> dict[str, Any]:
    more = {"userInputMessageContext": context} if context else {}
    return {"userInputMessage": {"content": content, "modelId": "sim-text", "origin": "AI_EDITOR", **more}}


def read(*messages: dict[str, Any], strict: bool = True) -> Turn | Refusal:
    state = {
        "conversationId": "c",
        "chatTriggerType": "MANUAL",
        "currentMessage": messages[-1],
        "history": messages[:-1],
    }
    return request.read(json.dumps({"conversationState": state}).encode(), strict=strict)


def test_a_conversation_is_read_with_its_calls_and_results() -> None:
    turn = read(user("go"), CALL, user("", tools=[TOOL], toolResults=[RESULT]))
    assert isinstance(turn, Turn)
    assert (turn.model, turn.prompt, turn.stream) == ("sim-text", "go", True)
    assert [(call.name, call.result) for call in turn.rounds[0]] == [("t", "ok")]
    assert [tool.name for tool in turn.tools] == ["t"]


@pytest.mark.parametrize(
    "messages",
    [
        (user(), user()),
        (ANSWER, user()),
        (user(), {"assistantResponseMessage": {"content": ""}}, user()),
        (user(), CALL, user("x", tools=[TOOL])),
        (user(), CALL, user("x", toolResults=[RESULT])),
        (user(), ANSWER, user("x", toolResults=[RESULT])),
        (user(""),),
        (user("x", tools=[{"toolSpecification": {**TOOL["toolSpecification"], "name": "n" * 65}}]),),
        (user("x", tools=[{"toolSpecification": {**TOOL["toolSpecification"], "inputSchema": {"json": {}}}}]),),
    ],
)
def test_every_wrong_shape_is_refused_with_one_sentence_unless_that_is_lenient(messages: Any) -> None:
    assert read(*messages) == Refusal(400, "Improperly formed request.")
    assert isinstance(read(*messages, strict=False), Turn)


def test_a_thought_that_was_signed_elsewhere_is_refused() -> None:
    thought = {"reasoningText": {"text": "t", "signature": "foreign"}}
    foreign = {"assistantResponseMessage": {"content": "a", "reasoningContent": thought}}
    refused = read(user(), foreign, user())
    assert isinstance(refused, Refusal)
    assert refused.code == "THINKING_SIGNATURE_INVALID"


def test_what_is_no_conversation_is_refused() -> None:
    assert request.read(b"{}", strict=False) == Refusal(400, "Improperly formed request.")
    assert request.model(b"{}") == ""
