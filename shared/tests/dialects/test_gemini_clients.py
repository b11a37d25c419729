"""Facts about what Gemini's own clients send and read: requests in Gemini CLI's shape, streams as one JSON array."""

import json
from typing import Any

import pytest

from fairlead.shared.conversation import (
    Finish,
    FinishReason,
    Message,
    Text,
    ToolCall,
    Usage,
)
from fairlead.shared.dialect import ReplyContext
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.dialects.gemini import GEMINI
from fairlead.shared.dialects.gemini.array import JsonArray
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.profile import PLAIN
from fairlead.shared.translation import stream_from_answer

from .gemini_shapes import STAND_IN, read

CONTEXT = ReplyContext("r1", 5, "m")

CLI: dict[str, Any] = {
    "systemInstruction": {"role": "user", "parts": [{"text": "You help in a shell."}]},
    "tools": [
        {
            "functionDeclarations": [
                {
                    "name": "read_file",
                    "description": "Reads a file.",
                    "parametersJsonSchema": {
                        "type": "object",
                        "properties": {"path": {"type": "string"}, "offset": {"type": "number"}},
                        "required": ["path"],
                    },
                },
                {
                    "name": "run_shell_command",
                    "description": "Runs a command.",
                    "parametersJsonSchema": {"type": "object", "properties": {"command": {"type": "string"}}},
                },
            ]
        }
    ],
    "generationConfig": {
        "temperature": 1,
        "topP": 0.95,
        "topK": 64,
        "thinkingConfig": {"includeThoughts": True, "thinkingLevel": "HIGH"},
    },
}
CONTENTS: list[dict[str, Any]] = [
    {"role": "user", "parts": [{"text": "Today is a day."}]},
    {"role": "user", "parts": [{"text": "What is in a.txt and b.txt?"}]},
    {
        "role": "model",
        "parts": [
            {"text": "I look."},
            {
                "functionCall": {"id": "read_file-1-0", "name": "read_file", "args": {"path": "a.txt"}},
                "thoughtSignature": STAND_IN,
            },
            {"functionCall": {"id": "read_file-1-1", "name": "read_file", "args": {"path": "b.txt"}}},
        ],
    },
    {
        "role": "user",
        "parts": [
            {"functionResponse": {"id": "read_file-1-0", "name": "read_file", "response": {"output": "A"}}},
            {"functionResponse": {"id": "read_file-1-1", "name": "read_file", "response": {"error": "no such file"}}},
        ],
    },
]


def cli(target: str) -> dict[str, Any]:
    request = read(*CONTENTS, **CLI, stream=True)
    return json.loads(DIALECTS[target].encode_request(request, PLAIN).body)  # type: ignore[no-any-return]


def test_gemini_clis_request_reaches_gemini_as_it_was() -> None:
    body = cli("gemini")
    both = [*CONTENTS[0]["parts"], *CONTENTS[1]["parts"]]
    assert body["contents"] == [{"role": "user", "parts": both}, *CONTENTS[2:]]
    assert body["tools"] == CLI["tools"]
    assert body["generationConfig"] == CLI["generationConfig"]
    assert body["systemInstruction"]["parts"] == CLI["systemInstruction"]["parts"]


def test_gemini_clis_request_reaches_an_anthropic_model() -> None:
    body = cli("anthropic")
    assert body["stream"] is True
    assert [block["text"] for block in body["system"]] == ["You help in a shell."]
    question, calls, results = body["messages"]
    assert [block["text"] for block in question["content"]] == ["Today is a day.", "What is in a.txt and b.txt?"]
    assert [block["type"] for block in calls["content"]] == ["text", "tool_use", "tool_use"]
    ids = [block["id"] for block in calls["content"][1:]]
    assert [block["tool_use_id"] for block in results["content"]] == ids
    assert results["content"][1]["is_error"] is True
    assert [tool["name"] for tool in body["tools"]] == ["read_file", "run_shell_command"]


@pytest.mark.parametrize("target", ["openai", "openai-responses"])
def test_gemini_clis_request_reaches_an_openai_model(target: str) -> None:
    told = json.dumps(cli(target))
    for text in ("You help in a shell.", "What is in a.txt and b.txt?", "read_file-1-1", "no such file"):
        assert text in told
    assert STAND_IN not in told


# Streams as one array --------------------------------------------------------------------------------------------------

ANSWER = Message("r", "m", (Text("Löok"), ToolCall("c", "f", "{}")), Finish(FinishReason.TOOL_CALLS), Usage(3, 0, 0, 2))


def test_a_stream_as_one_array_is_the_same_answer() -> None:
    array = JsonArray()
    out = (
        array.feed(GEMINI.ping)
        + array.feed(b"")
        + array.feed(stream_from_answer(ANSWER, GEMINI, CONTEXT).body)
        + array.close()
    )
    assert len(json.loads(out)) > 1
    assert GEMINI.decode_response(out) == ANSWER


def test_an_array_without_elements_is_empty() -> None:
    assert JsonArray().close() == b"[]"


def test_an_event_of_several_lines_is_one_element() -> None:
    array = JsonArray()
    out = array.feed(b'data: {"a":\r\ndata: 1}\r\n\r\n') + array.close()
    assert json.loads(out) == [{"a": 1}]


def test_an_error_that_is_no_event_is_an_element() -> None:
    array = JsonArray()
    out = array.feed(b'data: {"a":1}\n\n') + array.feed(b'{\n "error": {"code": 503}\n}') + array.close()
    assert json.loads(out) == [{"a": 1}, {"error": {"code": 503}}]


def test_a_failure_is_the_last_element() -> None:
    array = JsonArray()
    error = GEMINI.failure_event(Failure(Kind.CUT, "cut"), "r1")
    out = array.feed(GEMINI.ping) + array.feed(error) + array.close()
    assert json.loads(out)[-1]["error"]["message"] == "cut"
