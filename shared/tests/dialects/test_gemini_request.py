"""Facts about generateContent requests that are read."""

import json
from base64 import b64encode
from typing import Any

import pytest
from msgspec import Raw

from fairlead.shared.codec import peek
from fairlead.shared.conversation import (
    Audio,
    Base64Source,
    Document,
    FileSource,
    Image,
    OutputFormat,
    Reasoning,
    Sampling,
    ServerTool,
    Text,
    TextSource,
    Tool,
    ToolCall,
    ToolChoice,
    ToolMode,
    ToolResult,
    Turn,
    Unknown,
    UrlSource,
)
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.dialects.gemini import GEMINI
from fairlead.shared.failure import FailureError, Kind
from fairlead.shared.profile import PLAIN

from .gemini_shapes import HELLO, answer, ask, call, model, read, user, write

# Read: what stands around the conversation -----------------------------------------------------------------------------


def test_model_and_stream_are_given_by_the_endpoint() -> None:
    request = read(user({"text": "a"}), model="models/gemini-x", stream=True)
    assert (request.model, request.stream) == ("gemini-x", True)


def test_the_written_body_names_neither_model_nor_stream() -> None:
    assert set(write(ask(HELLO, stream=True))) == {"contents"}


@pytest.mark.parametrize("missing", ["model", "contents"])
def test_what_is_required_is_asked_for_by_name(missing: str) -> None:
    fields = {"model": Raw(b'"m"'), "contents": Raw(b"[]")}
    del fields[missing]
    with pytest.raises(FailureError, match=missing):
        GEMINI.decode_request(fields)


@pytest.mark.parametrize(
    "instruction",
    ["be good", {"parts": [{"text": "be good"}]}, {"role": "user", "parts": {"text": "be good"}}, {"text": "be good"}],
)
@pytest.mark.parametrize("name", ["systemInstruction", "system_instruction"])
def test_instructions_are_read_in_every_form(name: str, instruction: Any) -> None:
    assert read(user({"text": "a"}), **{name: instruction}).instructions == (Text("be good"),)


def test_what_instructions_show_is_kept_for_who_knows_it_and_refused_elsewhere() -> None:
    shown = {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}
    request = read(user({"text": "a"}), systemInstruction={"parts": [{"text": "b"}, shown]})
    assert write(request)["systemInstruction"] == {"parts": [{"text": "b"}, shown]}
    for other in ("anthropic", "openai", "openai-responses"):
        with pytest.raises(FailureError, match="inlineData: not available"):
            DIALECTS[other].encode_request(request, PLAIN)


def test_both_spellings_of_every_field_mean_the_same() -> None:
    camel = read(
        user({"inlineData": {"mimeType": "image/png", "data": "AAAA"}}),
        model({"functionCall": {"name": "f", "args": {"snake_case": 1}}, "thoughtSignature": "c2ln"}),
        user({"functionResponse": {"name": "f", "response": {"my_key": 1}}}),
        tools=[{"functionDeclarations": [{"name": "f", "parametersJsonSchema": {"type": "object"}}]}],
        toolConfig={"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["f"]}},
        generationConfig={
            "maxOutputTokens": 5,
            "stopSequences": ["x"],
            "topP": 0.5,
            "thinkingConfig": {"includeThoughts": True, "thinkingBudget": 3},
        },
    )
    snake = read(
        user({"inline_data": {"mime_type": "image/png", "data": "AAAA"}}),
        model({"function_call": {"name": "f", "args": {"snake_case": 1}}, "thought_signature": "c2ln"}),
        user({"function_response": {"name": "f", "response": {"my_key": 1}}}),
        tools=[{"function_declarations": [{"name": "f", "parameters_json_schema": {"type": "object"}}]}],
        tool_config={"function_calling_config": {"mode": "ANY", "allowed_function_names": ["f"]}},
        generation_config={
            "max_output_tokens": 5,
            "stop_sequences": ["x"],
            "top_p": 0.5,
            "thinking_config": {"include_thoughts": True, "thinking_budget": 3},
        },
    )
    assert write(camel) == write(snake)
    assert camel.turns[1] == snake.turns[1]
    assert camel.max_tokens == snake.max_tokens == 5


def test_sampling_limits_and_stops_are_read() -> None:
    config = {"temperature": 0.5, "topP": 0.9, "topK": 40.0, "seed": 3, "maxOutputTokens": 7, "stopSequences": ["x"]}
    request = read(user({"text": "a"}), generationConfig=config)
    assert request.sampling == Sampling(0.5, 0.9, 40, 3)
    assert (request.max_tokens, request.stop) == (7, ("x",))


@pytest.mark.parametrize(
    ("config", "meant"),
    [
        ({}, None),
        ({"responseMimeType": "text/plain"}, None),
        ({"responseMimeType": "application/json"}, OutputFormat(None)),
        ({"responseFormat": [{"text": {"mimeType": "application/json"}}]}, OutputFormat(None)),
    ],
)
def test_formats_without_a_schema_are_read(config: Any, meant: Any) -> None:
    assert read(user({"text": "a"}), generationConfig=config).output_format == meant


@pytest.mark.parametrize(
    "config",
    [
        {"responseMimeType": "application/json", "responseJsonSchema": {"type": "object"}},
        {"responseMimeType": "application/json", "responseSchema": {"type": "OBJECT"}},
        {"responseFormat": [{"text": {"mimeType": "application/json", "jsonSchema": {"type": "object"}}}]},
    ],
)
def test_a_schema_is_read_in_all_its_spellings(config: Any) -> None:
    output = read(user({"text": "a"}), generationConfig=config).output_format
    assert output is not None
    assert output.schema is not None
    assert json.loads(bytes(output.schema)) == {"type": "object"}


@pytest.mark.parametrize(
    ("config", "meant"),
    [
        ({"thinkingBudget": 99}, Reasoning("enabled", 99, "omitted")),
        ({"thinkingBudget": 0}, Reasoning("disabled", None, "omitted")),
        ({"thinkingBudget": -1, "includeThoughts": True}, Reasoning("adaptive", None, "summarized")),
        ({"thinkingLevel": "HIGH"}, Reasoning(None, None, "omitted", "high")),
        ({"thinkingLevel": "THINKING_LEVEL_UNSPECIFIED"}, Reasoning(None, None, "omitted")),
    ],
)
def test_thinking_is_read(config: Any, meant: Reasoning) -> None:
    assert read(user({"text": "a"}), generationConfig={"thinkingConfig": config}).reasoning == meant


def test_what_changes_an_answers_meaning_stands_in_plain_sight_of_other_dialects() -> None:
    config = {
        "candidateCount": 2,
        "responseModalities": ["AUDIO"],
        "responseMimeType": "text/x.enum",
        "mediaResolution": "MEDIA_RESOLUTION_LOW",
    }
    request = read(user({"text": "a"}), generationConfig=config, cachedContent="c", safetySettings=[1])
    assert request.extras is not None
    assert {name: json.loads(bytes(raw)) for name, raw in request.extras.fields.items()} == {
        "candidateCount": 2,
        "responseModalities": ["AUDIO"],
        "responseMimeType": "text/x.enum",
        "generationConfig": {"mediaResolution": "MEDIA_RESOLUTION_LOW"},
        "cachedContent": "c",
        "safetySettings": [1],
    }


def test_what_only_gemini_knows_goes_back_where_it_came_from() -> None:
    config = {"responseModalities": ["TEXT"], "frequencyPenalty": 1, "maxOutputTokens": 5}
    written = write(read(user({"text": "a"}), generationConfig=config, safetySettings=[1], labels={"a": "b"}))
    assert written["generationConfig"] == config
    assert written["safetySettings"] == [1]
    assert written["labels"] == {"a": "b"}


def test_several_answers_at_once_are_refused() -> None:
    with pytest.raises(FailureError) as caught:
        write(read(user({"text": "a"}), generationConfig={"candidateCount": 2}))
    assert caught.value.failure.kind is Kind.BAD_REQUEST
    assert "candidateCount" in caught.value.failure.message


# Read: the conversation ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "contents", ["hello", {"parts": [{"text": "hello"}]}, [{"parts": [{"text": "hello"}]}], ["hello"]]
)
def test_contents_are_read_in_every_form(contents: Any) -> None:
    request = GEMINI.decode_request(peek(json.dumps({"model": "m", "contents": contents}).encode()))
    assert request.turns == (HELLO,)


def test_a_role_nobody_has_is_refused_by_its_path() -> None:
    with pytest.raises(FailureError, match=r"contents\[1\]\.role"):
        read(user({"text": "a"}), {"role": "assistant", "parts": []})


@pytest.mark.parametrize(
    ("part", "path"),
    [
        ({"text": 5}, r"contents\[0\]\.parts\[0\]\.text"),
        ({"inlineData": {"mimeType": "image/png"}}, r"contents\[0\]\.parts\[0\]"),
        ({"functionCall": []}, r"contents\[0\]\.parts\[0\]\.functionCall"),
    ],
)
def test_a_misshapen_part_is_refused_by_its_path(part: Any, path: str) -> None:
    with pytest.raises(FailureError, match=path):
        read(user(part))


@pytest.mark.parametrize(
    ("part", "block"),
    [
        ({"text": "a"}, Text("a")),
        ({"inlineData": {"mimeType": "image/png", "data": "AA_-"}}, Image(Base64Source("image/png", "AA/+"))),
        ({"inlineData": {"mimeType": "audio/wav", "data": "AAA"}}, Audio(Base64Source("audio/wav", "AAA="))),
        (
            {"inlineData": {"mimeType": "application/pdf", "data": "JVBERi0=", "displayName": "a.pdf"}},
            Document(Base64Source("application/pdf", "JVBERi0="), "a.pdf"),
        ),
        (
            {"inlineData": {"mimeType": "text/csv", "data": b64encode("é,1".encode()).decode()}},
            Document(TextSource("é,1", "text/csv")),
        ),
    ],
)
def test_what_a_user_shows_is_read(part: Any, block: Any) -> None:
    assert read(user(part)).turns == (Turn("user", (block,)),)


@pytest.mark.parametrize(
    ("uri", "kind", "source"),
    [
        ("https://e.example/a.png", "image/png", UrlSource("https://e.example/a.png")),
        ("https://e.example/a.jpg?x=1", None, UrlSource("https://e.example/a.jpg?x=1")),
        ("gs://b/a", "image/png", FileSource("gs://b/a", "gemini")),
        (
            "https://generativelanguage.googleapis.com/v1beta/files/x",
            "image/png",
            FileSource("https://generativelanguage.googleapis.com/v1beta/files/x", "gemini"),
        ),
    ],
)
def test_files_by_reference_are_read_and_written_as_they_were(uri: str, kind: str | None, source: Any) -> None:
    part = {"fileData": {"fileUri": uri, **({"mimeType": kind} if kind else {})}}
    request = read(user(part))
    image = request.turns[0].content[0]
    assert isinstance(image, Image)
    assert image.source == source
    assert write(request)["contents"] == [user(part)]


@pytest.mark.parametrize(
    "part",
    [
        {"executableCode": {"language": "PYTHON", "code": "1"}},
        {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1"}},
        {"toolCall": {"id": "t", "toolType": "URL_CONTEXT"}, "thoughtSignature": "c2ln"},
        {"inlineData": {"mimeType": "image/png", "data": "AAAA"}, "thoughtSignature": "c2ln"},
        {"part_of_next_year": {"any_thing": [1]}},
    ],
    ids=lambda part: next(iter(part)),
)
def test_what_only_gemini_models_say_is_kept_verbatim(part: Any) -> None:
    request = read(user({"text": "a"}), model({"text": "b"}, part, {"text": "c"}), user({"text": "d"}))
    block = request.turns[1].content[1]
    assert isinstance(block, Unknown)
    assert json.loads(bytes(block.raw)) == part
    assert write(request)["contents"][1] == model({"text": "b"}, part, {"text": "c"})


def test_a_video_is_kept_verbatim_with_everything_beside_it() -> None:
    part = {"fileData": {"fileUri": "https://video.example/1", "mimeType": "video/mp4"}, "videoMetadata": {"fps": 2}}
    assert write(read(user(part)))["contents"] == [user(part)]


def test_a_field_beside_a_picture_comes_back_with_it() -> None:
    part = {"inlineData": {"mimeType": "image/png", "data": "AAAA"}, "mediaResolution": {"level": "HIGH"}}
    assert write(read(user(part)))["contents"] == [user(part)]


def test_pieces_a_client_recorded_from_a_stream_are_one_text() -> None:
    request = read(
        user({"text": "a"}), model({"text": "He"}), model({"text": "l"}, {"text": "lo"}), user({"text": "b"})
    )
    assert request.turns[1] == Turn("assistant", (Text("Hello"),))


def test_a_field_beside_a_models_text_comes_back_with_it() -> None:
    parts = [{"text": "a"}, {"text": "b", "partMetadata": {"x": 1}}, {"text": "c"}]
    assert write(read(user({"text": "q"}), model(*parts), user({"text": "r"})))["contents"][1] == model(*parts)


def test_empty_texts_are_left_out() -> None:
    request = read(user({"text": ""}, {"text": "a"}), model({"text": ""}), user({"text": "b"}))
    assert request.turns == (Turn("user", (Text("a"),)), Turn("user", (Text("b"),)))


# Read: calls and their results -----------------------------------------------------------------------------------------


def test_calls_and_results_without_ids_find_each_other_by_name_and_order() -> None:
    request = read(
        user({"text": "a"}),
        model(call("f", args={"n": 1}), call("g"), call("f", args={"n": 2})),
        user(answer("f"), answer("g"), answer("f")),
    )
    calls = [block.id for block in request.turns[1].content if isinstance(block, ToolCall)]
    results = [block.call_id for block in request.turns[2].content if isinstance(block, ToolResult)]
    assert results == calls
    assert len(set(calls)) == 3


def test_results_with_ids_find_their_calls_by_these() -> None:
    request = read(
        user({"text": "a"}),
        model(call(id="x"), call(id="y")),
        {"role": "function", "parts": [answer(id="y"), answer(id="x")]},
    )
    assert [block.call_id for block in request.turns[2].content if isinstance(block, ToolResult)] == ["y", "x"]


def test_a_result_finds_a_call_that_only_its_client_gave_an_id() -> None:
    request = read(
        user({"text": "a"}),
        model(call("f", args={"n": 1}), call("f", args={"n": 2}), call("g", id="y")),
        user(answer("f", id="f-1"), answer("f", id="f-2"), answer("g", id="z")),
    )
    calls = [block.id for block in request.turns[1].content if isinstance(block, ToolCall)]
    results = [block.call_id for block in request.turns[2].content if isinstance(block, ToolResult)]
    assert results == [*calls[:2], "z"]


def test_made_ids_do_not_change_while_a_conversation_grows() -> None:
    history = [user({"text": "a"}), model(call("f", args={"n": 1})), user(answer("f"))]
    short = read(*history)
    long = read(*history, model(call("f", args={"n": 1})), user(answer("f")))
    assert long.turns[: len(short.turns)] == short.turns
    assert long.turns[3].content != long.turns[1].content


def test_arguments_keep_every_byte() -> None:
    body = b'{"model":"m","contents":[{"role":"model","parts":[{"functionCall":{"name":"f","args":{"a":  1.50e1}}}]}]}'
    block = GEMINI.decode_request(peek(body)).turns[0].content[0]
    assert isinstance(block, ToolCall)
    assert block.arguments == '{"a":  1.50e1}'


@pytest.mark.parametrize(
    ("response", "content", "is_error"),
    [
        ({"output": "x"}, (Text("x"),), None),
        ({"result": "x"}, (Text("x"),), None),
        ({"error": "x"}, (Text("x"),), True),
        ({"output": {"a": 1}}, (Text('{"a": 1}'),), None),
        ({"a": 1, "b": [2]}, (Text('{"a": 1, "b": [2]}'),), None),
        ({"output": ""}, (), None),
    ],
)
def test_results_are_read_as_text_and_come_back_as_they_were(response: Any, content: Any, is_error: Any) -> None:
    request = read(user({"text": "a"}), model(call(id="x")), user(answer(response=response, id="x")))
    result = request.turns[2].content[0]
    assert isinstance(result, ToolResult)
    assert (result.content, result.is_error) == (content, is_error)
    assert write(request)["contents"][2]["parts"][0]["functionResponse"]["response"] == response


def test_files_in_a_result_are_read_and_written() -> None:
    files = [{"inlineData": {"mimeType": "image/png", "data": "AAAA"}}]
    request = read(user({"text": "a"}), model(call(id="x")), user(answer(id="x", parts=files)))
    result = request.turns[2].content[0]
    assert isinstance(result, ToolResult)
    assert result.content == (Text("r"), Image(Base64Source("image/png", "AAAA")))
    assert write(request)["contents"][2]["parts"][0]["functionResponse"]["parts"] == files


# Read: tools -----------------------------------------------------------------------------------------------------------


def test_functions_and_built_in_tools_are_tools_of_their_own() -> None:
    request = read(
        user({"text": "a"}),
        tools=[
            {"functionDeclarations": [{"name": "f", "description": "d"}, {"name": "g", "behavior": "BLOCKING"}]},
            {"googleSearch": {"excludeDomains": ["e.example"]}, "urlContext": {}},
        ],
    )
    first, second, search, other = request.tools
    assert first == Tool("f", "d", None)
    assert isinstance(second, Tool)
    assert second.extras is not None
    assert isinstance(search, ServerTool)
    assert (search.name, search.blocked_domains) == ("web_search", ("e.example",))
    assert isinstance(other, Unknown)
    assert write(request)["tools"] == [
        {"functionDeclarations": [{"name": "f", "description": "d"}, {"name": "g", "behavior": "BLOCKING"}]},
        {"googleSearch": {"excludeDomains": ["e.example"]}},
        {"urlContext": {}},
    ]


@pytest.mark.parametrize(
    ("older", "read_as"),
    [
        ({"any_of": [{"type": "INTEGER"}]}, {"anyOf": [{"type": "integer"}]}),
        ({"type": "OBJECT", "any_of": [{"type": "STRING"}]}, {"anyOf": [{"type": "string"}]}),
        ({"type": "TYPE_UNSPECIFIED", "title": "t"}, {"title": "t"}),
        ({"type": "ARRAY", "min_items": "1"}, {"type": "array", "minItems": 1}),
        ({"properties": {"any_of": {"type": "STRING"}}}, {"properties": {"any_of": {"type": "string"}}}),
        (
            {"property_ordering": ["a"], "properties": {"a": {"type": "NULL"}}},
            {"propertyOrdering": ["a"], "properties": {"a": {"type": "null"}}},
        ),
    ],
)
def test_an_older_schema_is_read_as_googles_sdks_write_it(older: Any, read_as: Any) -> None:
    config = {"responseMimeType": "application/json", "responseSchema": older}
    output_format = read(user({"text": "a"}), generationConfig=config).output_format
    assert output_format is not None
    assert json.loads(bytes(output_format.schema or b"")) == read_as


def test_an_older_schema_is_read_as_json_schema() -> None:
    schema = {
        "type": "OBJECT",
        "properties": {"type": {"type": "STRING", "nullable": True, "maxLength": "5"}, "nullable": {"type": "BOOLEAN"}},
    }
    (tool,) = read(user({"text": "a"}), tools=[{"functionDeclarations": [{"name": "f", "parameters": schema}]}]).tools
    assert isinstance(tool, Tool)
    assert tool.parameters is not None
    assert json.loads(bytes(tool.parameters)) == {
        "type": "object",
        "properties": {"type": {"type": ["string", "null"], "maxLength": 5}, "nullable": {"type": "boolean"}},
    }


@pytest.mark.parametrize(
    ("config", "choice", "names"),
    [
        ({"mode": "AUTO"}, ToolChoice(ToolMode.AUTO), ["f", "g", "h"]),
        ({}, ToolChoice(ToolMode.AUTO), ["f", "g", "h"]),
        ({"mode": "none"}, ToolChoice(ToolMode.NONE), ["f", "g", "h"]),
        ({"mode": "ANY"}, ToolChoice(ToolMode.ANY), ["f", "g", "h"]),
        ({"mode": "ANY", "allowedFunctionNames": ["g"]}, ToolChoice(ToolMode.NAMED, "g"), ["f", "g", "h"]),
        ({"mode": "ANY", "allowedFunctionNames": ["g", "h"]}, ToolChoice(ToolMode.ANY), ["g", "h"]),
        ({"mode": "VALIDATED", "allowedFunctionNames": ["f"]}, ToolChoice(ToolMode.AUTO), ["f"]),
    ],
)
def test_choices_are_read(config: Any, choice: ToolChoice, names: list[str]) -> None:
    tools = [{"functionDeclarations": [{"name": name} for name in ("f", "g", "h")]}]
    request = read(user({"text": "a"}), tools=tools, toolConfig={"functionCallingConfig": config})
    assert request.tool_choice == choice
    assert [tool.name for tool in request.tools if isinstance(tool, Tool)] == names


def test_a_promise_about_arguments_is_kept() -> None:
    config = {"functionCallingConfig": {"mode": "VALIDATED"}, "retrievalConfig": {"languageCode": "de"}}
    request = read(user({"text": "a"}), tools=[{"functionDeclarations": [{"name": "f"}]}], toolConfig=config)
    assert write(request)["toolConfig"] == config
