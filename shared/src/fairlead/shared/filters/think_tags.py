"""Reasoning that a model writes into its text between tags, such as `<think>…</think>`, told as reasoning."""

from fairlead.shared.conversation import Logprob, Text, Thinking
from fairlead.shared.events import Closed, Event, Failed, Opened, TextDelta, ThinkingDelta
from fairlead.shared.filters.places import Places


class ThinkTags:
    """Looks for one tag at the beginning of each text; whatever stands before it but blanks means there is none.

    `name` is the tag's. Half a tag at the end of a delta waits for the next; at the end of the text it is text.
    """

    def __init__(self, name: str = "think") -> None:
        self._opening, self._closing = f"<{name}>", f"</{name}>"
        self._places = Places()
        self._texts: dict[int, _Text] = {}

    def feed(self, event: Event) -> list[Event]:
        match event:
            case Opened(index, Text() as block):
                self._texts[index] = _Text(block, self._opening, self._closing, self._places)
                return self._texts[index].feed(block.text)
            case TextDelta(index, text, logprobs) if index in self._texts:
                return self._texts[index].feed(text, logprobs)
            case Closed(index) if index in self._texts:
                return self._texts.pop(index).close()
            case Failed():
                return [event]
            case _:
                return self._places.move(event)


class _Text:
    """One text block: first it is not known what it is, then it is reasoning, then it is text. How likely its tokens
    were is told with text only."""

    def __init__(self, block: Text, opening: str, closing: str, places: Places) -> None:
        self._block = Text("", block.cache, block.extras, refusal=block.refusal)
        self._tags = [opening, closing]
        self._places = places
        self._held = ""
        self._place: int | None = None
        self._thinking = False
        self._logprobs: list[Logprob] = []
        self._after_tag = False

    def feed(self, text: str, logprobs: tuple[Logprob, ...] = ()) -> list[Event]:
        self._held += text
        self._logprobs += logprobs
        events: list[Event] = []
        if len(self._tags) == 2:
            start = self._held.lstrip()
            if self._tags[0].startswith(start[: len(self._tags[0])]) and len(start) < len(self._tags[0]):
                return events
            opening = self._tags.pop(0)
            if start.startswith(opening):
                self._held = start.removeprefix(opening)
                self._after_tag = True
                events += self._open(Thinking(""))
            else:
                self._tags.clear()
        if self._tags:
            return events + self._think()
        return events + self._say(self._held)

    def _think(self) -> list[Event]:
        closing = self._tags[0]
        thought, found, rest = self._held.partition(closing)
        if not found:
            kept = _half(self._held, closing)
            thought, self._held = self._held[: len(self._held) - kept], self._held[len(self._held) - kept :]
            return self._delta(thought)
        self._tags.clear()
        events = [*self._delta(thought), *self._shut()]
        self._after_tag = True
        return events + self._say(rest)

    def _say(self, text: str) -> list[Event]:
        self._held = ""
        text = self._past_lines(text)
        if not text:
            return []
        events = [] if self._place is not None else self._open(self._block)
        return events + self._delta(text)

    def _open(self, block: Text | Thinking) -> list[Event]:
        self._place, self._thinking = self._places.new(), isinstance(block, Thinking)
        return [Opened(self._place, block)]

    def _delta(self, text: str) -> list[Event]:
        text = self._past_lines(text)
        if not text or self._place is None:
            return []
        logprobs, self._logprobs = tuple(self._logprobs), []
        return [ThinkingDelta(self._place, text) if self._thinking else TextDelta(self._place, text, logprobs)]

    def _past_lines(self, text: str) -> str:
        """Line ends right after a tag belong to the tag."""
        if self._after_tag:
            text = text.lstrip("\n")
            self._after_tag = not text
        return text

    def _shut(self) -> list[Event]:
        place, self._place = self._place, None
        return [] if place is None else [Closed(place)]

    def close(self) -> list[Event]:
        """The text has ended; what was held back is what it looks like."""
        if len(self._tags) == 2:
            self._tags.clear()
            return self._say(self._held) + self._shut()
        return self._delta(self._held) + self._shut()


def _half(text: str, tag: str) -> int:
    """How many characters at the end of `text` may be the beginning of `tag`."""
    return next((size for size in range(min(len(text), len(tag) - 1), 0, -1) if text.endswith(tag[:size])), 0)
