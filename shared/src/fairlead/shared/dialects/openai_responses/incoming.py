"""What one output item of a stream has told so far, so that each piece of it is told once.

Deltas are told as they come. What the events that end a part or an item say counts most: of it the tail that no delta
brought is told then. Each kind of item answers the same few questions; see `Incoming`.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum, auto
from typing import Any

from msgspec import Raw

from fairlead.shared.codec import encode
from fairlead.shared.conversation import PARAGRAPH, Block, Extras, Logprob, RedactedThinking, Text, Thinking, ToolCall
from fairlead.shared.dialects.openai_responses.parts import read_citation
from fairlead.shared.dialects.openai_responses.reasoning import NAME, Carried, read_carried
from fairlead.shared.events import (
    ArgumentsDelta,
    CitationDelta,
    Closed,
    Event,
    Opened,
    OpenedBlock,
    SignatureDelta,
    TextDelta,
    ThinkingDelta,
)
from fairlead.shared.wire import openai_responses as wire

Numbers = Callable[[], int]
"""The next free block index."""


class Form(Enum):
    """What a piece is a piece of."""

    TEXT = auto()
    REFUSAL = auto()
    SUMMARY = auto()
    REASONING = auto()
    ARGUMENTS = auto()


class Incoming:
    """An item that is told only when it is whole: one of a kind that has no deltas, or none that mean anything here."""

    def __init__(self, numbers: Numbers, skeleton: wire.Skeleton) -> None:
        self.done = False
        self._numbers = numbers
        self._skeleton = skeleton

    def begin(self, blocks: Sequence[Block], events: list[Event]) -> None:
        """The item is announced; `blocks` are what its skeleton reads as."""

    def more(self, form: Form, at: int, text: str, events: list[Event]) -> None:
        """More of part `at`, or of a call's arguments."""

    def weigh(self, at: int, logprobs: Sequence[Logprob], events: list[Event]) -> None:
        """How likely the tokens of what was just told of a message's part `at` were."""

    def whole(self, form: Form, at: int, text: str, events: list[Event]) -> None:
        """All of part `at`, or of a call's arguments."""

    def cite(self, at: int, raw: Raw, events: list[Event]) -> None:
        """An annotation of a message's part `at`."""

    def begin_part(self, at: int, text: Text, events: list[Event]) -> None:
        """A message's part `at` is announced."""

    def end_part(self, at: int, text: Text, events: list[Event]) -> None:
        """A message's part `at` is whole."""

    def end(self, blocks: Sequence[Block], events: list[Event]) -> None:
        """The item is whole, and reads as `blocks`."""
        for block in blocks:
            index = self._numbers()
            events += [Opened(index, _opened(block)), Closed(index)]
        self.done = True

    def give_up(self, events: list[Event]) -> None:
        """The answer is over, and the item was never said to be whole."""
        self.done = True


def _opened(block: Any) -> OpenedBlock:
    return block  # type: ignore[no-any-return]  # answers hold no results, pictures or files


class _Part:
    """One part of a message: its block, how much of it was told, and whether it is whole."""

    __slots__ = ("cited", "closed", "index", "told", "weighed")

    def __init__(self, index: int) -> None:
        self.index = index
        self.told = 0
        self.cited = 0
        self.weighed = 0
        self.closed = False


class IncomingMessage(Incoming):
    """A message: every part is a block of its own."""

    def __init__(self, numbers: Numbers, skeleton: wire.Skeleton) -> None:
        super().__init__(numbers, skeleton)
        phase = skeleton.phase
        self._extras = None if phase is None else Extras(NAME, {"phase": Raw(encode(phase))})
        self._parts: dict[int, _Part] = {}

    def _part(self, at: int, events: list[Event], refusal: bool) -> _Part:
        """The part's state; one never heard of before is begun."""
        part = self._parts.get(at)
        if part is None:
            part = self._parts[at] = _Part(self._numbers())
            events.append(Opened(part.index, Text("", extras=self._extras, refusal=refusal)))
        return part

    def more(self, form: Form, at: int, text: str, events: list[Event]) -> None:
        part = self._parts.get(at) or self._part(at, events, form is Form.REFUSAL)
        if not part.closed and text:
            part.told += len(text)
            events.append(TextDelta(part.index, text))

    def weigh(self, at: int, logprobs: Sequence[Logprob], events: list[Event]) -> None:
        part = self._parts.get(at)
        if part is None or part.closed or not logprobs:
            return
        last = events[-1] if events else None
        told = events.pop() if isinstance(last, TextDelta) and last.index == part.index else TextDelta(part.index, "")
        events.append(TextDelta(part.index, told.text, tuple(logprobs)))  # type: ignore[union-attr]
        part.weighed += len(logprobs)

    def whole(self, form: Form, at: int, text: str, events: list[Event]) -> None:
        part = self._part(at, events, form is Form.REFUSAL)
        self.more(form, at, text[part.told :], events)

    def cite(self, at: int, raw: Raw, events: list[Event]) -> None:
        part = self._part(at, events, False)
        if not part.closed:
            part.cited += 1
            events.append(CitationDelta(part.index, read_citation(raw)))

    def begin_part(self, at: int, text: Text, events: list[Event]) -> None:
        self._part(at, events, text.refusal)

    def end_part(self, at: int, text: Text, events: list[Event]) -> None:
        part = self._part(at, events, text.refusal)
        if part.closed:
            return
        self.more(Form.TEXT, at, text.text[part.told :], events)
        self.weigh(at, text.logprobs[part.weighed :], events)
        events += [CitationDelta(part.index, cited) for cited in text.citations[part.cited :]]
        events.append(Closed(part.index))
        part.closed = True

    def end(self, blocks: Sequence[Block], events: list[Event]) -> None:
        for at, block in enumerate(blocks):
            if isinstance(block, Text):
                self.end_part(at, block, events)
        self.give_up(events)

    def give_up(self, events: list[Event]) -> None:
        events += [Closed(part.index) for part in self._parts.values() if not part.closed]
        self.done = True


class IncomingReasoning(Incoming):
    """Reasoning: one block, whose text is the summary, or the reasoning itself where no summary is told."""

    def __init__(self, numbers: Numbers, skeleton: wire.Skeleton) -> None:
        super().__init__(numbers, skeleton)
        self._index = numbers()
        self._told: list[int] = []
        self._form: Form | None = None
        self._opened = False

    def begin(self, blocks: Sequence[Block], events: list[Event]) -> None:
        """Announced with what only its maker can read, it is no thinking with a text, and told when it is whole."""
        self._opened = not (blocks and isinstance(blocks[0], RedactedThinking))
        if not self._opened:
            return
        id = self._skeleton.id
        extras = None if id is None else Extras(NAME, {"id": Raw(encode(id))})
        events.append(Opened(self._index, Thinking("", "", NAME, extras)))

    def more(self, form: Form, at: int, text: str, events: list[Event]) -> None:
        if not text or not self._opened or self._form not in (None, form):
            return
        self._form = form
        missing = at + 1 - len(self._told)
        if missing > 0:
            breaks = missing if self._told else missing - 1
            self._told += [0] * missing
            events += [ThinkingDelta(self._index, PARAGRAPH * (breaks - 1))] if breaks > 1 else []
            events += [ThinkingDelta(self._index, PARAGRAPH, True)] if breaks else []
        if at == len(self._told) - 1:
            self._told[at] += len(text)
            events.append(ThinkingDelta(self._index, text))

    def whole(self, form: Form, at: int, text: str, events: list[Event]) -> None:
        told = self._told[at] if at < len(self._told) else 0
        self.more(form, at, text[told:], events)

    def end(self, blocks: Sequence[Block], events: list[Event]) -> None:
        match blocks:
            case [Thinking(signature=signature, maker=maker) as block]:
                self._tell_rest(block, read_carried(signature, maker), events)
                if signature:
                    events.append(SignatureDelta(self._index, signature, maker))
                self.give_up(events)
            case _:
                self.give_up(events)
                super().end(blocks, events)

    def _tell_rest(self, block: Thinking, carried: Carried | None, events: list[Event]) -> None:
        """What of the whole text no delta brought, if the deltas were of that text at all."""
        form = Form.SUMMARY if carried is None or not carried.content else Form.REASONING
        if self._form not in (None, form):
            return
        told = sum(self._told) + len(PARAGRAPH) * max(0, len(self._told) - 1)
        end = 0
        for at, part in enumerate(block.told_in(block.parts)):
            start, end = end, end + len(part) + (len(PARAGRAPH) if at else 0)
            if told < end:
                events.append(ThinkingDelta(self._index, block.text[max(start, told) : end], at > 0 and told <= start))

    def give_up(self, events: list[Event]) -> None:
        if self._opened:
            events.append(Closed(self._index))
        self.done = True


class IncomingCall(Incoming):
    """A tool call. Its arguments come in deltas, or only at its end."""

    def __init__(self, numbers: Numbers, skeleton: wire.Skeleton) -> None:
        super().__init__(numbers, skeleton)
        self._index = numbers()
        self._told = 0

    def begin(self, blocks: Sequence[Block], events: list[Event]) -> None:
        match blocks:
            case [ToolCall(id, name, extras=extras, custom=custom, namespace=namespace)]:
                events.append(Opened(self._index, ToolCall(id, name, "", None, extras, custom, namespace)))

    def more(self, form: Form, at: int, text: str, events: list[Event]) -> None:
        if text:
            self._told += len(text)
            events.append(ArgumentsDelta(self._index, text))

    def whole(self, form: Form, at: int, text: str, events: list[Event]) -> None:
        self.more(form, at, text[self._told :], events)

    def end(self, blocks: Sequence[Block], events: list[Event]) -> None:
        match blocks:
            case [ToolCall(arguments=arguments)]:
                self.whole(Form.ARGUMENTS, 0, arguments, events)
        self.give_up(events)

    def give_up(self, events: list[Event]) -> None:
        events.append(Closed(self._index))
        self.done = True


INCOMING: Mapping[str, Callable[[Numbers, wire.Skeleton], Incoming]] = {
    "message": IncomingMessage,
    "reasoning": IncomingReasoning,
    "function_call": IncomingCall,
    "custom_tool_call": IncomingCall,
}
