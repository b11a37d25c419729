"""A chat completion stream as a bystander needs it, when its bytes pass through as they are."""

import msgspec

from fairlead.shared.conversation import Text, Thinking, Usage
from fairlead.shared.dialects.openai.chunks import CUT, error_in, read_chunk, read_event, unreadable, usage_of
from fairlead.shared.dialects.openai.response import BROKEN, broken_off, read_finish, read_usage
from fairlead.shared.dialects.openai.said import Said, read_said
from fairlead.shared.events import SOMETHING_SAID, Counted, Ended, Event, Failed, Finished, Started, is_content
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.sse import ServerEvent
from fairlead.shared.wire import openai as wire


class Watcher:
    """Reads only what a bystander needs: who answers, first content, usage, failure and the end."""

    def __init__(self) -> None:
        self._started = False
        self._content = False
        self._finished = False
        self._over = False

    def feed(self, event: ServerEvent) -> list[Event]:
        if self._over:
            return []
        if event.data.strip() == b"[DONE]":
            self._over = True
            return [Ended()] if self._started else [Failed(Failure(Kind.MALFORMED, "the provider's stream was empty"))]
        try:
            chunk = read_chunk(event.data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            if not event.data.strip():
                return []
            self._over = True
            return [Failed(unreadable(error))]
        told = error_in(chunk, event)
        if told is not None:
            self._over = True
            return [Failed(told)]
        try:
            return self._noted(chunk, event.data)
        except msgspec.DecodeError as error:
            self._over = True
            return [Failed(unreadable(error))]

    def close(self) -> list[Event]:
        if self._over:
            return []
        self._over = True
        return [Ended()] if self._finished else [Failed(CUT)]

    def _noted(self, chunk: wire.Chunk, data: bytes) -> list[Event]:
        events: list[Event] = []
        if not self._started:
            self._started = True
            events.append(Started(chunk.id or "", chunk.model or ""))
        for choice in chunk.choices or ():
            delta = choice.delta or choice.message
            if not self._content and delta is not None and _says_something(delta):
                self._content = True
                events.append(SOMETHING_SAID)
            reason = choice.finish_reason
            if reason is not None and reason in BROKEN:
                self._over = True
                return [*events, Failed(broken_off(reason, data))]
            if reason:
                self._finished = True
                events.append(Finished(read_finish(reason, False)))
        usage = usage_of(chunk)
        counted = Usage() if usage is None else read_usage(usage)
        if counted != Usage():
            events.append(Counted(counted))
        return events


def _says_something(delta: wire.Delta) -> bool:
    reasoning = (
        delta.reasoning_content or delta.reasoning or delta.reasoning_details or delta.thinking or delta.thinking_blocks
    )
    content = delta.content
    said = content if isinstance(content, str) else any(map(_is_told, read_said(content)))
    told = (said, delta.refusal, delta.tool_calls, delta.function_call, reasoning, delta.images, delta.audio)
    if any(told):
        return True
    carried = delta.fairlead.events if delta.fairlead is not None else msgspec.UNSET
    return isinstance(carried, list) and any(is_content(read_event(raw)) for raw in carried)


def _is_told(block: Said) -> bool:
    return bool(block.text) if isinstance(block, Text | Thinking) else True
