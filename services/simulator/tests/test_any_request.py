"""Whatever is sent, in any dialect, is answered or refused."""

import json
from typing import Any
from urllib.parse import quote

from hypothesis import given, settings
from hypothesis import strategies as st

from fairlead.simulator.http1 import Request
from fairlead.simulator.provider import Provider

VERSION = ("anthropic-version", "2023-06-01")

NAMES = st.sampled_from(
    [
        "role",
        "content",
        "type",
        "text",
        "id",
        "name",
        "input",
        "tool_use_id",
        "tools",
        "messages",
        "model",
        "system",
        "function",
        "arguments",
        "tool_calls",
        "tool_call_id",
        "input_schema",
        "parameters",
        "properties",
        "required",
        "schema",
        "format",
        "json_schema",
        "response_format",
        "output_config",
        "tool_choice",
        "enum",
        "anyOf",
        "items",
        "minItems",
        "$ref",
        "stop",
        "stop_sequences",
    ]
)
WORDS = st.sampled_from(
    [
        "user",
        "assistant",
        "system",
        "tool",
        "text",
        "tool_use",
        "tool_result",
        "image",
        "thinking",
        "function",
        "any",
        "object",
        "array",
        "string",
        "json_schema",
        "sim-loop",
        "sim-tool",
        "simulated",
        "Write",
        "Bash",
        "file_path",
        "command",
        "#",
        "create",
        "a.txt",
        "with",
        "b",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 100) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=25,
)
BLOCKS = st.fixed_dictionaries(
    {"type": st.sampled_from(["text", "tool_use", "tool_result"]), "text": WORDS},
    optional={"id": WORDS, "name": WORDS, "input": JSON, "tool_use_id": WORDS, "content": JSON},
)
SCHEMAS = st.dictionaries(NAMES, JSON, max_size=4)
BODIES = st.fixed_dictionaries(
    {
        "model": st.sampled_from(["simulated", "sim-loop!lenient", "sim-tool!lenient", "sim-parallel", "sim-thinking"]),
        "max_tokens": st.just(500),
        "messages": st.lists(
            st.fixed_dictionaries(
                {"role": st.sampled_from(["user", "assistant", "tool"]), "content": st.lists(BLOCKS) | WORDS}
            ),
            max_size=3,
        ),
    },
    optional={
        "tools": st.lists(
            st.fixed_dictionaries({"name": WORDS, "input_schema": SCHEMAS})
            | st.fixed_dictionaries(
                {
                    "type": st.just("function"),
                    "function": st.fixed_dictionaries({"name": WORDS, "parameters": SCHEMAS}),
                }
            ),
            max_size=2,
        ),
        "stream": st.booleans(),
        "tool_choice": JSON,
        "output_config": st.fixed_dictionaries({"format": st.fixed_dictionaries({"type": WORDS, "schema": SCHEMAS})}),
        "response_format": st.fixed_dictionaries(
            {"type": st.just("json_schema"), "json_schema": st.fixed_dictionaries({"name": WORDS, "schema": SCHEMAS})}
        ),
    },
)


PATHS = [
    "/v1/messages",
    "/v1/messages/count_tokens",
    "/v1/chat/completions",
    "/v1/responses",
    "/v1/responses/input_tokens",
]
ITEMS = st.fixed_dictionaries(
    {"type": st.sampled_from(["message", "reasoning", "function_call", "function_call_output"])},
    optional={
        "role": WORDS,
        "content": st.lists(BLOCKS) | WORDS,
        "id": WORDS,
        "call_id": WORDS,
        "name": WORDS,
        "arguments": WORDS,
        "output": st.lists(BLOCKS) | WORDS,
        "summary": st.lists(BLOCKS),
        "encrypted_content": WORDS,
    },
)
INPUTS = st.fixed_dictionaries(
    {"model": st.sampled_from(["simulated", "sim-loop!lenient", "sim-thinking"]), "input": st.lists(ITEMS) | WORDS},
    optional={
        "stream": st.booleans(),
        "tool_choice": JSON,
        "tools": st.lists(st.fixed_dictionaries({"type": WORDS}, optional={"name": WORDS, "parameters": SCHEMAS})),
        "text": st.fixed_dictionaries({"format": st.fixed_dictionaries({"type": WORDS}, optional={"schema": SCHEMAS})}),
    },
)


@settings(max_examples=60, deadline=None)
@given(body=INPUTS)
def test_whatever_items_are_sent_there_is_an_answer(body: Any) -> None:
    delivery = Provider().respond(Request("POST", "/v1/responses", (), json.dumps(body).encode()))
    assert delivery.status in {200, 400, 404}


KEYS = NAMES | st.sampled_from(
    ["parts", "functionCall", "functionResponse", "args", "response", "thoughtSignature", "role", "$ref", "required"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 100) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=25,
)
GEMINI_PARTS = st.dictionaries(
    st.sampled_from(["text", "thought", "thoughtSignature", "inline_data"]), WORDS, max_size=2
) | st.dictionaries(st.sampled_from(["functionCall", "functionResponse"]), VALUES, min_size=1, max_size=1)
GEMINI_BODIES = st.fixed_dictionaries(
    {"contents": st.lists(st.fixed_dictionaries({"role": WORDS, "parts": st.lists(GEMINI_PARTS)})) | VALUES},
    optional={
        "tools": st.lists(
            st.fixed_dictionaries(
                {"functionDeclarations": st.lists(st.fixed_dictionaries({"name": WORDS, "parameters": SCHEMAS}))}
            )
        )
        | VALUES,
        "toolConfig": VALUES,
        "generationConfig": VALUES,
        "systemInstruction": VALUES,
        "generateContentRequest": VALUES,
    },
)


@settings(max_examples=100, deadline=None)
@given(
    body=GEMINI_BODIES | VALUES,
    model=st.sampled_from(["sim-loop", "sim-tool!lenient", "gemini-2.5-pro"]),
    verb=st.sampled_from(["generateContent", "streamGenerateContent", "countTokens"]),
)
def test_whatever_contents_are_sent_there_is_an_answer(body: Any, model: str, verb: str) -> None:
    target = f"/v1beta/models/{quote(model, safe='')}:{verb}"
    delivery = Provider().respond(Request("POST", target, (), json.dumps(body).encode()))
    assert delivery.status in {200, 400}


@settings(max_examples=100, deadline=None)
@given(body=BODIES | JSON, path=st.sampled_from(PATHS))
def test_whatever_json_is_sent_there_is_an_answer(body: Any, path: str) -> None:
    delivery = Provider().respond(Request("POST", path, (VERSION,), json.dumps(body).encode()))
    assert delivery.status in {200, 400, 404}
