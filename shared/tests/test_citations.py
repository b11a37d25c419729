"""A citation without a place claims none, and one with a place keeps it, in every dialect."""

import json
from typing import Any

import pytest

from fairlead.shared.conversation import Citation, Finish, FinishReason, Message, Text, Usage
from fairlead.shared.dialect import ReplyContext
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.sse import EventParser
from fairlead.shared.translation import answer_from_stream, stream_from_answer

OPENAI, RESPONSES, GEMINI = DIALECTS["openai"], DIALECTS["openai-responses"], DIALECTS["gemini"]
CONTEXT = ReplyContext("r1", 5, "m")
NOWHERE = Citation("https://e.example/1", "One")
SOMEWHERE = Citation("https://e.example/2", "Two", start=1, end=3)
CITING = Message(
    "",
    "m",
    (Text("first ", citations=(SOMEWHERE,)), Text("second", citations=(NOWHERE, SOMEWHERE))),
    Finish(FinishReason.STOP),
    Usage(),
)


def places(annotations: list[dict[str, Any]]) -> list[tuple[int, int]]:
    cited = [one["url_citation"] for one in annotations]
    return sorted((one["start_index"], one["end_index"]) for one in cited)


def test_chat_counts_places_in_the_whole_content_and_cites_the_whole_text_where_there_is_none() -> None:
    (choice,) = json.loads(OPENAI.encode_response(CITING, CONTEXT).body)["choices"]
    assert choice["message"]["content"] == "first second"
    assert places(choice["message"]["annotations"]) == [(1, 3), (6, 12), (7, 9)]


def test_a_chat_stream_says_the_same_as_the_whole_answer() -> None:
    events = EventParser().feed(stream_from_answer(CITING, OPENAI, CONTEXT).body)
    chunks = [json.loads(event.data) for event in events if event.data != b"[DONE]"]
    deltas = [choice["delta"] for chunk in chunks for choice in chunk["choices"]]
    assert places([one for delta in deltas for one in delta.get("annotations", [])]) == [(1, 3), (6, 12), (7, 9)]


def chat_citations(**place: int | None) -> list[tuple[Citation, ...]]:
    """What an annotation of a chat answer reads as, whole and streamed."""
    noted = [{"type": "url_citation", "url_citation": {"url": "https://e.example/1", "title": "One", **place}}]
    message = {"role": "assistant", "content": "first", "annotations": noted}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    whole = OPENAI.decode_response(json.dumps({"id": "c", "model": "m", "choices": [choice]}).encode())
    chunks = [{"content": "first"}, {"annotations": noted}]
    stream = [{"id": "c", "choices": [{"index": 0, "delta": one}]} for one in chunks]
    stream.append({"id": "c", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    told = b"".join(b"data: " + json.dumps(one).encode() + b"\n\n" for one in stream) + b"data: [DONE]\n\n"
    answers = [whole, answer_from_stream(OPENAI, told)]
    return [block.citations for answer in answers for block in answer.content if isinstance(block, Text)]


@pytest.mark.parametrize(
    "place", [{}, {"start_index": 0, "end_index": 0}, {"start_index": 3, "end_index": 3}, {"start_index": 2}], ids=str
)
def test_an_empty_place_in_chat_is_none(place: dict[str, int]) -> None:
    assert chat_citations(**place) == [(NOWHERE,)] * 2


def test_a_place_in_chat_is_kept() -> None:
    assert chat_citations(start_index=1, end_index=3) == [(Citation("https://e.example/1", "One", None, 1, 3),)] * 2


def test_an_empty_place_in_responses_is_none() -> None:
    noted = {"type": "url_citation", "url": "https://e.example/1", "title": "One", "start_index": 0, "end_index": 0}
    part = {"type": "output_text", "text": "first", "annotations": [noted]}
    item = {"type": "message", "role": "assistant", "id": "msg_1", "status": "completed", "content": [part]}
    answer = {"id": "resp_1", "model": "m", "status": "completed", "output": [item]}
    (text,) = RESPONSES.decode_response(json.dumps(answer).encode()).content
    assert isinstance(text, Text)
    assert [(one.start, one.end) for one in text.citations] == [(None, None)]


def test_a_support_of_gemini_without_a_segment_has_no_place() -> None:
    grounding = {
        "webSearchQueries": ["q"],
        "groundingChunks": [{"web": {"uri": "https://e.example/1", "title": "One"}}],
        "groundingSupports": [{"groundingChunkIndices": [0]}],
    }
    content = {"role": "model", "parts": [{"text": "first"}]}
    candidate = {"content": content, "finishReason": "STOP", "index": 0, "groundingMetadata": grounding}
    texts = [
        block
        for block in GEMINI.decode_response(json.dumps({"candidates": [candidate]}).encode()).content
        if isinstance(block, Text)
    ]
    assert [text.citations for text in texts] == [(NOWHERE,)]


@pytest.mark.parametrize("target", DIALECTS.values(), ids=DIALECTS)
def test_no_dialect_claims_an_empty_place(target: Any) -> None:
    told = json.loads(target.encode_response(CITING, CONTEXT).body)
    places = [one for one in _objects(told) if one.keys() & {"start_index", "end_index", "endIndex"}]
    assert all(one.get("start_index", 0) < one["end_index"] for one in places if "end_index" in one)
    assert all(one.get("startIndex", 0) < one["endIndex"] for one in places if "endIndex" in one)


def _objects(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        return [value, *(one for inner in value.values() for one in _objects(inner))]
    return [one for inner in value for one in _objects(inner)] if isinstance(value, list) else []
