"""A streamGenerateContent answer as neutral events.

A piece's parts are increments: text goes on until a part of another kind, or one with a signature, comes. The finish
reason is not the end: usage, citations or a signature may follow it, so blocks stay open until the bytes end.
"""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET, Raw

from fairlead.shared.conversation import (
    Audio,
    Base64Source,
    Extras,
    Finish,
    FinishReason,
    Image,
    Text,
    Thinking,
    ToolCall,
    Unknown,
)
from fairlead.shared.dialects.gemini.ends import is_blocked, read_finish, read_usage
from fairlead.shared.dialects.gemini.errors import decode_failure
from fairlead.shared.dialects.gemini.grounding import read_grounding, within
from fairlead.shared.dialects.gemini.logprobs import read_logprobs
from fairlead.shared.dialects.gemini.names import original_name
from fairlead.shared.dialects.gemini.offsets import Offsets
from fairlead.shared.dialects.gemini.parts_in import made_id, read_arguments
from fairlead.shared.dialects.gemini.shown import read_shown
from fairlead.shared.dialects.gemini.signatures import EMPTY, NAME, THOUGHT
from fairlead.shared.events import (
    SOMETHING_SAID,
    ArgumentsDelta,
    AudioDelta,
    CitationDelta,
    Closed,
    Counted,
    Ended,
    Event,
    Failed,
    Finished,
    Opened,
    OpenedBlock,
    SignatureDelta,
    Started,
    TextDelta,
    ThinkingDelta,
)
from fairlead.shared.failure import Failure, FailureError, Kind
from fairlead.shared.sse import ServerEvent
from fairlead.shared.wire import gemini as wire

_chunk = msgspec.json.Decoder(wire.Chunk)

_CUT = Failure(Kind.CUT, "the provider's stream ended before the answer was complete")


class _RawContent(msgspec.Struct, frozen=True):
    parts: list[Raw] = []


class _RawCandidate(msgspec.Struct):
    content: _RawContent | None = None
    index: int | None = 0


class _RawChunk(msgspec.Struct):
    candidates: list[_RawCandidate] = []


_raw_chunk = msgspec.json.Decoder(_RawChunk)

_KEPT = {
    "continuation_token": "continuationToken",
    "safety_ratings": "safetyRatings",
    "citation_metadata": "citationMetadata",
    "url_context_metadata": "urlContextMetadata",
    "avg_logprobs": "avgLogprobs",
    "logprobs_result": "logprobsResult",
}
"""What a candidate may say beside its content; the last word counts."""


class Decoder:
    """Reads every piece of candidate 0."""

    def __init__(self) -> None:
        self._started = False
        self._over = False
        self._blocked = False
        self._id = ""
        self._next = 0
        self._kind: type | None = None
        self._sound = ""
        self._weighed = False
        self._signed = False
        self._calls = 0
        self._text = Offsets()
        self._text_start = 0
        self._word: str | None = None
        self._message: str | None = None
        self._more: dict[str, Raw] = {}
        self._usage: Raw | None = None
        self._grounding: Raw | None = None

    def feed(self, event: ServerEvent) -> list[Event]:
        if self._over:
            return []
        events: list[Event] = []
        try:
            chunk = _chunk.decode(event.data)
            if isinstance(chunk.error, Raw) and bytes(chunk.error) != b"null":
                return self._fail(decode_failure(200, event.data))
            self._read(chunk, event.data, events)
        except FailureError as error:
            return events + self._fail(error.failure)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return events + self._fail(_unreadable(event.data, error))
        return events

    def close(self) -> list[Event]:
        if self._over:
            return []
        if self._word is None and not self._blocked:
            return self._fail(_CUT)
        events: list[Event] = []
        try:
            self._finish(events)
        except FailureError as error:
            return events + self._fail(error.failure)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return events + self._fail(_unreadable(b"", error))
        self._over = True
        return [*events, Ended()]

    def _fail(self, failure: Failure) -> list[Event]:
        """The failure, and before it what was spent on the way to it."""
        self._over = True
        return [*self._counted(), Failed(failure)]

    def _counted(self) -> list[Event]:
        if self._usage is None:
            return []
        try:
            return [Counted(read_usage(self._usage))]
        except (msgspec.DecodeError, UnicodeDecodeError, FailureError):
            return []

    # Pieces --------------------------------------------------------------------------------------

    def _read(self, chunk: wire.Chunk, data: bytes, events: list[Event]) -> None:
        if isinstance(chunk.usage_metadata, Raw):
            self._usage = chunk.usage_metadata
        if not self._started:
            self._start(chunk, events)
        for candidate in chunk.candidates or ():
            if not candidate.index:
                content = candidate.content
                if content is not None and content.parts:
                    self._read_parts(content.parts, data, events)
                self._note(candidate, events)
        if isinstance(chunk.prompt_feedback, Raw):
            self._blocked = self._blocked or is_blocked(chunk.prompt_feedback)

    def _start(self, chunk: wire.Chunk, events: list[Event]) -> None:
        self._started = True
        self._id = chunk.response_id or ""
        extras = None
        if isinstance(chunk.prompt_feedback, Raw):
            extras = Extras(NAME, {"promptFeedback": chunk.prompt_feedback})
        events += self._counted()  # first, for dialects whose start tells what was read
        events.append(Started(self._id, chunk.model_version or "", extras))

    def _note(self, candidate: wire.Candidate, events: list[Event]) -> None:
        """What stands beside the content. An unusable answer is known to be one at once."""
        if isinstance(candidate.grounding_metadata, Raw):
            self._grounding = candidate.grounding_metadata
        if isinstance(candidate.logprobs_result, Raw):
            self._weigh(candidate, candidate.logprobs_result, events)
        if candidate.finish_reason is None and self._word is None and not _cites(candidate):
            return
        if self._weighed:
            candidate.avg_logprobs = UNSET  # the tokens tell
        for field, name in _KEPT.items():
            value = getattr(candidate, field)
            if isinstance(value, Raw):
                self._more[name] = value
        if candidate.finish_reason is None:
            return
        self._word, self._message = candidate.finish_reason, candidate.finish_message
        read_finish(self._word, self._message, called=False, told=True, more={})

    def _weigh(self, candidate: wire.Candidate, raw: Raw, events: list[Event]) -> None:
        """How likely the tokens of the open text were. Where none is open they stay what only Gemini says."""
        tokens = read_logprobs(raw) if self._kind is Text else ()
        if not tokens:
            return
        last = events.pop() if events and type(events[-1]) is TextDelta else None
        events.append(TextDelta(self._next - 1, last.text if isinstance(last, TextDelta) else "", tokens))
        candidate.logprobs_result = UNSET
        self._weighed = True

    def _read_parts(self, parts: Sequence[wire.AnsweredPart], data: bytes, events: list[Event]) -> None:
        for place, part in enumerate(parts):
            if part.function_call is not None:
                self._call(part.function_call, part.thought_signature, events)
            elif part.thought and (part.text is not None or part.thought_signature):
                self._think(part, events)
            elif part.text is not None:
                self._say(part.text, part.thought_signature, events)
            else:
                self._other(part.thought_signature, data, place, events)

    # Blocks --------------------------------------------------------------------------------------

    def _begin(self, block: OpenedBlock, events: list[Event]) -> int:
        """Opens a block, after the one that is open."""
        self._close(events)
        events.append(Opened(self._next, block))
        self._kind = type(block)
        self._next += 1
        return self._next - 1

    def _close(self, events: list[Event]) -> None:
        if self._kind is not None:
            events.append(Closed(self._next - 1))
        self._kind, self._signed = None, False

    def _sign(self, signature: str, events: list[Event], extras: Extras | None = None) -> None:
        """A signature of the part that comes next."""
        index = self._begin(Thinking("", extras=extras), events)
        events.append(SignatureDelta(index, signature, NAME))
        self._close(events)

    def _say(self, text: str, signature: str | None, events: list[Event]) -> None:
        if signature:
            self._sign(signature, events, None if text else EMPTY)
        if not text:
            return
        if self._kind is not Text or self._signed:
            self._begin(Text(""), events)
            self._text_start = self._text.chars
            self._signed = bool(signature)
        events.append(TextDelta(self._next - 1, text))
        self._text.grow(text)

    def _think(self, part: wire.AnsweredPart, events: list[Event]) -> None:
        text, signature = part.text, part.thought_signature
        if not text and not signature:
            return
        if self._kind is not Thinking:
            self._begin(Thinking("", "", NAME, None if text else THOUGHT), events)
        if text:
            events.append(ThinkingDelta(self._next - 1, text))
        if signature:
            events.append(SignatureDelta(self._next - 1, signature, NAME))
            self._close(events)

    def _call(self, call: wire.AnsweredCall, signature: str | None, events: list[Event]) -> None:
        if call.will_continue or isinstance(call.partial_args, Raw):
            raise FailureError(
                Failure(Kind.MALFORMED, "the provider sent a function call in pieces, which was not asked for")
            )
        if signature:
            self._sign(signature, events)
        name, arguments = original_name(call.name), read_arguments(call)
        index = self._begin(ToolCall(call.id or made_id(self._id, self._calls, name, arguments), name, ""), events)
        self._calls += 1
        events.append(ArgumentsDelta(index, arguments))
        self._close(events)

    def _other(self, signature: str | None, data: bytes, place: int, events: list[Event]) -> None:
        """A part of another kind, verbatim; or nothing but a signature."""
        candidates = _raw_chunk.decode(data).candidates
        raw = next(one.content.parts[place] for one in candidates if one.content is not None and not one.index)
        if msgspec.json.decode(raw, type=dict[str, Raw]).keys() <= {"thoughtSignature", "thought"}:
            self._say("", signature, events)
            return
        for block in read_shown(raw):
            self._show(block, events)

    def _show(self, block: Thinking | Image | Audio | Unknown, events: list[Event]) -> None:
        """Sound comes in pieces, anything else whole."""
        match block:
            case Thinking(signature=signature):
                self._sign(signature, events)
            case Audio(Base64Source(media_type, data)):
                if self._kind is not Audio or self._sound != media_type:
                    self._begin(msgspec.structs.replace(block, source=Base64Source(media_type, "")), events)
                    self._sound = media_type
                events.append(AudioDelta(self._next - 1, data))
            case _:
                self._begin(block, events)
                self._close(events)

    # The end -------------------------------------------------------------------------------------

    def _finish(self, events: list[Event]) -> None:
        search = read_grounding(self._grounding, self._id) if self._grounding is not None else None
        if self._grounding is not None and search is None:
            self._more["groundingMetadata"] = self._grounding
        if search is not None and self._kind is Text:
            found = [within(span, self._text, self._text_start, self._text.chars) for span in search.spans]
            events += [CitationDelta(self._next - 1, citation) for citation in found if citation is not None]
        self._close(events)
        if search is not None:
            for block in (search.call, search.result):
                self._begin(block, events)
                self._close(events)
        finish = Finish(FinishReason.REFUSAL)
        if self._word is not None:
            told, called = self._next > 0, self._calls > 0
            finish = read_finish(self._word, self._message, called=called, told=told, more=self._more)
        events += self._counted()
        events.append(Finished(finish))


def _cites(candidate: wire.Candidate) -> bool:
    """Whether it says what its text comes from. That comes when the text does; the rest is told at the end."""
    return isinstance(candidate.citation_metadata, Raw) or isinstance(candidate.url_context_metadata, Raw)


def _unreadable(data: bytes, error: Exception) -> Failure:
    """Google sometimes tells an error as a list of one."""
    if data.lstrip().startswith(b"["):
        told = decode_failure(200, data)
        if told.code is not None:
            return told
    return Failure(Kind.MALFORMED, f"the provider sent an event that cannot be read: {error}")


class Watcher(Decoder):
    """Reads only what a bystander needs: who answers, first content, usage, failure and the end."""

    def _read_parts(self, parts: Sequence[wire.AnsweredPart], data: bytes, events: list[Event]) -> None:
        for part in parts:
            self._calls += part.function_call is not None
        if self._next == 0 and any(part not in _NOTHING for part in parts):
            self._next = 1
            events.append(SOMETHING_SAID)


_NOTHING = (wire.AnsweredPart(""), wire.AnsweredPart("", True))
