"""Output items of a stream on their way to a client, each telling its events in order.

`Narration` writes what the grammar lets it write and numbers it. An item is begun by its constructor, told by its
`more`, `cite` and `sign`, and ended, as whole or not, by `end`, which returns it as the last snapshot will hold it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Raw

from fairlead.shared.codec import encode, on_one_line
from fairlead.shared.conversation import (
    PARAGRAPH,
    Citation,
    Image,
    Logprob,
    RedactedThinking,
    ServerCall,
    ServerResult,
    Text,
    Thinking,
    ToolCall,
)
from fairlead.shared.dialects.openai_responses.answers import call_item, message_item, phase_of, reasoning_item
from fairlead.shared.dialects.openai_responses.grammar import RESPONSES, State, Step
from fairlead.shared.dialects.openai_responses.logprobs import write_logprobs
from fairlead.shared.dialects.openai_responses.parts import output_text, write_citation
from fairlead.shared.dialects.openai_responses.pictures import write_image
from fairlead.shared.dialects.openai_responses.reasoning import write_encrypted
from fairlead.shared.dialects.openai_responses.web_search import write_web_search
from fairlead.shared.grammar import Grammar
from fairlead.shared.sse import encode_event
from fairlead.shared.tool_forms import custom_input


class Narration:
    """The events of one stream, in order and numbered. What may not come now is left out and counted."""

    def __init__(self, violations: Counter[str]) -> None:
        self.grammar = Grammar(RESPONSES, State.INIT)
        self._violations = violations
        self._number = 0
        self._out: list[bytes] = []

    def take(self) -> bytes:
        """What was told since the last time."""
        out = b"".join(self._out)
        self._out.clear()
        return out

    def tell(self, step: Step, name: str, **fields: Any) -> None:
        """One event."""
        if not self.grammar.step(step):
            self._violations[f"{step.name.lower()} out of place"] += 1
            return
        data = {"type": f"response.{name}", "sequence_number": self._number, **fields}
        self._number += 1
        self._out.append(encode_event(on_one_line(encode(data)), f"response.{name}"))

    def tell_delta(self, head: bytes, text: str) -> None:
        """One more delta, of a kind whose `head` was prepared."""
        if self.grammar.step(Step.DELTA):
            self._out.append(b'%b%d,"delta":%b}\n\n' % (head, self._number, encode(text)))
            self._number += 1
        else:
            self._violations["delta out of place"] += 1

    def comment(self, line: bytes) -> None:
        """Something every reader skips."""
        self._out.append(line)


def delta_head(name: str, fields: Mapping[str, Any]) -> bytes:
    """A delta event up to its number."""
    told = encode({"type": f"response.{name}.delta", **fields})[:-1]
    return b'event: response.%b.delta\ndata: %b,"sequence_number":' % (name.encode(), told)


class Outgoing:
    """One item; on its own, a block Responses has no words for: whatever is said of it goes nowhere."""

    def __init__(self, narration: Narration, at: int, id: str) -> None:
        self._narration = narration
        self._at = at
        self._place: dict[str, Any] = {"item_id": id, "output_index": at}
        self._id = id
        self.head = b""
        """How the next delta begins; empty while there can be none."""

    def more(self, text: str) -> None:
        """More of the text, the reasoning or the arguments."""

    def part(self) -> None:
        """Another part of reasoning begins."""

    def weigh(self, text: str, logprobs: Sequence[Logprob]) -> bool:
        """More of the text, and how likely its tokens were; whether that could be told."""
        self.more(text)
        return False

    def cite(self, citation: Citation) -> None:
        """What the text has something from."""

    def sign(self, signature: str, maker: str) -> None:
        """The signature of reasoning."""

    def close(self) -> None:
        """The block is complete."""

    def end(self, *, whole: bool) -> Any:
        """Ends the item; None when there is none."""
        return None

    def _added(self, item: Any) -> None:
        self._narration.tell(Step.ITEM_ADDED, "output_item.added", output_index=self._at, item=item)

    def _done(self, item: Any) -> Any:
        self._narration.tell(Step.ITEM_DONE, "output_item.done", output_index=self._at, item=item)
        return item


class OutgoingMessage(Outgoing):
    """A message; every text block is a part of it."""

    def __init__(self, narration: Narration, at: int, id: str, text: Text) -> None:
        super().__init__(narration, at, id)
        self._own = phase_of(text)
        self._content: list[dict[str, Any]] = []
        self._added(message_item(id, self._own, [], "in_progress"))
        self._pieces: list[str] = []
        self._citations: list[Citation] = []
        self._tokens: list[Logprob] = []
        self._refusal = False
        self.open(text)

    def takes(self, text: Text) -> bool:
        """Whether a text belongs to this message."""
        return phase_of(text) == self._own

    def open(self, text: Text) -> None:
        """The next part."""
        self._pieces, self._citations, self._tokens = [], list(text.citations), []
        self._refusal = text.refusal
        self._where = {**self._place, "content_index": len(self._content)}
        self._narration.tell(Step.PART_ADDED, "content_part.added", **self._where, part=self._part("", ()))
        if text.refusal:
            self.head = delta_head("refusal", self._where)
        else:
            self.head = delta_head("output_text", {**self._where, "logprobs": []})
        self.weigh(text.text, text.logprobs)

    def more(self, text: str) -> None:
        if text:
            self._pieces.append(text)
            self._narration.tell_delta(self.head, text)

    def weigh(self, text: str, logprobs: Sequence[Logprob]) -> bool:
        if self._refusal or not logprobs:
            return super().weigh(text, logprobs)
        self._pieces.append(text)
        self._tokens += logprobs
        told = write_logprobs(logprobs)
        self._narration.tell(Step.DELTA, "output_text.delta", **self._where, delta=text, logprobs=told)
        return True

    def cite(self, citation: Citation) -> None:
        self._citations.append(citation)

    def _part(self, text: str, annotations: Sequence[Any]) -> dict[str, Any]:
        if self._refusal:
            return {"type": "refusal", "refusal": text}
        return output_text(text, annotations, self._tokens)

    def close(self) -> None:
        """Citations come last: those without a place cite the whole text, whose length is known only now."""
        if not self.head:
            return
        tell, where, text = self._narration.tell, self._where, "".join(self._pieces)
        annotations = [
            one for one in (write_citation(cited, len(text)) for cited in self._citations) if one is not None
        ]
        for index, one in enumerate(() if self._refusal else annotations):
            tell(Step.DELTA, "output_text.annotation.added", **where, annotation_index=index, annotation=one)
        if self._refusal:
            tell(Step.SAID, "refusal.done", **where, refusal=text)
        else:
            tell(Step.SAID, "output_text.done", **where, text=text, logprobs=write_logprobs(self._tokens))
        part = self._part(text, annotations)
        tell(Step.PART_DONE, "content_part.done", **where, part=part)
        self._content.append(part)
        self._pieces, self._citations, self.head = [], [], b""

    def end(self, *, whole: bool) -> Any:
        self.close()
        return self._done(message_item(self._id, self._own, self._content, "completed" if whole else "incomplete"))


class OutgoingReasoning(Outgoing):
    """Reasoning; its text is told as a summary, each part of which is begun when there is any of it."""

    def __init__(self, narration: Narration, at: int, id: str, block: Thinking | RedactedThinking) -> None:
        super().__init__(narration, at, id)
        self._block = block
        self._pieces: list[str] = []
        self._summary: list[str] = []
        self._where: dict[str, Any] = {}
        self._added(reasoning_item(id, (), None if isinstance(block, Thinking) else write_encrypted(block, id)))
        if isinstance(block, Thinking):
            self._signature, self._maker = block.signature, block.maker
            for text in block.told_in(block.parts):
                self.part()
                self.more(text)

    def more(self, text: str) -> None:
        if not text:
            return
        if not self._pieces:
            self._where = {**self._place, "summary_index": len(self._summary)}
            part = {"type": "summary_text", "text": ""}
            self._narration.tell(Step.PART_ADDED, "reasoning_summary_part.added", **self._where, part=part)
            self.head = delta_head("reasoning_summary_text", self._where)
        self._pieces.append(text)
        self._narration.tell_delta(self.head, text)

    def sign(self, signature: str, maker: str) -> None:
        self._signature, self._maker = signature, maker

    def part(self) -> None:
        if not self._pieces:
            return
        text = "".join(self._pieces)
        tell, part = self._narration.tell, {"type": "summary_text", "text": text}
        tell(Step.SAID, "reasoning_summary_text.done", **self._where, text=text)
        tell(Step.PART_DONE, "reasoning_summary_part.done", **self._where, part=part)
        self._summary.append(text)
        self._pieces, self.head = [], b""

    def end(self, *, whole: bool) -> Any:
        self.part()
        block = self._block
        if isinstance(block, Thinking):
            block = Thinking(PARAGRAPH.join(self._summary), self._signature, self._maker)
        return self._done(reasoning_item(self._id, self._summary, write_encrypted(block, self._id)))


class OutgoingCall(Outgoing):
    """A call of a function or of a free-text tool. `wrapped`: its provider knows only functions, and tells the free
    text inside an object, which is opened when it is whole."""

    def __init__(self, narration: Narration, at: int, id: str, call: ToolCall, *, wrapped: bool) -> None:
        super().__init__(narration, at, id)
        self._call = call
        self._wrapped = wrapped
        self._pieces: list[str] = []
        self._name = "custom_tool_call_input" if call.custom else "function_call_arguments"
        self._added(call_item(id, call, "", "in_progress"))
        self.head = delta_head(self._name, self._place)
        self.more(call.arguments)

    def more(self, text: str) -> None:
        if text:
            self._pieces.append(text)
            if not self._wrapped:
                self._narration.tell_delta(self.head, text)

    def end(self, *, whole: bool) -> Any:
        arguments = self._whole_arguments(whole)
        said = {"input" if self._call.custom else "arguments": arguments}
        self._narration.tell(Step.SAID, f"{self._name}.done", **self._place, **said)
        return self._done(call_item(self._id, self._call, arguments, "completed" if whole else "incomplete"))

    def _whole_arguments(self, whole: bool) -> str:
        """A call without arguments is told as an empty object: clients parse what they get."""
        arguments = "".join(self._pieces)
        if self._wrapped:
            arguments = custom_input(arguments)
        elif arguments or self._call.custom or not whole:
            return arguments
        else:
            arguments = "{}"
        if arguments:
            self._narration.tell_delta(self.head, arguments)
        return arguments


class OutgoingSearch(Outgoing):
    """A web search of another provider, with what it found."""

    def __init__(self, narration: Narration, at: int, id: str, call: ServerCall) -> None:
        super().__init__(narration, at, id)
        self.call = call
        self._pieces = [call.arguments]
        self._result: ServerResult | None = None
        self._added({"id": id, "type": "web_search_call", "status": "in_progress", "action": {"type": "search"}})
        narration.tell(Step.DELTA, "web_search_call.in_progress", **self._place)
        narration.tell(Step.DELTA, "web_search_call.searching", **self._place)

    def more(self, text: str) -> None:
        self._pieces.append(text)

    def found(self, result: ServerResult) -> None:
        """The call's result, a block of its own elsewhere."""
        self._result = result

    def end(self, *, whole: bool) -> Any:
        self._narration.tell(Step.SAID, "web_search_call.completed", **self._place)
        return self._done(write_web_search(self._id, self.call.name, "".join(self._pieces), self._result))


class OutgoingImage(Outgoing):
    """A picture, which is told when it is whole."""

    def __init__(self, narration: Narration, at: int, id: str, image: Image) -> None:
        super().__init__(narration, at, id)
        self._image = image
        self._added(write_image(image, id, begun=True))
        for state in ("in_progress", "generating"):
            narration.tell(Step.DELTA, f"image_generation_call.{state}", **self._place)

    def end(self, *, whole: bool) -> Any:
        self._narration.tell(Step.SAID, "image_generation_call.completed", **self._place)
        return self._done(write_image(self._image, self._id))


class OutgoingWhole(Outgoing):
    """An item in this dialect's own words, told at once."""

    def __init__(self, narration: Narration, at: int, raw: Raw) -> None:
        super().__init__(narration, at, "")
        self._raw = raw
        self._added(raw)

    def end(self, *, whole: bool) -> Any:
        return self._done(self._raw)
