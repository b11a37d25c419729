"""Facts about the settings of Responses requests as they are read, and about requests that are refused."""

import json
from typing import Any

import pytest
from msgspec import Raw

from fairlead.shared.codec import peek
from fairlead.shared.conversation import (
    Extras,
    OutputFormat,
    Reasoning,
    Sampling,
    ToolChoice,
    ToolMode,
)
from fairlead.shared.dialects.openai_responses import OPENAI_RESPONSES
from fairlead.shared.failure import FailureError, Kind

from .responses_shapes import NAME, own, read

# Settings ---------------------------------------------------------------------------------------


def test_settings_are_read() -> None:
    request = read(
        max_output_tokens=99,
        temperature=0.5,
        top_p=0.25,
        stream=True,
        parallel_tool_calls=False,
        reasoning={"effort": "high", "summary": "auto", "context": "all_turns"},
        text={"format": {"type": "json_schema", "name": "n", "schema": {"a": 1}, "strict": True}, "verbosity": "low"},
        safety_identifier="me",
    )
    assert request.max_tokens == 99
    assert request.sampling == Sampling(0.5, 0.25)
    assert request.stream
    assert request.tool_choice == ToolChoice(ToolMode.AUTO, None, False)
    assert request.reasoning == Reasoning(
        display="summarized", effort="high", extras=own(summary="auto", context="all_turns")
    )
    assert request.output_format == OutputFormat(Raw(b'{"a": 1}'), "n", True)
    assert request.extras == Extras(NAME, {"text": Raw(b'{"verbosity":"low"}')})
    assert request.user == "me"


def test_json_of_any_shape_is_a_format_and_plain_text_is_none() -> None:
    assert read(text={"format": {"type": "json_object"}}).output_format == OutputFormat(None)
    assert read(text={"format": {"type": "text"}}).output_format is None
    assert read(text=None, reasoning=None).reasoning == Reasoning()


def test_a_format_of_another_kind_is_kept_for_who_knows_it() -> None:
    request = read(text={"format": {"type": "grammar"}, "verbosity": "low"})
    assert request.output_format is None
    assert request.extras == Extras(NAME, {"text": Raw(b'{"verbosity":"low","format":{"type": "grammar"}}')})


def test_a_field_that_is_null_is_absent() -> None:
    assert read(store=None, previous_response_id=None, metadata=None, tools=None).extras is None


def test_the_old_name_of_the_end_user_is_read() -> None:
    assert read(user="old").user == "old"
    both = read(user="old", safety_identifier="new")
    assert (both.user, both.extras) == ("new", Extras(NAME, {"user": Raw(b'"old"')}))


KEPT = {
    "store": True,
    "include": ["reasoning.encrypted_content"],
    "prompt_cache_key": "k",
    "metadata": {"a": "b"},
    "truncation": "auto",
    "client_metadata": {"x": 1},
    "previous_response_id": "resp_1",
    "field_of_next_year": [1],
}


def test_fields_only_this_dialect_knows_are_kept() -> None:
    request = read(**KEPT)
    assert request.extras is not None
    assert request.extras.dialect == NAME
    assert {name: json.loads(bytes(raw)) for name, raw in request.extras.fields.items()} == KEPT


# Refusals ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "path"),
    [
        ({"type": "message", "role": "robot", "content": "x"}, "input[1].role"),
        ({"type": "message", "content": "x"}, "input[1].role"),
        ({"role": "user", "content": 5}, "input[1].content"),
        ({"role": "user", "content": [{"type": "input_text"}]}, "input[1].content[0]"),
        ({"role": "user", "content": [{"text": "x"}]}, "input[1].content[0].type"),
        ({"role": "user", "content": [{"type": "image_url", "image_url": {}}]}, "input[1].content[0].type"),
        ({"type": "function_call_output", "call_id": "c", "output": [{"type": "image"}]}, "input[1].output[0].type"),
        ({"role": "user", "content": [{"type": "input_image"}]}, "input[1].content[0]"),
        ({"role": "user", "content": [{"type": "input_file"}]}, "input[1].content[0]"),
        (
            {"role": "user", "content": [{"type": "input_file", "file_data": "data:text/plain;base64,/w=="}]},
            "input[1].content[0].file_data",
        ),
        ({"type": "function_call", "name": "f", "arguments": "{}"}, "input[1].call_id"),
        ({"type": "function_call", "call_id": "c", "arguments": "{}"}, "input[1].name"),
        ({"type": "function_call_output", "output": "x"}, "input[1].call_id"),
        ({"type": "function_call", "call_id": 5, "name": "f"}, "input[1].call_id"),
        ({"type": "item_reference", "id": "msg_1"}, "input[1]"),
        ({"id": "msg_1"}, "input[1]"),
        ({"type": 5}, "input[1].type"),
        ("words", "input[1]"),
    ],
)
def test_a_misshapen_item_is_refused_with_the_path(item: Any, path: str) -> None:
    with pytest.raises(FailureError) as caught:
        read({"role": "user", "content": "x"}, item)
    assert caught.value.failure.kind is Kind.BAD_REQUEST
    assert caught.value.failure.param == path
    assert path in caught.value.failure.message


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"input": 5}, "input"),
        ({"input": None}, "input"),
        ({"max_output_tokens": "many"}, "max_output_tokens"),
        ({"reasoning": {"effort": 3}}, "reasoning.effort"),
        ({"text": {"format": {"type": "json_schema", "name": 1}}}, "text.format.name"),
        ({"tool_choice": "perhaps"}, "tool_choice"),
        ({"tools": [{"name": "f"}]}, "tools[0].type"),
        ({"tools": [{"type": "function"}]}, "tools[0]"),
    ],
)
def test_a_misshapen_field_is_refused_with_its_name(fields: dict[str, Any], path: str) -> None:
    with pytest.raises(FailureError) as caught:
        read(**fields)
    assert caught.value.failure.message.startswith(path), caught.value.failure.message


@pytest.mark.parametrize("missing", ["model", "input"])
def test_a_body_without_a_model_or_an_input_is_refused(missing: str) -> None:
    body = {"model": "m", "input": "x"}
    del body[missing]
    with pytest.raises(FailureError, match=f"{missing}: field required"):
        OPENAI_RESPONSES.decode_request(peek(json.dumps(body).encode()))


def test_a_conversation_held_elsewhere_needs_no_input() -> None:
    body = {"model": "m", "previous_response_id": "resp_1"}
    assert OPENAI_RESPONSES.decode_request(peek(json.dumps(body).encode())).turns == ()
