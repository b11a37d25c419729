"""What a provider is asked by `fairlead doctor`, and what its answers tell: values in, findings out."""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from textwrap import shorten
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from fairlead.cli.stream_check import fault_of


class State(Enum):
    """How a check ended. Broken ones make the command fail."""

    GOOD = "ok"
    ODD = "warn"
    BROKEN = "FAIL"


class Verdict(NamedTuple):
    """What was found, and what to do where there is something to do."""

    state: State
    words: str


class Answer(NamedTuple):
    """One whole answer of a service."""

    status: int
    body: bytes


class Question(Struct, frozen=True):
    """One call. `body` but for the model; `otherwise`: asked where a provider refuses the first form with 400."""

    name: str
    path: str
    body: Mapping[str, Any]
    judge: Callable[[bytes], Verdict]
    otherwise: Mapping[str, Any] | None = None


class _Block(Struct):
    type: str
    text: str = ""
    name: str = ""
    input: Any = None


class _Message(Struct):
    content: list[_Block]
    stop_reason: str | None = None


class _Count(Struct):
    input_tokens: int


class _Error(Struct):
    message: str


class _Refusal(Struct):
    error: _Error


_HINTS: Mapping[int, str] = {
    401: "check its key",
    402: "its credit is used up",
    403: "check its key, and what that may use",
    404: "check the model's name and api_base_url",
    429: "its limit is reached; try again later, or give it a second key",
    529: "it is overloaded; try again later",
}
_UNREACHED = "could not connect to "
"""How the normalizer begins to say that nobody answered it."""
_LONGEST = 200
_QUOTED = 60
"""Signs of an error, and of an answer, that are shown."""
_TOOL = {
    "name": "get_weather",
    "description": "Tells the weather in a city.",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


def _asked(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


def judge(question: Question, answer: Answer) -> Verdict:
    """What an answer to a question tells."""
    if answer.status != 200:
        return Verdict(State.BROKEN, refused(answer))
    try:
        return question.judge(answer.body)
    except msgspec.MsgspecError as error:
        return Verdict(State.BROKEN, f"its answer cannot be read: {error}")


def refused(answer: Answer) -> str:
    """What an error says, and what to do about it."""
    try:
        said = msgspec.json.decode(answer.body, type=_Refusal).error.message
    except msgspec.MsgspecError:
        said = answer.body.decode(errors="replace")
    hint = _HINTS.get(answer.status, "it has trouble of its own; try again later" if answer.status >= 500 else "")
    if said.startswith(_UNREACHED):
        hint = "check that it runs, its api_base_url, and its proxy if it has one"
    return f"HTTP {answer.status}: {said[:_LONGEST]}" + (f" - {hint}" if hint else "")


def _message(body: bytes) -> Verdict:
    answer = msgspec.json.decode(body, type=_Message)
    text = "".join(block.text for block in answer.content if block.type == "text").strip()
    if text:
        return Verdict(State.GOOD, f"says {shorten(text.splitlines()[0], _QUOTED, placeholder=' …')!r}")
    return Verdict(State.ODD, f"answers without a word (stop_reason {answer.stop_reason})")


def _stream(body: bytes) -> Verdict:
    fault = fault_of(body)
    return Verdict(State.BROKEN, fault) if fault else Verdict(State.GOOD, "every event in its place")


def _tools(body: bytes) -> Verdict:
    calls = [block for block in msgspec.json.decode(body, type=_Message).content if block.type == "tool_use"]
    if not calls:
        return Verdict(State.ODD, "called no tool though it was asked to; coding agents need one that does")
    fits = calls[0].name == _TOOL["name"] and isinstance(calls[0].input, dict) and "city" in calls[0].input
    if not fits:
        return Verdict(
            State.BROKEN, f"called {calls[0].name} with {calls[0].input!r:.80}, which does not fit its schema"
        )
    return Verdict(State.GOOD, "called with arguments that fit")


def _thinking(body: bytes) -> Verdict:
    content = msgspec.json.decode(body, type=_Message).content
    thought = any(block.type in ("thinking", "redacted_thinking") for block in content)
    return Verdict(State.GOOD, "thinks and shows it" if thought else "takes the wish, and shows no thoughts")


def _count(body: bytes) -> Verdict:
    tokens = msgspec.json.decode(body, type=_Count).input_tokens
    if tokens < 1:
        return Verdict(State.BROKEN, f"counts {tokens} tokens")
    return Verdict(State.GOOD, f"{tokens} tokens")


_MESSAGES = "/v1/messages"
_HELLO = {"max_tokens": 512, "messages": _asked("Say hello in one word.")}
_THINK = {"max_tokens": 3000, "messages": _asked("Which is larger, 9.9 or 9.11? Answer with the number.")}

FIRST = Question("message", _MESSAGES, _HELLO, _message)
OTHERS: Sequence[Question] = (
    Question("stream", _MESSAGES, {**_HELLO, "stream": True}, _stream),
    Question(
        "tools",
        _MESSAGES,
        {"max_tokens": 1024, "messages": _asked("What is the weather in Paris? Use the tool."), "tools": [_TOOL]},
        _tools,
    ),
    Question(
        "thinking",
        _MESSAGES,
        {**_THINK, "thinking": {"type": "enabled", "budget_tokens": 1024}},
        _thinking,
        # The newest models choose how much themselves, and refuse to be told.
        otherwise={**_THINK, "thinking": {"type": "adaptive"}},
    ),
    Question("count_tokens", f"{_MESSAGES}/count_tokens", {"messages": _HELLO["messages"]}, _count),
)
