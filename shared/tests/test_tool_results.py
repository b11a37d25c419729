"""Calls whose results are missing, late, scattered or nobody's, for providers of each dialect."""

import json
from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fairlead.shared.conversation import Block, Request, Text, ToolCall, ToolReference, ToolResult, Turn
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.loss import Loss
from fairlead.shared.profile import BETWEEN_SERVICES, PLAIN, Profile
from fairlead.shared.tool_results import LOST, ORPHAN, answered_anywhere, answered_at_once


def call(*ids: str) -> Turn:
    return Turn("assistant", tuple(ToolCall(id, "f", "{}") for id in ids))


def result(id: str, said: str = "ok") -> ToolResult:
    return ToolResult(id, (Text(said),))


def user(*blocks: Block) -> Turn:
    return Turn("user", blocks)


def lost(id: str) -> ToolResult:
    return ToolResult(id, (Text(LOST),), is_error=True)


MISSING = Loss("missing tool result", "messages[0]", "answered as lost")
STRAY = Loss("tool result", "messages[0]", "answers no call that waits for it; told as text")


def at_once(*turns: Turn) -> tuple[list[Turn], list[Loss]]:
    losses: list[Loss] = []
    return list(answered_at_once(turns, losses)), losses


def anywhere(*turns: Turn) -> tuple[list[Turn], list[Loss]]:
    losses: list[Loss] = []
    return list(answered_anywhere(turns, losses)), losses


def test_what_is_complete_stays_as_it_is() -> None:
    for turns in (
        [user(Text("hi")), call("a", "b"), user(result("b"), result("a"), Text("go on")), call("a"), user(result("a"))],
        [call("a", "b"), user(result("a")), user(result("b"), Text("go on")), Turn("system", (Text("s"),))],
        [Turn("assistant", (Text("a"),)), call("a"), user(result("a"))],
        [user(Text("hi")), call("a")],
        [],
    ):
        assert at_once(*turns) == (turns, [])
        assert anywhere(*turns) == (turns, [])


def test_a_missing_result_is_told_as_lost() -> None:
    said = user(Text("stop"))
    assert at_once(call("a"), said) == ([call("a"), user(lost("a")), said], [MISSING])
    assert anywhere(call("a"), said) == ([call("a"), user(lost("a")), said], [MISSING])


def test_one_of_several_that_is_missing_stands_beside_the_others() -> None:
    turns = (call("a", "b"), user(result("a"), Text("go on")))
    assert at_once(*turns) == ([call("a", "b"), user(result("a"), lost("b")), user(Text("go on"))], [MISSING])
    assert anywhere(*turns) == ([call("a", "b"), user(lost("b")), *turns[1:]], [MISSING])


def test_results_behind_something_else_come_first_where_they_must() -> None:
    turns = [call("a", "b"), user(result("a"), Text("x")), Turn("system", (Text("s"),)), user(result("b"))]
    told = [call("a", "b"), user(result("a"), result("b")), user(Text("x")), Turn("system", (Text("s"),))]
    assert at_once(*turns) == (told, [])
    assert anywhere(*turns) == (turns, [])


def test_a_result_that_comes_after_another_answer_is_too_late_where_they_must_come_at_once() -> None:
    turns = [call("a"), user(Text("x")), Turn("assistant", (Text("y"),)), user(result("a"))]
    told, losses = at_once(*turns)
    assert told == [call("a"), user(lost("a")), user(Text("x")), turns[2], user(Text(ORPHAN), Text("ok"))]
    assert [loss.what for loss in losses] == ["missing tool result", "tool result"]
    assert anywhere(*turns) == (turns, [])


def test_a_result_of_no_call_and_a_second_one_are_told_as_text() -> None:
    assert at_once(user(result("a"), Text("x"))) == ([user(Text(ORPHAN), Text("ok"), Text("x"))], [STRAY])
    twice = (call("a"), user(result("a"), result("a", "again")))
    assert at_once(*twice) == ([call("a"), user(result("a")), user(Text(ORPHAN), Text("again"))], [STRAY])
    pointing = ToolResult("z", (ToolReference("grep"),))
    assert at_once(user(pointing))[0] == [user(Text(ORPHAN), Text("Tool grep may be called from now on."))]


def test_calls_of_turns_in_a_row_are_answered_together() -> None:
    told, losses = at_once(call("a"), call("b"), user(result("a"), result("b")))
    assert (told, losses) == ([call("a", "b"), user(result("a"), result("b"))], [])


ids = st.sampled_from("abc")
turns = st.lists(
    st.one_of(
        st.lists(ids, min_size=1, max_size=3).map(lambda called: call(*called)),
        st.lists(st.one_of(ids.map(result), st.just(Text("x"))), min_size=1, max_size=4).map(lambda told: user(*told)),
        st.just(Turn("system", (Text("s"),))),
        st.just(Turn("assistant", (Text("y"),))),
    ),
    max_size=8,
)


@given(turns)
def test_whatever_came_every_call_but_the_last_is_answered_once_and_at_once(given_turns: list[Turn]) -> None:
    told, _ = at_once(*given_turns)
    waiting: Counter[str] = Counter()
    for turn in told:
        for block in turn.content:
            if isinstance(block, ToolCall):
                waiting[block.id] += 1
            elif isinstance(block, ToolResult):
                assert waiting[block.call_id] > 0
                waiting[block.call_id] -= 1
        assert turn.role == "assistant" or turn.role == "user" or not waiting.total()
        if turn.role == "user" and any(not isinstance(block, ToolResult) for block in turn.content):
            assert not waiting.total()
    assert not waiting.total() or told[-1].role == "assistant"
    assert at_once(*told) == (told, [])


INTERRUPTED = (user(Text("hi")), call("a"), user(Text("stop")))


def sent(dialect: str, profile: Profile = PLAIN) -> tuple[Any, list[str]]:
    request = Request(model="m", turns=INTERRUPTED, max_tokens=9)
    encoded = DIALECTS[dialect].encode_request(request, profile)
    return json.loads(encoded.body), [loss.what for loss in encoded.losses]


def test_an_interrupted_agent_may_go_on_at_a_claude_model() -> None:
    body, losses = sent("anthropic")
    answer = {"type": "tool_result", "tool_use_id": "a", "content": [{"type": "text", "text": LOST}], "is_error": True}
    assert body["messages"][2] == {"role": "user", "content": [answer, {"type": "text", "text": "stop"}]}
    assert losses == ["missing tool result"]


def test_an_interrupted_agent_may_go_on_at_a_chat_model() -> None:
    body, losses = sent("openai")
    assert body["messages"][2:] == [
        {"role": "tool", "tool_call_id": "a", "content": LOST},
        {"role": "user", "content": "stop"},
    ]
    assert "missing tool result" in losses


def test_an_interrupted_agent_may_go_on_at_a_model_of_responses() -> None:
    body, losses = sent("openai-responses")
    assert body["input"][2] == {"type": "function_call_output", "call_id": "a", "output": LOST}
    assert "missing tool result" in losses


def test_between_the_services_nothing_is_made_up() -> None:
    body, losses = sent("openai", BETWEEN_SERVICES)
    assert [message["role"] for message in body["messages"]] == ["user", "assistant", "user"]
    assert losses == []
