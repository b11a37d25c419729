"""Facts about the tool that is an answer."""

from fairlead.shared.conversation import Finish, FinishReason, Message, Text, ToolCall, Usage
from fairlead.shared.filters import message_through
from fairlead.shared.filters.exit_tool import ExitTool

CALLED, STOPPED = Finish(FinishReason.TOOL_CALLS), Finish(FinishReason.STOP)


def filtered(message: Message) -> Message:
    return message_through([ExitTool()], message)


def test_its_call_is_text_and_the_turn_ends() -> None:
    message = Message("i", "m", (ToolCall("c", "ExitTool", '{"response":"done"}'),), CALLED, Usage())
    assert filtered(message) == Message("i", "m", (Text("done"),), STOPPED, Usage())


def test_beside_other_calls_the_turn_goes_on() -> None:
    other = ToolCall("d", "f", "{}")
    message = Message("i", "m", (ToolCall("c", "ExitTool", '{"response":"x"}'), other), CALLED, Usage())
    assert filtered(message) == Message("i", "m", (Text("x"), other), CALLED, Usage())


def test_arguments_that_cannot_be_read_are_the_answer_themselves() -> None:
    message = Message("i", "m", (ToolCall("c", "ExitTool", "plain words"),), CALLED, Usage())
    assert filtered(message).content == (Text("plain words"),)


def test_an_answer_without_it_stays_as_it_is() -> None:
    message = Message("i", "m", (Text("a"), ToolCall("d", "f", "{}")), CALLED, Usage())
    assert filtered(message) == message
