"""What an answer says, read from its bytes by its dialect's grammar; whatever is not exactly right raises.

Nothing of the services is used here: a benchmark that reads with the parser it measures would share its mistakes.
"""

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import Any

import msgspec

Json = dict[str, Any]


class Speaks(StrEnum):
    """The dialects of clients and providers."""

    MESSAGES = "messages"
    CHAT = "chat"
    RESPONSES = "responses"
    GEMINI = "gemini"


class WrongAnswerError(Exception):
    """An answer that is not what it should be; the message says where."""


class Usage(msgspec.Struct, frozen=True):
    """Tokens: of the prompt those new and those read from a cache, and those of the answer."""

    fresh: int
    cached: int
    output: int


class Said(msgspec.Struct, frozen=True):
    """The meaning of an answer: its text, why it ended (in Anthropic's words) and what it came to."""

    text: str
    stop: str
    usage: Usage


Read = Callable[[bytes], Said]


def expect(truth: object, what: str) -> None:
    """Raises WrongAnswerError with `what` was wrong unless `truth`."""
    if not truth:
        raise WrongAnswerError(what)


def decoded(data: bytes | str) -> Json:
    """A JSON object. Raises WrongAnswerError."""
    try:
        return msgspec.json.decode(data, type=Json)
    except msgspec.DecodeError as error:
        raise WrongAnswerError(f"not a JSON object ({error}): {data[:80]!r}") from error


def events(body: bytes) -> Iterator[tuple[str, str]]:
    """The (name, data) of each server-sent event, comments left out; the last one must be complete."""
    expect(body.endswith(b"\n\n"), f"the stream breaks off: {body[-40:]!r}")
    for frame in body.decode().removesuffix("\n\n").split("\n\n"):
        fields: dict[str, str] = {}
        for line in frame.split("\n"):
            name, _, value = line.partition(": ")
            expect(name in {"event", "data", ""} and name not in fields, f"unexpected line {line[:80]!r}")
            if name:
                fields[name] = value
        if fields:
            yield fields.get("event", ""), fields["data"]


# --- Anthropic Messages ---------------------------------------------------------------------------------------------


def message(body: bytes) -> Said:
    """A whole message. https://platform.claude.com/docs/en/api/messages"""
    answer = decoded(body)
    _envelope(answer)
    for block in answer["content"]:
        expect(block["type"] == "text", f"a block of type {block['type']}")
    return Said("".join(b["text"] for b in answer["content"]), answer["stop_reason"], _tokens(answer["usage"]))


def message_stream(body: bytes) -> Said:
    """A streamed message; https://platform.claude.com/docs/en/build-with-claude/streaming says in which order."""
    heard = _Message()
    for name, data in events(body):
        event = decoded(data)
        kind = event.get("type", "")
        expect(name == kind, f"event {name!r} holds {kind!r}")
        expect(not heard.over, f"{kind!r} after message_stop")
        take = heard.steps.get(kind)
        if take is None:
            raise WrongAnswerError(f"unexpected event {kind!r}: {data[:200]}")
        take(event)
    expect(heard.over, "no message_stop")
    assert heard.stop is not None
    return Said("".join(heard.text), heard.stop, _tokens(heard.usage))


class _Message:
    """A streamed message as far as it has come; each step checks that it may come now."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.usage: Json = {}
        self.stop: str | None = None
        self.over = False
        self._started = False
        self._blocks = 0
        self._open = False
        self.steps: Mapping[str, Callable[[Json], None]] = {
            "ping": lambda _: None,
            "message_start": self._start,
            "content_block_start": self._block_start,
            "content_block_delta": self._delta,
            "content_block_stop": self._block_stop,
            "message_delta": self._message_delta,
            "message_stop": self._stop,
        }

    def _start(self, event: Json) -> None:
        expect(not self._started, "a second message_start")
        self._started = True
        _envelope(event["message"])
        expect(event["message"]["content"] == [], "message_start with content")
        expect(event["message"]["stop_reason"] is None, "message_start with a stop reason")
        self.usage = dict(event["message"]["usage"])

    def _block_start(self, event: Json) -> None:
        expect(self._started and not self._open and self.stop is None, "content_block_start out of turn")
        expect(event["index"] == self._blocks, f"block {event['index']} after {self._blocks} blocks")
        expect(event["content_block"] == {"type": "text", "text": ""}, f"block {event['content_block']}")
        self._open = True

    def _delta(self, event: Json) -> None:
        expect(self._open and event["index"] == self._blocks, "content_block_delta outside its block")
        expect(event["delta"].keys() == {"type", "text"}, f"delta {event['delta']}")
        expect(event["delta"]["type"] == "text_delta", f"delta {event['delta']}")
        self.text.append(event["delta"]["text"])

    def _block_stop(self, event: Json) -> None:
        expect(self._open and event["index"] == self._blocks, "content_block_stop outside its block")
        self._open = False
        self._blocks += 1

    def _message_delta(self, event: Json) -> None:
        expect(self._started and not self._open and self.stop is None, "message_delta out of turn")
        self.stop = event["delta"]["stop_reason"]
        expect(self.stop is not None, "message_delta without a stop reason")
        self.usage |= {name: value for name, value in event["usage"].items() if value is not None}

    def _stop(self, _: Json) -> None:
        expect(self.stop is not None, "message_stop before message_delta")
        self.over = True


def _envelope(answer: Json) -> None:
    expect(answer.get("type") == "message" and answer.get("role") == "assistant", f"no message: {str(answer)[:200]}")
    expect(isinstance(answer.get("id"), str) and answer["id"], "a message without id")
    expect(isinstance(answer.get("model"), str) and answer["model"], "a message without model")


def _tokens(usage: Json) -> Usage:
    written = usage.get("cache_creation_input_tokens") or 0
    return Usage(usage["input_tokens"] + written, usage.get("cache_read_input_tokens") or 0, usage["output_tokens"])


# --- OpenAI chat ----------------------------------------------------------------------------------------------------

_STOPS = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use"}


def completion(body: bytes) -> Said:
    """A whole completion. https://platform.openai.com/docs/api-reference/chat/object"""
    answer = decoded(body)
    expect(answer.get("object") == "chat.completion", f"no completion: {body[:200]!r}")
    (choice,) = answer["choices"]
    return Said(choice["message"]["content"], _STOPS[choice["finish_reason"]], _counted(answer["usage"]))


def completion_stream(body: bytes) -> Said:
    """A streamed completion. https://platform.openai.com/docs/api-reference/chat-streaming"""
    *frames, (_, last) = events(body)
    expect(last == "[DONE]", f"the last event is {last[:80]!r}")
    text: list[str] = []
    finish: str | None = None
    usage: Json | None = None
    for _, data in frames:
        chunk = decoded(data)
        expect(chunk.get("object") == "chat.completion.chunk", f"no chunk: {data[:200]}")
        expect(usage is None, "a chunk after the usage")
        usage = chunk.get("usage")
        for choice in chunk["choices"]:
            expect(finish is None, "a delta after the finish")
            text.append(choice["delta"].get("content") or "")
            finish = choice["finish_reason"]
    if finish is None or usage is None:
        raise WrongAnswerError("no finish or no usage")
    return Said("".join(text), _STOPS[finish], _counted(usage))


def _counted(usage: Json) -> Usage:
    cached = usage["prompt_tokens_details"]["cached_tokens"]
    return Usage(usage["prompt_tokens"] - cached, cached, usage["completion_tokens"])


# --- OpenAI Responses -----------------------------------------------------------------------------------------------


def response_stream(body: bytes) -> Said:
    """A streamed response. https://platform.openai.com/docs/api-reference/responses-streaming"""
    text: list[str] = []
    event: Json = {"type": ""}
    for number, (name, data) in enumerate(events(body)):
        expect(event["type"] not in _OVER, f"{name!r} after the end")
        event = decoded(data)
        expect(name == event["type"] and event["sequence_number"] == number, f"event {name!r} out of turn")
        if name == "response.output_text.delta":
            text.append(event["delta"])
    expect(event["type"] in _OVER, f"the stream ends with {event['type']!r}")
    answer = event["response"]
    said = "".join(part["text"] for item in answer["output"] for part in item["content"])
    expect(said == "".join(text), "the deltas say something else than the whole")
    cached = answer["usage"]["input_tokens_details"]["cached_tokens"]
    usage = Usage(answer["usage"]["input_tokens"] - cached, cached, answer["usage"]["output_tokens"])
    return Said(said, _OVER[event["type"]], usage)


_OVER = {"response.completed": "end_turn", "response.incomplete": "max_tokens"}

# --- Gemini ---------------------------------------------------------------------------------------------------------


def content_stream(body: bytes) -> Said:
    """A streamed answer. https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent"""
    text: list[str] = []
    finish: str | None = None
    counted: Json = {}
    for _, data in events(body):
        expect(finish is None, "a chunk after the finish")
        chunk = decoded(data)
        (candidate,) = chunk["candidates"]
        text += (part["text"] for part in candidate.get("content", {}).get("parts", ()))
        finish = candidate.get("finishReason")
        counted = chunk.get("usageMetadata", counted)
    if finish is None:
        raise WrongAnswerError("no finish")
    cached = counted.get("cachedContentTokenCount", 0)
    return Said("".join(text), _FINISHES[finish], Usage(counted["promptTokenCount"] - cached, cached, _output(counted)))


_FINISHES = {"STOP": "end_turn", "MAX_TOKENS": "max_tokens"}


def _output(counted: Json) -> int:
    tokens: int = counted["candidatesTokenCount"] + counted.get("thoughtsTokenCount", 0)
    return tokens


# --------------------------------------------------------------------------------------------------------------------

READERS: Mapping[tuple[Speaks, bool], Read] = {
    (Speaks.MESSAGES, False): message,
    (Speaks.MESSAGES, True): message_stream,
    (Speaks.CHAT, False): completion,
    (Speaks.CHAT, True): completion_stream,
    (Speaks.RESPONSES, True): response_stream,
    (Speaks.GEMINI, True): content_stream,
}
"""How an answer in a dialect is read, whole or streamed."""
KINDS = {False: "application/json", True: "text/event-stream"}


def heard(speaks: Speaks, *, stream: bool, status: int, kind: str, body: bytes) -> Said:
    """The meaning of an answer; `kind` is its content type. Raises WrongAnswerError."""
    expect(status == 200, f"status {status}: {body[:300]!r}")
    expect(kind.partition(";")[0].strip() == KINDS[stream], f"content type {kind!r}")
    try:
        return READERS[speaks, stream](body)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise WrongAnswerError(f"a part is missing or of another kind ({error!r}): {body[:300]!r}") from error
