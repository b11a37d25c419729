import json
from typing import Any

import pytest
from bench import bodies
from bench.answers import WrongAnswerError
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
    check(SENT, json.dumps(arrived()).encode(), native=False)


@pytest.mark.parametrize("place", [0, 1, 5, -1])
def test_a_missing_message_is_noticed(place: int) -> None:
    messages = arrived()["messages"]
    del messages[place]
    with pytest.raises(WrongAnswerError, match="did not"):
        check(SENT, json.dumps(arrived(messages=messages)).encode(), native=False)


def test_a_missing_tool_and_a_changed_call_are_noticed() -> None:
    with pytest.raises(WrongAnswerError, match="tool"):
        check(SENT, json.dumps(arrived(tools=arrived()["tools"][1:])).encode(), native=False)
    body = json.dumps(arrived()).replace('\\"path\\"', '\\"file\\"')
    with pytest.raises(WrongAnswerError, match="call"):
        check(SENT, body.encode(), native=False)


def test_the_native_lane_may_change_the_model_and_nothing_else() -> None:
    renamed = SENT.replace(b'"lane,model"', b'"model"', 1)
    check(SENT, renamed, native=True)
    for changed in (renamed.replace(b'"max_tokens":32000', b'"max_tokens":32001'), renamed.replace(b",", b", ", 1)):
        with pytest.raises(WrongAnswerError, match="native"):
            check(SENT, changed, native=True)
