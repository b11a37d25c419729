"""Reads a conversation as CodeWhisperer takes it, or refuses it as it does: with one sentence for every wrong shape."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from ...script import Thinking, is_own
from ...turn import Story, Tool, Turn, sizes
from ..dialect import Refusal

IMPROPER = "Improperly formed request."
_LONGEST_NAME = 64


class _Json(msgspec.Struct):
    json: dict[str, Any]


class _Specification(msgspec.Struct, rename="camel"):
    name: str
    description: str
    input_schema: _Json


class _Tool(msgspec.Struct, rename="camel"):
    tool_specification: _Specification


class _Result(msgspec.Struct, rename="camel"):
    tool_use_id: str
    content: list[dict[str, Any]]
    status: str


class _Context(msgspec.Struct, rename="camel"):
    tools: list[_Tool] = []
    tool_results: list[_Result] = []


class _User(msgspec.Struct, rename="camel"):
    content: str
    model_id: str
    origin: str
    images: list[dict[str, Any]] = []
    user_input_message_context: _Context | None = None

    @property
    def context(self) -> _Context:
        return self.user_input_message_context or _Context()


class _Use(msgspec.Struct, rename="camel"):
    tool_use_id: str
    name: str
    input: dict[str, Any]


class _Text(msgspec.Struct):
    text: str
    signature: str


class _Reasoning(msgspec.Struct, rename="camel"):
    reasoning_text: _Text | None = None
    redacted_content: str | None = None


class _Assistant(msgspec.Struct, rename="camel"):
    content: str
    tool_uses: list[_Use] = []
    reasoning_content: _Reasoning | None = None


class _Said(msgspec.Struct, rename="camel"):
    user_input_message: _User | None = None
    assistant_response_message: _Assistant | None = None


class _Current(msgspec.Struct, rename="camel"):
    user_input_message: _User


class _State(msgspec.Struct, rename="camel"):
    conversation_id: str
    chat_trigger_type: str
    current_message: _Current
    history: list[_Said] = []

    @property
    def messages(self) -> list[_User | _Assistant]:
        said = [one.user_input_message or one.assistant_response_message for one in self.history]
        return [*(one for one in said if one is not None), self.current_message.user_input_message]


class _Body(msgspec.Struct, rename="camel"):
    conversation_state: _State


def model(body: bytes) -> str:
    """The model named by the last message, or ""."""
    try:
        state = msgspec.json.decode(body, type=_Body).conversation_state
    except msgspec.DecodeError:
        return ""
    return state.current_message.user_input_message.model_id


def read(body: bytes, *, strict: bool) -> Turn | Refusal:
    """The turn, or the refusal: always 400 here."""
    try:
        state = msgspec.json.decode(body, type=_Body).conversation_state
    except msgspec.DecodeError:
        return Refusal(400, IMPROPER)
    if strict and next(_faults(state), None) is not None:
        return Refusal(400, IMPROPER)
    if strict and not all(map(_is_signed_here, state.messages)):
        return Refusal(400, "The signature of a thought is invalid.", code="THINKING_SIGNATURE_INVALID")
    return _turn(state)


def _faults(state: _State) -> Iterator[str]:
    messages = state.messages
    if any(isinstance(one, _User) is not (at % 2 == 0) for at, one in enumerate(messages)):
        yield "users and assistants do not take turns"
    declared = {tool.tool_specification.name for tool in state.current_message.user_input_message.context.tools}
    waiting: set[str] = set()
    for one in messages:
        if isinstance(one, _User):
            answered = [result.tool_use_id for result in one.context.tool_results]
            if sorted(answered) != sorted(waiting):
                yield "results that do not fit the calls before them"
            if not one.content and not answered:
                yield "a user who says nothing"
        else:
            waiting = {use.tool_use_id for use in one.tool_uses}
            if not one.content:
                yield "an answer without content"
            if any(use.name not in declared for use in one.tool_uses):
                yield "a tool that was called and is not declared"
    for tool in state.current_message.user_input_message.context.tools:
        yield from _faults_of(tool.tool_specification)


def _faults_of(tool: _Specification) -> Iterator[str]:
    schema = tool.input_schema.json
    if not 1 <= len(tool.name) <= _LONGEST_NAME or not tool.description:
        yield "a tool without a name or a description"
    if schema.get("type") != "object" or not isinstance(schema.get("required"), list):
        yield "a schema that is no object's, or does not list what is required"


def _is_signed_here(one: _User | _Assistant) -> bool:
    thought = one.reasoning_content if isinstance(one, _Assistant) else None
    if thought is None or thought.reasoning_text is None:
        return True
    return is_own(Thinking(thought.reasoning_text.text, thought.reasoning_text.signature))


def _turn(state: _State) -> Turn:
    last = state.current_message.user_input_message
    story = Story()
    for one in state.messages:
        if isinstance(one, _Assistant):
            story.called([(use.tool_use_id, use.name) for use in one.tool_uses])
            continue
        for result in one.context.tool_results:
            text = "\n".join(str(part.get("text", part)) for part in result.content)
            story.answered(result.tool_use_id, text, result.status == "error")
        story.asked(one.content)
    tools = [tool.tool_specification for tool in last.context.tools]
    return Turn(
        model=last.model_id,
        stream=True,
        prompt=story.prompt,
        rounds=story.rounds,
        background=tuple(story.background),
        tools=tuple(Tool(tool.name, tool.input_schema.json) for tool in tools),
        schema=None,
        forced=None,
        max_tokens=None,
        stops=(),
        sizes=sizes(len(msgspec.json.encode(tools)), _weights(state.messages)),
        caches=False,
    )


def _weights(messages: Sequence[_User | _Assistant]) -> list[tuple[str, int]]:
    roles = [("user" if isinstance(one, _User) else "assistant", one) for one in messages]
    return [(role, len(msgspec.json.encode(one))) for role, one in roles]
