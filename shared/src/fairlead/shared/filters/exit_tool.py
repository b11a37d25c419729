"""A tool that only says "this is my answer", for models that must always call one: its call is told as text."""

import msgspec

from fairlead.shared.conversation import Finish, FinishReason, Text, ToolCall
from fairlead.shared.events import ArgumentsDelta, Closed, Event, Finished, Opened, TextDelta
from fairlead.shared.filters.places import Places

NAME = "ExitTool"


class _Answer(msgspec.Struct):
    response: str = ""


class ExitTool:
    """Calls of `ExitTool` become text, told when their arguments are whole. Without other calls the turn just ends."""

    def __init__(self) -> None:
        self._places = Places()
        self._answers: dict[int, list[str]] = {}
        self._called = False

    def feed(self, event: Event) -> list[Event]:
        match event:
            case Opened(index, ToolCall(name=name, arguments=arguments)) if name == NAME:
                self._answers[index] = [arguments]
                return []
            case ArgumentsDelta(index, fragment) if index in self._answers:
                self._answers[index].append(fragment)
                return []
            case Closed(index) if index in self._answers:
                return self._tell("".join(self._answers.pop(index)))
            case Finished(Finish(FinishReason.TOOL_CALLS)) if not self._called:
                return [Finished(Finish(FinishReason.STOP))]
            case Opened(_, ToolCall()):
                self._called = True
                return self._places.move(event)
            case _:
                return self._places.move(event)

    def _tell(self, arguments: str) -> list[Event]:
        try:
            text = msgspec.json.decode(arguments, type=_Answer).response
        except (msgspec.DecodeError, RecursionError):
            text = arguments
        place = self._places.new()
        return [Opened(place, Text("")), TextDelta(place, text), Closed(place)]
