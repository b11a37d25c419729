"""Readers of the four streams we write, made from the vendors' words and not from our tables: each asserts all a strict
client relies on, and says how the stream ended ("complete", "failed", or "open" where neither came)."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from fairlead.shared.sse import EventParser, ServerEvent


def parsed(stream: bytes) -> list[ServerEvent]:
    parser = EventParser()
    events = parser.feed(stream)
    assert parser.close() == []
    return events


_DELTAS_OF = {
    "text": {"text_delta", "citations_delta"},
    "thinking": {"thinking_delta", "signature_delta"},
    "redacted_thinking": set[str](),
    "tool_use": {"input_json_delta"},
    "server_tool_use": {"input_json_delta"},
    "web_search_tool_result": set[str](),
}
_KNOWN_DELTAS = set[str]().union(*_DELTAS_OF.values())


def walk_anthropic(stream: bytes) -> str:
    """One message_start, blocks one after the other with rising indexes, one message_delta, one message_stop."""
    state, index, kind = "start", -1, ""
    for event in parsed(stream):
        data = json.loads(event.data)
        name = data["type"]
        assert name == event.name
        assert state not in ("complete", "failed"), name
        match name:
            case "ping":
                continue
            case "message_start":
                assert state == "start"
                assert data["message"]["content"] == []
                assert data["message"]["stop_reason"] is None
                state = "open"
            case "content_block_start":
                assert state == "open"
                index, kind, state = index + 1, data["content_block"]["type"], "block"
                assert data["index"] == index
            case "content_block_delta":
                assert (state, data["index"]) == ("block", index)
                delta = data["delta"].get("type")
                assert delta not in _KNOWN_DELTAS or kind not in _DELTAS_OF or delta in _DELTAS_OF[kind], (kind, delta)
            case "content_block_stop":
                assert (state, data["index"]) == ("block", index)
                state = "open"
            case "message_delta":
                assert state == "open"
                assert data["delta"]["stop_reason"]
                assert isinstance(data["usage"]["output_tokens"], int)
                state = "told"
            case "message_stop":
                assert state == "told"
                state = "complete"
            case "error":
                assert data["error"]["type"]
                state = "failed"
            case _:
                raise AssertionError(name)
    return state if state in ("complete", "failed") else "open"


def walk_chat(stream: bytes) -> str:
    """The role first, calls with rising places that begin whole, one finish, then usage at most once, then the mark."""
    state, calls, ids = "start", 0, set()
    for event in parsed(stream):
        assert event.name == ""
        assert state not in ("complete", "failed"), event
        if event.data == b"[DONE]":
            assert state in ("finished", "counted")
            state = "complete"
            continue
        chunk = json.loads(event.data)
        if "error" in chunk:
            assert chunk["error"]["message"] is not None
            state = "failed"
            continue
        ids.add(chunk["id"])
        if not chunk["choices"]:
            assert state == "finished"
            assert (
                chunk["usage"]["total_tokens"] == chunk["usage"]["prompt_tokens"] + chunk["usage"]["completion_tokens"]
            )
            state = "counted"
            continue
        (choice,) = chunk["choices"]
        state, calls = _walk_choice(choice, state, calls)
    assert len(ids) <= 1
    return state if state in ("complete", "failed") else "open"


def _walk_choice(choice: dict[str, Any], state: str, calls: int) -> tuple[str, int]:
    delta = choice["delta"]
    assert ("role" in delta) == (state == "start")
    if choice["finish_reason"] is not None:
        assert state == "open"
        return "finished", calls
    assert state in ("start", "open")
    for piece in delta.get("tool_calls", ()):
        assert piece["index"] <= calls
        assert (piece["index"] == calls) == ("id" in piece) == ("name" in piece["function"])
        calls += piece["index"] == calls
    return "open", calls


def walk_responses(stream: bytes) -> str:
    """Created, in progress, items and their parts one after the other, wholes that are what their deltas came to, and
    one last event that holds every item again."""
    events = [json.loads(event.data) for event in parsed(stream)]
    names = [event["type"].removeprefix("response.") for event in events]
    assert [event.name for event in parsed(stream)] == [event["type"] for event in events]
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert names[:2] == ["created", "in_progress"][: len(names)]
    items: list[Any] = []
    open_item: Any = None
    open_part, pieces, parts = False, "", 0
    for name, event in zip(names[2:], events[2:], strict=True):
        if "output_index" in event:
            assert event["output_index"] == len(items)
        if "content_index" in event or "summary_index" in event:
            assert (event.get("content_index", 0) if "content_index" in event else event["summary_index"]) == parts
        if "item_id" in event:
            assert open_item is not None
            assert event["item_id"] == open_item["id"]
        match name:
            case "output_item.added":
                assert open_item is None
                open_item, pieces, parts = event["item"], "", 0
            case "content_part.added" | "reasoning_summary_part.added":
                assert not open_part
                open_part, pieces = True, ""
            case "content_part.done" | "reasoning_summary_part.done":
                assert open_part
                open_part, parts = False, parts + 1
            case "output_item.done":
                assert open_item is not None
                assert not open_part
                assert event["item"]["type"] == open_item["type"]
                assert event["item"].get("id") == open_item.get("id")
                items.append(event["item"])
                open_item = None
            case "completed" | "incomplete" | "failed":
                assert event is events[-1]
                assert open_item is None
                assert event["response"]["status"] == name
                assert event["response"]["output"] == items
            case _ if name.endswith(".delta"):
                assert open_item is not None
                assert open_part == name.startswith(("output_text", "refusal", "reasoning"))
                pieces += event["delta"]
            case _ if name.endswith(("text.done", "refusal.done", "arguments.done", "input.done")):
                (whole,) = [event[key] for key in ("text", "refusal", "arguments", "input") if key in event]
                assert whole == pieces
            case _:
                busy = name.startswith(("web_search_call.", "image_generation_call."))
                assert busy or name == "output_text.annotation.added", name
    ends = {"completed": "complete", "incomplete": "complete", "failed": "failed"}
    return ends.get(names[-1], "open") if names else "open"


_FIELDS = {
    "text",
    "functionCall",
    "inlineData",
    "functionResponse",
    "executableCode",
    "codeExecutionResult",
    "fileData",
}


def walk_gemini(stream: bytes) -> str:
    """Chunks of one answer with parts of one kind each, the last of them with the finish reason."""
    state, ids = "open", set()
    for event in parsed(stream):
        assert event.name == ""
        assert state == "open", event
        chunk = json.loads(event.data)
        if "error" in chunk:
            assert {"code", "message", "status"} <= chunk["error"].keys()
            state = "failed"
            continue
        if "responseId" in chunk:
            ids.add(chunk["responseId"])
        if "promptFeedback" in chunk:
            state = "complete"
            continue
        (candidate,) = chunk["candidates"]
        assert candidate["content"]["role"] == "model"
        assert candidate["content"]["parts"]
        for part in candidate["content"]["parts"]:
            assert len(part.keys() & _FIELDS) <= 1
            assert isinstance((part.get("functionCall") or {"args": {}})["args"], dict)
        if "finishReason" in candidate:
            state = "complete"
    assert len(ids) <= 1
    return state


WALKS: Mapping[str, Callable[[bytes], str]] = {
    "anthropic": walk_anthropic,
    "openai": walk_chat,
    "openai-responses": walk_responses,
    "gemini": walk_gemini,
}
