import json

import pytest
from bench.answers import Said, Speaks, Usage, WrongAnswerError, heard

from .streams import USAGE, completion_chunks, content_chunks, event, message_events, response_events

SAID = Said("Hello, world", "end_turn", Usage(fresh=7, cached=30, output=9))
TEXTS = ("Hel", "lo, ", "world")
STREAM = message_events(*TEXTS)
CHUNKS = completion_chunks(*TEXTS)
RESPONSE = response_events(*TEXTS)
CONTENTS = content_chunks(*TEXTS)


def messages(body: bytes, *, stream: bool = True, status: int = 200, kind: str = "text/event-stream") -> Said:
    return heard(Speaks.MESSAGES, stream=stream, status=status, kind=kind, body=body)


def chat(body: bytes) -> Said:
    return heard(Speaks.CHAT, stream=True, status=200, kind="text/event-stream; charset=utf-8", body=body)


def responses(body: bytes) -> Said:
    return heard(Speaks.RESPONSES, stream=True, status=200, kind="text/event-stream", body=body)


def gemini(body: bytes) -> Said:
    return heard(Speaks.GEMINI, stream=True, status=200, kind="text/event-stream", body=body)


def test_all_dialects_streams_are_heard_alike() -> None:
    assert messages(b"".join(STREAM)) == SAID
    assert chat(b"".join(CHUNKS)) == SAID
    assert responses(b"".join(RESPONSE)) == SAID
    assert gemini(b"".join(CONTENTS)) == SAID


def test_whole_answers_are_heard_like_their_streams() -> None:
    message = {
        "type": "message",
        "role": "assistant",
        "id": "msg_1",
        "model": "m",
        "content": [{"type": "text", "text": "Hello, world"}],
        "stop_reason": "end_turn",
        "usage": {**USAGE, "output_tokens": 9},
    }
    assert messages(json.dumps(message).encode(), stream=False, kind="application/json") == SAID
    choice = {"message": {"content": "Hello, world"}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 37, "completion_tokens": 9, "prompt_tokens_details": {"cached_tokens": 30}}
    completion = {"object": "chat.completion", "choices": [choice], "usage": usage}
    body = json.dumps(completion).encode()
    assert heard(Speaks.CHAT, stream=False, status=200, kind="application/json", body=body) == SAID


@pytest.mark.parametrize("place", [place for place in range(len(STREAM)) if b"event: ping" not in STREAM[place]])
def test_a_message_stream_without_one_of_its_events_is_wrong_or_says_something_else(place: int) -> None:
    _is_noticed(messages, STREAM[:place] + STREAM[place + 1 :])


@pytest.mark.parametrize("place", [place for place in range(len(STREAM)) if b"event: ping" not in STREAM[place]])
def test_a_message_stream_with_an_event_twice_is_wrong_or_says_something_else(place: int) -> None:
    _is_noticed(messages, [*STREAM[:place], STREAM[place], *STREAM[place:]])


@pytest.mark.parametrize("place", range(1, len(CHUNKS)))
def test_a_completion_stream_without_one_of_its_chunks_is_wrong_or_says_something_else(place: int) -> None:
    _is_noticed(chat, CHUNKS[:place] + CHUNKS[place + 1 :])


@pytest.mark.parametrize("place", range(len(RESPONSE)))
def test_a_response_stream_without_one_of_its_events_or_with_it_twice_is_wrong(place: int) -> None:
    _is_noticed(responses, RESPONSE[:place] + RESPONSE[place + 1 :])
    _is_noticed(responses, [*RESPONSE[:place], RESPONSE[place], *RESPONSE[place:]])


@pytest.mark.parametrize("place", range(len(CONTENTS)))
def test_a_gemini_stream_without_one_of_its_chunks_or_with_it_twice_is_wrong_or_says_something_else(place: int) -> None:
    _is_noticed(gemini, CONTENTS[:place] + CONTENTS[place + 1 :])
    _is_noticed(gemini, [*CONTENTS[:place], CONTENTS[place], *CONTENTS[place:]])


@pytest.mark.parametrize(
    ("read", "parts"), [(messages, STREAM), (chat, CHUNKS), (responses, RESPONSE), (gemini, CONTENTS)]
)
def test_a_stream_cut_at_any_byte_is_wrong(read: object, parts: list[bytes]) -> None:
    whole = b"".join(parts)
    for length in range(len(whole)):
        with pytest.raises(WrongAnswerError):
            read(whole[:length])  # type: ignore[operator]


@pytest.mark.parametrize(
    ("damaged", "why"),
    [
        ([*STREAM, event("ping")], "after message_stop"),
        ([*STREAM[:4], event("error", error={"type": "api_error", "message": "no"})], "unexpected event 'error'"),
        ([STREAM[1], STREAM[0], *STREAM[2:]], "out of turn"),
        ([*STREAM[:3], STREAM[3].replace(b'"index": 0', b'"index": 1'), *STREAM[4:]], "outside its block"),
        ([*STREAM[:3], STREAM[3].replace(b"text_delta", b"thinking_delta"), *STREAM[4:]], "delta"),
        ([STREAM[0].replace(b"event: message_start", b"event: ping"), *STREAM[1:]], "holds"),
        ([STREAM[0].replace(b'"input_tokens": 5, ', b""), *STREAM[1:]], "missing"),
    ],
)
def test_a_stream_that_breaks_the_grammar_is_wrong(damaged: list[bytes], why: str) -> None:
    with pytest.raises(WrongAnswerError, match=why):
        messages(b"".join(damaged))


def test_status_and_content_type_count() -> None:
    with pytest.raises(WrongAnswerError, match="status 529"):
        messages(b"".join(STREAM), status=529)
    with pytest.raises(WrongAnswerError, match="content type"):
        messages(b"".join(STREAM), kind="application/json")


def _is_noticed(read: object, events: list[bytes]) -> None:
    try:
        said = read(b"".join(events))  # type: ignore[operator]
    except WrongAnswerError:
        return
    assert said != SAID
