"""Facts about how Responses streams end, and what a bystander sees of them."""

from typing import Any

import pytest

from fairlead.shared.conversation import (
    Finish,
    FinishReason,
    Text,
    ToolCall,
)
from fairlead.shared.dialects.openai_responses import OPENAI_RESPONSES
from fairlead.shared.events import (
    Ended,
    Event,
    Failed,
)
from fairlead.shared.failure import Kind
from fairlead.shared.sse import ServerEvent

from .responses_shapes import CREATED, WHOLE, added, answer, arguments, call, decode, done, end, event, failure

# The end ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "fields", "finish"),
    [
        ("completed", {}, Finish(FinishReason.STOP)),
        ("completed", {"output": None}, Finish(FinishReason.STOP)),
        ("incomplete", {"incomplete_details": {"reason": "max_output_tokens"}}, Finish(FinishReason.LENGTH)),
        ("incomplete", {"incomplete_details": {"reason": "content_filter"}}, Finish(FinishReason.REFUSAL)),
        ("done", {"status": "completed"}, Finish(FinishReason.STOP)),
        ("done", {"status": "incomplete"}, Finish(FinishReason.LENGTH)),
    ],
)
def test_every_end_is_understood(name: str, fields: dict[str, Any], finish: Finish) -> None:
    told = answer(*WHOLE[:-1], end(name=name, **fields))
    assert (told.content, told.finish) == ((Text("ab"),), finish)


def test_a_truncated_call_is_told_as_far_as_it_came() -> None:
    cut = {"incomplete_details": {"reason": "max_output_tokens"}}
    told = answer(
        CREATED, added(0, **call()), arguments('{"a'), end(call('{"a', status="incomplete"), name="incomplete", **cut)
    )
    assert told.content == (ToolCall("call_1", "f", '{"a'),)


def test_the_end_mark_of_chat_is_nothing() -> None:
    assert answer(*WHOLE, ServerEvent("", b"[DONE]")).content == (Text("ab"),)
    assert failure(*WHOLE[:-1], ServerEvent("", b"[DONE]")).kind is Kind.CUT


@pytest.mark.parametrize("upto", range(len(WHOLE)))
def test_a_stream_without_its_end_is_cut(upto: int) -> None:
    assert failure(*WHOLE[:upto]).kind is Kind.CUT


def failed(code: str, text: str = "m") -> ServerEvent:
    return event("failed", response={"status": "failed", "error": {"code": code, "message": text}})


@pytest.mark.parametrize(
    ("ending", "kind"),
    [
        (failed("server_error"), Kind.UPSTREAM),
        (failed("rate_limit_exceeded"), Kind.RATE_LIMIT),
        (failed("context_length_exceeded"), Kind.CONTEXT_OVERFLOW),
        (failed("server_error", "Your input exceeds the context window of this model."), Kind.CONTEXT_OVERFLOW),
        (event("failed", response={"status": "failed"}), Kind.UPSTREAM),
        (event("cancelled", response={"status": "cancelled"}), Kind.UPSTREAM),
        (event("error", code="rate_limit_exceeded", message="m", param=None), Kind.RATE_LIMIT),
        (event("error", code=None, message="m"), Kind.UPSTREAM),
        (event("error", error={"type": "invalid_request_error", "message": "m"}), Kind.BAD_REQUEST),
        (event("error"), Kind.UPSTREAM),
        (ServerEvent("response.completed", b"{"), Kind.MALFORMED),
        (ServerEvent("response.completed", b"{}"), Kind.MALFORMED),
        (ServerEvent("", b"\xff"), Kind.MALFORMED),
        (done(1, type="function_call"), Kind.MALFORMED),
        (event("output_text.delta", output_index="one", delta="x"), Kind.MALFORMED),
    ],
)
def test_a_failure_ends_the_stream_and_nothing_follows(ending: ServerEvent, kind: Kind) -> None:
    for upto in range(len(WHOLE) - 1):
        events = decode(*WHOLE[:upto], ending, *WHOLE[upto:])
        assert isinstance(events[-1], Failed)
        assert events[-1].failure.kind is kind
        assert not any(isinstance(one, Ended) for one in events)


def test_the_time_to_wait_is_read_from_the_words() -> None:
    assert failure(failed("rate_limit_exceeded", "Please try again in 1.5s.")).retry_after == 1.5
    assert failure(failed("rate_limit_exceeded", "Please try again in 250ms.")).retry_after == 0.25
    assert failure(failed("rate_limit_exceeded", "slow down")).retry_after is None


# The watcher ------------------------------------------------------------------------------------


def watch(*events: ServerEvent) -> list[Event]:
    watcher = OPENAI_RESPONSES.stream_watcher()
    return [one for event in events for one in watcher.feed(event)] + watcher.close()


def test_the_watcher_sees_who_answers_first_content_usage_and_the_end() -> None:
    kinds = [type(one).__name__ for one in watch(*WHOLE)]
    assert kinds == ["Started", "Opened", "Counted", "Finished", "Ended"]


def test_the_watcher_reads_no_deltas_once_one_has_said_something() -> None:
    said = ServerEvent("response.output_text.delta", b'{"delta":"a"}')
    broken = ServerEvent("response.output_text.delta", b"broken")
    assert watch(CREATED, said, broken) == watch(CREATED, said)


def test_the_watcher_sees_a_cut_and_a_failure() -> None:
    assert isinstance(watch(*WHOLE[:-1])[-1], Failed)
    last = watch(CREATED, failed("rate_limit_exceeded"))[-1]
    assert isinstance(last, Failed)
    assert last.failure.kind is Kind.RATE_LIMIT
