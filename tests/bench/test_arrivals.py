import json
from collections.abc import Callable
from typing import Any

import pytest
from bench import bodies
from bench.answers import Speaks, WrongAnswerError
from bench.arrivals import check

SENT = bodies.agent("136k", 136_000, 0).encoded("lane,model", stream=True)


def arrived(**changes: Any) -> dict[str, Any]:
    """What a translation makes of `SENT`: not how, but with everything in it."""
    ours = json.loads(SENT)
    texts = [{"type": "text", "text": block["text"]} for block in ours["system"]]
    messages: list[dict[str, Any]] = [{"role": "system", "content": texts}]
    for message in ours["messages"]:
        blocks = message["content"]
        if isinstance(blocks, str):
            messages.append(message)
            continue
        messages.append({"role": "x", "content": "\n\n".join(b["text"] for b in blocks if b["type"] == "text")})
        calls = [b for b in blocks if b["type"] == "tool_use"]
        functions = [{"name": b["name"], "arguments": json.dumps(b["input"])} for b in calls]
        messages[-1]["tool_calls"] = [{"id": b["id"], "function": f} for b, f in zip(calls, functions, strict=True)]
        messages += [{"role": "tool", "content": b["content"]} for b in blocks if b["type"] == "tool_result"]
    tools = [
        {"function": {"name": t["name"], "description": t["description"], "parameters": t["input_schema"]}}
        for t in ours["tools"]
    ]
    return {"model": "model", "messages": messages, "tools": tools, **changes}


def test_a_whole_translation_passes() -> None:
    check(SENT, json.dumps(arrived()).encode(), Speaks.CHAT, native=False)


def in_responses() -> dict[str, Any]:
    """The same as OpenAI Responses would have it."""
    chat = arrived()
    items: list[dict[str, Any]] = []
    for message in chat["messages"]:
        items.append({"role": message["role"], "content": message["content"]})
        for call in message.get("tool_calls", ()):
            items.append({"type": "function_call", "call_id": call["id"], **call["function"]})
    return {"input": items, "tools": [{"type": "function", **tool["function"]} for tool in chat["tools"]]}


def in_gemini() -> dict[str, Any]:
    """The same as Gemini would have it: with a system turn told in a user's words."""
    contents = []
    for message in arrived()["messages"]:
        content = message["content"]
        texts = content if isinstance(content, list) else [{"text": content}]
        if message["role"] == "system" and isinstance(content, str):
            texts = [{"text": f"<system>\n{content}\n</system>"}]
        calls = [
            {"id": call["id"], "name": call["function"]["name"], "args": json.loads(call["function"]["arguments"])}
            for call in message.get("tool_calls", ())
        ]
        contents.append({"parts": [*texts, *({"functionCall": call} for call in calls)]})
    declared = [
        {"name": t["name"], "description": t["description"], "parametersJsonSchema": t["input_schema"]}
        for t in json.loads(SENT)["tools"]
    ]
    return {"contents": contents, "tools": [{"functionDeclarations": declared}]}


@pytest.mark.parametrize(
    ("made", "speaks", "field"),
    [(in_responses, Speaks.RESPONSES, "input"), (in_gemini, Speaks.GEMINI, "contents")],
)
def test_each_providers_words_are_understood_and_what_is_missing_noticed(
    made: Callable[[], dict[str, Any]], speaks: Speaks, field: str
) -> None:
    body = made()
    check(SENT, json.dumps(body).encode(), speaks, native=False)
    for lacking in ({**body, field: body[field][:-1]}, {**body, "tools": []}):
        with pytest.raises(WrongAnswerError, match=r"did not|tools"):
            check(SENT, json.dumps(lacking).encode(), speaks, native=False)


@pytest.mark.parametrize("place", [0, 1, 5, -1])
def test_a_missing_message_is_noticed(place: int) -> None:
    messages = arrived()["messages"]
    del messages[place]
    with pytest.raises(WrongAnswerError, match="did not"):
        check(SENT, json.dumps(arrived(messages=messages)).encode(), Speaks.CHAT, native=False)


def test_a_missing_tool_and_a_changed_call_are_noticed() -> None:
    with pytest.raises(WrongAnswerError, match="tool"):
        check(SENT, json.dumps(arrived(tools=arrived()["tools"][1:])).encode(), Speaks.CHAT, native=False)
    body = json.dumps(arrived()).replace('\\"path\\"', '\\"file\\"')
    with pytest.raises(WrongAnswerError, match="call"):
        check(SENT, body.encode(), Speaks.CHAT, native=False)


def test_the_native_lane_may_change_the_model_and_nothing_else() -> None:
    renamed = SENT.replace(b'"lane,model"', b'"model"', 1)
    check(SENT, renamed, Speaks.MESSAGES, native=True)
    for changed in (renamed.replace(b'"max_tokens":32000', b'"max_tokens":32001'), renamed.replace(b",", b", ", 1)):
        with pytest.raises(WrongAnswerError, match="native"):
            check(SENT, changed, Speaks.MESSAGES, native=True)
