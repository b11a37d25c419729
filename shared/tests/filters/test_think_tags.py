"""Facts about reasoning between tags."""

import pytest

from fairlead.shared.assembly import assemble, disassemble
from fairlead.shared.conversation import Finish, FinishReason, Message, Text, Thinking, ToolCall, Usage
from fairlead.shared.events import Closed, Ended, Event, Failed, Finished, Opened, Started, TextDelta
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.filters import message_through, through
from fairlead.shared.filters.think_tags import ThinkTags

CASES = {
    "tag first": ("<think>hm\nso</think>\n\nyes", (Thinking("hm\nso"), Text("yes"))),
    "blanks before the tag": ("\n <think>hm</think>yes", (Thinking("hm"), Text("yes"))),
    "no tag": ("yes <think>no</think>", (Text("yes <think>no</think>"),)),
    "nothing after": ("<think>hm</think>", (Thinking("hm"),)),
    "never closed": ("<think>hm", (Thinking("hm"),)),
    "half an opening tag": ("<thi", (Text("<thi"),)),
    "half a closing tag": ("<think>a</thi", (Thinking("a</thi"),)),
    "another tag": ("<thinner>x", (Text("<thinner>x"),)),
    "a sign that only looks like a tag": ("<think>a < b</think>c", (Thinking("a < b"), Text("c"))),
    "a second tag": ("<think>a</think>b<think>c</think>", (Thinking("a"), Text("b<think>c</think>"))),
    "nothing": ("", ()),
}


def stream(pieces: list[str]) -> list[Event]:
    deltas: list[Event] = [TextDelta(0, piece) for piece in pieces]
    end: list[Event] = [Closed(0), Finished(Finish(FinishReason.STOP)), Ended()]
    return [Started("i", "m"), Opened(0, Text("")), *deltas, *end]


@pytest.mark.parametrize(("text", "blocks"), CASES.values(), ids=CASES)
def test_a_text_is_taken_apart(text: str, blocks: tuple[Text | Thinking, ...]) -> None:
    assert assemble(through([ThinkTags()], stream([text]))).content == blocks


@pytest.mark.parametrize(("text", "blocks"), CASES.values(), ids=CASES)
def test_a_split_at_any_place_changes_nothing(text: str, blocks: tuple[Text | Thinking, ...]) -> None:
    for at in range(len(text) + 1):
        assert assemble(through([ThinkTags()], stream([text[:at], text[at:]]))).content == blocks, at
    assert assemble(through([ThinkTags()], stream(list(text)))).content == blocks


def test_text_is_told_as_soon_as_it_cannot_be_a_tag() -> None:
    tags = ThinkTags()
    tags.feed(Opened(0, Text("")))
    assert tags.feed(TextDelta(0, "<t")) == []
    assert tags.feed(TextDelta(0, "able>")) == [Opened(0, Text("")), TextDelta(0, "<table>")]


def test_other_blocks_keep_their_order() -> None:
    call = ToolCall("c", "f", "{}")
    content = (Text("<think>a</think>b"), call, Text("c"))
    message = Message("i", "m", content, Finish(FinishReason.TOOL_CALLS), Usage())
    assert message_through([ThinkTags()], message).content == (Thinking("a"), Text("b"), call, Text("c"))


def test_a_failure_is_told_at_once() -> None:
    tags = ThinkTags()
    tags.feed(Opened(0, Text("")))
    tags.feed(TextDelta(0, "<thin"))
    failed = Failed(Failure(Kind.CUT, "cut"))
    assert tags.feed(failed) == [failed]


def test_a_whole_answer_without_tags_stays_as_it_is() -> None:
    message = Message("i", "m", (Text("a"), ToolCall("c", "f", "{}")), Finish(FinishReason.STOP), Usage(1))
    assert assemble(through([ThinkTags()], disassemble(message))) == message
