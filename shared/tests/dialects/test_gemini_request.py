"""Facts about generateContent requests, read and written."""

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
    Extras,
    FileSource,
    Image,
    OutputFormat,
    Reasoning,
    RedactedThinking,
    Request,
    Sampling,
    ServerCall,
    ServerTool,
    Text,
    TextSource,
    Thinking,
    Tool,
    ToolCall,
    ToolChoice,
    ToolMode,
    ToolReference,
    ToolResult,
    Turn,
    Unknown,
    UrlSource,
)
from fairlead.shared.dialects.gemini import GEMINI
from fairlead.shared.failure import FailureError, Kind
from fairlead.shared.profile import PLAIN

NEW, OLD = "gemini-3.8-flash", "gemini-2.5-flash"
STAND_IN = "skip_thought_signature_validator"


def read(*contents: Any, **fields: Any) -> Request:
    body = {"model": NEW, "stream": False, "contents": contents, **fields}
    return GEMINI.decode_request(peek(json.dumps(body).encode()))


def write(request: Request) -> dict[str, Any]:
    return json.loads(GEMINI.encode_request(request, PLAIN).body)  # type: ignore[no-any-return]


def losses(request: Request) -> list[str]:
    return [loss.what for loss in GEMINI.encode_request(request, PLAIN).losses]


def ask(*turns: Turn, model: str = NEW, **fields: Any) -> Request:
    return Request(model, turns, **fields)


def user(*parts: Any) -> dict[str, Any]:
    return {"role": "user", "parts": list(parts)}


def model(*parts: Any) -> dict[str, Any]:
    return {"role": "model", "parts": list(parts)}


def call(name: str = "f", signature: str | None = None, **fields: Any) -> dict[str, Any]:
    part: dict[str, Any] = {"functionCall": {"name": name, **fields}}
    return part if signature is None else {**part, "thoughtSignature": signature}


def answer(name: str = "f", response: Any = None, **fields: Any) -> dict[str, Any]:
    return {"functionResponse": {"name": name, "response": response or {"output": "r"}, **fields}}


HELLO = Turn("user", (Text("hello"),))


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
    ],
)
def test_thinking_is_read(config: Any, meant: Reasoning) -> None:
    assert read(user({"text": "a"}), generationConfig={"thinkingConfig": config}).reasoning == meant


def test_what_changes_an_answers_meaning_stands_in_plain_sight_of_other_dialects() -> None:
    config = {
        "candidateCount": 2,
        "responseModalities": ["AUDIO"],
        "responseMimeType": "text/x.enum",
        "frequencyPenalty": 1,
    }
    request = read(user({"text": "a"}), generationConfig=config, cachedContent="c", safetySettings=[1])
    assert request.extras is not None
    assert {name: json.loads(bytes(raw)) for name, raw in request.extras.fields.items()} == {
        "candidateCount": 2,
        "responseModalities": ["AUDIO"],
        "responseMimeType": "text/x.enum",
        "generationConfig": {"frequencyPenalty": 1},
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
        ("gs://b/a", "image/png", FileSource("gs://b/a")),
        (
            "https://generativelanguage.googleapis.com/v1beta/files/x",
            "image/png",
            FileSource("https://generativelanguage.googleapis.com/v1beta/files/x"),
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


# Signatures ------------------------------------------------------------------------------------------------------------


def test_a_signature_stands_right_before_the_block_of_its_part() -> None:
    request = read(
        user({"text": "a"}),
        model(
            {"text": "hm", "thought": True},
            {"text": "b", "thoughtSignature": "dGV4dA=="},
            call(id="x", signature="Y2FsbA=="),
            call(id="y"),
        ),
        user(answer(id="x"), answer(id="y")),
    )
    assert request.turns[1].content == (
        Thinking("hm", "", "gemini"),
        Thinking("", "dGV4dA==", "gemini"),
        Text("b"),
        Thinking("", "Y2FsbA==", "gemini"),
        ToolCall("x", "f", "{}"),
        ToolCall("y", "f", "{}"),
    )


SIGNED = [
    [{"text": "hm", "thought": True}, call(id="x", args={}, signature="Y2FsbA==")],
    [{"text": "hm", "thought": True, "thoughtSignature": "dGg="}, call(id="x", args={}, signature="Y2FsbA==")],
    [{"text": "a"}, {"text": "", "thoughtSignature": "dGV4dA=="}],
    [{"text": "a"}, {"text": "", "thoughtSignature": "dGV4dA=="}, call(id="x", args={}, signature="Y2FsbA==")],
    [{"text": "a", "thoughtSignature": "dGV4dA=="}, {"text": "b"}],
    [{"text": "", "thoughtSignature": "dGV4dA=="}, {"text": "b"}],
    [{"text": "", "thought": True, "thoughtSignature": "dGg="}, {"text": "b"}],
    [call(id="x", args={}, signature="Y2FsbA=="), call(id="y", args={})],
]


@pytest.mark.parametrize("parts", SIGNED)
def test_every_signature_goes_back_on_its_own_part(parts: list[Any]) -> None:
    contents = [user({"text": "q"}), model(*parts)]
    calls = [part["functionCall"]["id"] for part in parts if "functionCall" in part]
    contents.append(user(*[answer(id=id) for id in calls]) if calls else user({"text": "r"}))
    written = write(read(*contents))["contents"]
    assert written[1]["parts"] == parts


FOREIGN = (
    Thinking("because", "c2lnbmVk", "anthropic", Extras("anthropic", {"x": Raw(b"[1]")})),
    RedactedThinking("b3BhcXVl", "anthropic"),
    Thinking("", "", "openai"),
)


def test_reasoning_of_others_is_left_out_and_told() -> None:
    request = ask(HELLO, Turn("assistant", (*FOREIGN, Text("hi"))), HELLO)
    assert write(request)["contents"][1] == model({"text": "hi"})
    assert losses(request) == ["thinking"] * 3


def test_the_first_unsigned_call_of_every_step_of_the_current_turn_gets_a_stand_in() -> None:
    step = (Turn("assistant", (ToolCall("a", "f", "{}"), ToolCall("b", "f", "{}"))),)
    results = (Turn("user", (ToolResult("a", ()), ToolResult("b", ()))),)
    signed = Turn("assistant", (Thinking("", "c2ln", "gemini"), ToolCall("c", "f", "{}")))
    earlier = (HELLO, *step, *results, Turn("assistant", (Text("done"),)))
    contents = write(
        ask(*earlier, HELLO, *step, *results, signed, Turn("user", (ToolResult("c", ()),)), *step, *results)
    )["contents"]
    signatures = [
        [part.get("thoughtSignature") for part in one["parts"] if "functionCall" in part]
        for one in contents
        if any("functionCall" in part for part in one["parts"])
    ]
    assert signatures == [[None, None], [STAND_IN, None], ["c2ln"], [STAND_IN, None]]


def test_older_models_get_no_stand_in() -> None:
    request = ask(
        HELLO, Turn("assistant", (ToolCall("a", "f", "{}"),)), Turn("user", (ToolResult("a", ()),)), model=OLD
    )
    assert "thoughtSignature" not in write(request)["contents"][1]["parts"][0]


@pytest.mark.parametrize("signature", [STAND_IN, b64encode(STAND_IN.encode()).decode()])
def test_a_stand_in_is_no_reasoning(signature: str) -> None:
    request = read(user({"text": "a"}), model(call(id="x", signature=signature)), user(answer(id="x")))
    assert request.turns[1].content == (ToolCall("x", "f", "{}"),)


# Written: order --------------------------------------------------------------------------------------------------------

CALLS = Turn("assistant", (ToolCall("a", "f", '{"n":1}'), ToolCall("b", "g", "{}")))


def roles(request: Request) -> list[str]:
    return [
        one["role"] + ":" + "+".join(sorted({next(iter(part)) for part in one["parts"]}))
        for one in write(request)["contents"]
    ]


def test_results_come_at_once_whole_and_in_the_order_of_their_calls() -> None:
    results = (
        Turn("user", (ToolResult("b", (Text("2"),)), Text("by the way"))),
        Turn("user", (ToolResult("a", (Text("1"),)),)),
    )
    contents = write(ask(HELLO, CALLS, *results, Turn("user", (Text("go on"),))))["contents"]
    assert [one["functionResponse"] for one in contents[2]["parts"]] == [
        {"id": "a", "name": "f", "response": {"output": "1"}},
        {"id": "b", "name": "g", "response": {"output": "2"}},
    ]
    assert contents[3] == user({"text": "by the way"}, {"text": "go on"})


def test_calls_of_turns_in_a_row_are_one_step() -> None:
    turns = [Turn("assistant", (ToolCall(id, "f", "{}"),)) for id in "ab"]
    results = [Turn("user", (ToolResult(id, ()),)) for id in "ab"]
    assert roles(ask(HELLO, *turns, *results)) == ["user:text", "model:functionCall", "user:functionResponse"]


def test_a_result_that_never_came_is_answered_as_lost() -> None:
    request = ask(HELLO, CALLS, Turn("user", (ToolResult("b", (Text("2"),)),)), Turn("assistant", (Text("ok"),)), HELLO)
    responses = [part["functionResponse"] for part in write(request)["contents"][2]["parts"]]
    assert [one["name"] for one in responses] == ["f", "g"]
    assert list(responses[0]["response"]) == ["error"]
    assert losses(request) == ["missing tool result"]


def test_a_result_nobody_waits_for_is_told_as_text() -> None:
    request = ask(HELLO, Turn("assistant", (Text("ok"),)), Turn("user", (ToolResult("z", (Text("late"),)), Text("go"))))
    assert write(request)["contents"][2]["parts"][1:] == [{"text": "late"}, {"text": "go"}]
    assert losses(request) == ["tool result"]


def test_a_result_that_came_twice_is_answered_once() -> None:
    request = ask(HELLO, CALLS, Turn("user", tuple(ToolResult(id, (Text(id),)) for id in "aab")))
    assert roles(request) == ["user:text", "model:functionCall", "user:functionResponse", "user:text"]


def test_calls_at_the_end_stay_open() -> None:
    assert roles(ask(HELLO, CALLS)) == ["user:text", "model:functionCall"]


def test_an_error_is_told_as_one() -> None:
    request = ask(HELLO, CALLS, Turn("user", (ToolResult("a", (Text("no"),), is_error=True), ToolResult("b", ()))))
    first, second = write(request)["contents"][2]["parts"]
    assert first["functionResponse"]["response"] == {"error": "no"}
    assert second["functionResponse"]["response"] == {"output": ""}


PICTURE = Image(Base64Source("image/png", "AAAA"))
SHOWN = (
    HELLO,
    Turn("assistant", (ToolCall("a", "f", "{}"),)),
    Turn("user", (ToolResult("a", (Text("see"), PICTURE)),)),
)


def test_a_picture_stays_in_its_result_where_the_model_knows_that() -> None:
    response = write(ask(*SHOWN))["contents"][2]["parts"][0]["functionResponse"]
    assert response["response"] == {"output": "see"}
    assert response["parts"] == [{"inlineData": {"mimeType": "image/png", "data": "AAAA"}}]


def test_a_picture_in_a_result_follows_after_it_where_the_model_does_not() -> None:
    contents = write(ask(*SHOWN, model=OLD))["contents"]
    assert "parts" not in contents[2]["parts"][0]["functionResponse"]
    assert contents[3]["parts"][1] == {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}


def test_older_models_match_calls_by_order_and_get_no_ids() -> None:
    contents = write(ask(*SHOWN, model=OLD))["contents"]
    assert contents[1]["parts"][0]["functionCall"] == {"name": "f", "args": {}}
    assert "id" not in contents[2]["parts"][0]["functionResponse"]


def test_instructions_inside_the_conversation_are_told_where_they_stand() -> None:
    request = ask(HELLO, Turn("system", (Text("be brief"),)), Turn("assistant", (Text("ok"),)), HELLO)
    assert write(request)["contents"][0] == user({"text": "hello"}, {"text": "<system>\nbe brief\n</system>"})
    assert losses(request) == ["system message"]


def test_a_conversation_begins_with_a_user() -> None:
    request = ask(Turn("assistant", (Text("hi"),)), HELLO)
    assert [one["role"] for one in write(request)["contents"]] == ["user", "model", "user"]
    assert losses(request) == ["first message"]


def test_a_conversation_that_ends_with_the_model_is_told() -> None:
    assert losses(ask(HELLO, Turn("assistant", (Text("{"),)))) == ["prefill"]


@pytest.mark.parametrize(
    ("arguments", "args", "told"),
    [
        ('{"a": 1}', {"a": 1}, []),
        ("", {}, []),
        ("[1]", {"input": [1]}, ["tool arguments"]),
        ('{"a":', {"input": '{"a":'}, ["tool arguments"]),
    ],
)
def test_arguments_are_an_object(arguments: str, args: Any, told: list[str]) -> None:
    request = ask(HELLO, Turn("assistant", (ToolCall("a", "f", arguments),)), Turn("user", (ToolResult("a", ()),)))
    assert write(request)["contents"][1]["parts"][0]["functionCall"]["args"] == args
    assert losses(request) == told


def test_free_text_calls_are_calls_of_their_function() -> None:
    custom = ToolCall("a", "patch", "*** Begin", custom=True)
    request = ask(
        HELLO,
        Turn("assistant", (custom,)),
        Turn("user", (ToolResult("a", ()),)),
        tools=(Tool("patch", "d", None, custom=True),),
    )
    written = write(request)
    assert written["contents"][1]["parts"][0]["functionCall"]["args"] == {"input": "*** Begin"}
    declared = written["tools"][0]["functionDeclarations"][0]
    assert declared["parametersJsonSchema"]["required"] == ["input"]


# Written: parts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("block", "part"),
    [
        (PICTURE, {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}),
        (
            Image(UrlSource("https://e.example/a.webp")),
            {"fileData": {"fileUri": "https://e.example/a.webp", "mimeType": "image/webp"}},
        ),
        (Document(TextSource("é")), {"inlineData": {"mimeType": "text/plain", "data": "w6k="}}),
        (Audio(Base64Source("audio/wav", "AAAA")), {"inlineData": {"mimeType": "audio/wav", "data": "AAAA"}}),
        (ToolReference("g"), {"text": "Tool g may be called from now on."}),
    ],
)
def test_what_a_user_shows_is_written(block: Any, part: Any) -> None:
    assert write(ask(Turn("user", (block,))))["contents"] == [user(part)]


@pytest.mark.parametrize("source", [FileSource("file_123"), Base64Source("image/gif", "AAAA")])
def test_pictures_no_gemini_model_can_see_are_refused(source: Any) -> None:
    with pytest.raises(FailureError, match=r"messages\[0\]"):
        write(ask(Turn("user", (Image(source),))))


def test_what_others_alone_understand_is_left_out_and_told() -> None:
    request = ask(
        Turn("user", (Text("a"), Unknown("anthropic", Raw(b"{}")))),
        Turn("assistant", (ServerCall("s", "web_search", "{}"), Text("b"))),
        HELLO,
    )
    assert [one["parts"] for one in write(request)["contents"]] == [
        [{"text": "a"}],
        [{"text": "b"}],
        [{"text": "hello"}],
    ]
    assert losses(request) == ["Unknown", "web search"]


# Written: what stands around -------------------------------------------------------------------------------------------


def test_instructions_are_parts() -> None:
    request = ask(HELLO, instructions=(Text("a"), Text(""), Unknown("anthropic", Raw(b"{}"))))
    assert write(request)["systemInstruction"] == {"parts": [{"text": "a"}]}
    assert losses(request) == ["system block"]


def test_sampling_is_written_within_bounds() -> None:
    request = ask(HELLO, sampling=Sampling(3.0, 0.5, 7, 1), stop=tuple("abcdef"), max_tokens=9, user="u")
    assert write(request)["generationConfig"] == {
        "maxOutputTokens": 9,
        "temperature": 2.0,
        "topP": 0.5,
        "topK": 7,
        "seed": 1,
        "stopSequences": list("abcde"),
    }
    assert losses(request) == ["temperature", "stop sequences", "user"]


def test_a_long_answer_of_gemini_4_has_to_be_streamed() -> None:
    request = ask(HELLO, model="gemini-4-argon", max_tokens=60_000)
    assert write(request)["generationConfig"]["maxOutputTokens"] == 32_768
    assert losses(request) == ["max_tokens"]
    streamed = ask(HELLO, model="gemini-4-argon", max_tokens=60_000, stream=True)
    assert write(streamed)["generationConfig"]["maxOutputTokens"] == 60_000


def thinking(model: str, **fields: Any) -> Any:
    return (
        write(ask(HELLO, model=model, reasoning=Reasoning(**fields))).get("generationConfig", {}).get("thinkingConfig")
    )


@pytest.mark.parametrize(
    ("model", "fields", "config"),
    [
        (NEW, {}, None),
        (NEW, {"effort": "high"}, {"includeThoughts": True, "thinkingLevel": "HIGH"}),
        (NEW, {"effort": "xhigh"}, {"includeThoughts": True, "thinkingLevel": "HIGH"}),
        (NEW, {"effort": "minimal", "display": "omitted"}, {"thinkingLevel": "LOW"}),
        ("gemini-3-flash-preview", {"effort": "minimal", "display": "omitted"}, {"thinkingLevel": "MINIMAL"}),
        ("google/gemini-3-pro-preview", {"effort": "medium"}, {"includeThoughts": True, "thinkingLevel": "HIGH"}),
        (NEW, {"mode": "enabled", "budget_tokens": 4096}, {"includeThoughts": True, "thinkingLevel": "LOW"}),
        (NEW, {"mode": "enabled", "budget_tokens": 31_999}, {"includeThoughts": True, "thinkingLevel": "HIGH"}),
        (NEW, {"mode": "adaptive"}, {"includeThoughts": True}),
        (NEW, {"mode": "disabled"}, {"thinkingLevel": "LOW"}),
        (NEW, {"display": "summarized"}, {"includeThoughts": True}),
        (OLD, {"effort": "low"}, {"includeThoughts": True, "thinkingBudget": 1024}),
        (OLD, {"mode": "enabled", "budget_tokens": 31_999}, {"includeThoughts": True, "thinkingBudget": 24_576}),
        (OLD, {"mode": "adaptive"}, {"includeThoughts": True, "thinkingBudget": -1}),
        (OLD, {"effort": "none"}, {"thinkingBudget": 0}),
        ("gemini-2.5-pro", {"mode": "disabled"}, {"thinkingBudget": 128}),
        (
            "gemini-2.5-flash-lite",
            {"mode": "enabled", "budget_tokens": 9},
            {"includeThoughts": True, "thinkingBudget": 512},
        ),
        ("gemini-2.0-flash", {"effort": "high"}, None),
        ("gemini-of-the-future", {"effort": "medium"}, {"includeThoughts": True, "thinkingLevel": "MEDIUM"}),
    ],
)
def test_thinking_is_written_on_the_models_own_scale(model: str, fields: Any, config: Any) -> None:
    assert thinking(model, **fields) == config


@pytest.mark.parametrize("config", [{"thinkingLevel": "HIGH"}, {"thinkingLevel": "LOW", "includeThoughts": True}])
def test_a_level_comes_back_as_it_was(config: Any) -> None:
    assert write(read(user({"text": "a"}), generationConfig={"thinkingConfig": config}))["generationConfig"] == {
        "thinkingConfig": config
    }


@pytest.mark.parametrize(
    "config", [{"thinkingBudget": 77}, {"thinkingBudget": -1, "includeThoughts": True}, {"thinkingBudget": 0}]
)
def test_a_budget_comes_back_as_it_was(config: Any) -> None:
    request = read(user({"text": "a"}), generationConfig={"thinkingConfig": config}, model=OLD)
    assert write(request)["generationConfig"] == {"thinkingConfig": config}


SCHEMA = Raw(b'{"type": "object", "properties": {"a": {"type": "string"}}}')


def test_structured_output_is_written() -> None:
    config = write(ask(HELLO, output_format=OutputFormat(SCHEMA, "n", True)))["generationConfig"]
    assert config == {"responseMimeType": "application/json", "responseJsonSchema": json.loads(bytes(SCHEMA))}
    assert write(ask(HELLO, output_format=OutputFormat(None)))["generationConfig"] == {
        "responseMimeType": "application/json"
    }


def test_structured_output_beside_tools_is_asked_for_in_words_where_the_model_has_not_both() -> None:
    request = ask(HELLO, model=OLD, output_format=OutputFormat(SCHEMA), tools=(Tool("f", None, None),))
    written = write(request)
    assert "generationConfig" not in written
    assert bytes(SCHEMA).decode() in written["systemInstruction"]["parts"][0]["text"]
    assert losses(request) == ["output format"]


SEARCH = ServerTool("web_search", Unknown("anthropic", Raw(b"{}")), allowed_domains=("e.example",), max_uses=3)


def test_a_search_is_googles_own() -> None:
    request = ask(HELLO, tools=(SEARCH,))
    assert write(request)["tools"] == [{"googleSearch": {}}]
    assert "toolConfig" not in write(request)
    assert losses(request) == ["allowed domains", "max uses"]


def test_a_search_beside_functions_is_left_out_where_the_model_has_not_both() -> None:
    tools = (Tool("f", None, None), SEARCH)
    assert write(ask(HELLO, tools=tools))["tools"] == [{"functionDeclarations": [{"name": "f"}]}, {"googleSearch": {}}]
    assert write(ask(HELLO, tools=tools))["toolConfig"]["includeServerSideToolInvocations"] is True
    old = ask(HELLO, tools=tools, model=OLD)
    assert write(old)["tools"] == [{"functionDeclarations": [{"name": "f"}]}]
    assert "built-in tools" in losses(old)


def test_no_tools_means_neither_tools_nor_a_choice() -> None:
    assert set(write(ask(HELLO, tool_choice=ToolChoice(ToolMode.ANY)))) == {"contents"}


@pytest.mark.parametrize(
    ("choice", "config", "told"),
    [
        (ToolChoice(ToolMode.AUTO), {"mode": "AUTO"}, []),
        (ToolChoice(ToolMode.ANY, None, False), {"mode": "ANY"}, ["parallel tool calls"]),
        (ToolChoice(ToolMode.NONE), {"mode": "NONE"}, []),
        (ToolChoice(ToolMode.NAMED, "f"), {"mode": "ANY", "allowedFunctionNames": ["f"]}, []),
        (ToolChoice(ToolMode.NAMED, "nobody"), None, ["tool choice"]),
    ],
)
def test_choices_are_written(choice: ToolChoice, config: Any, told: list[str]) -> None:
    request = ask(HELLO, tools=(Tool("f", None, None),), tool_choice=choice)
    assert write(request).get("toolConfig", {}).get("functionCallingConfig") == config
    assert losses(request) == told


@pytest.mark.parametrize("name", ["3d", "-x", "a b", "é", "_:x", "a:b", "mcp__server.tool-1", "n" * 128])
def test_a_name_gemini_refuses_is_known_again(name: str) -> None:
    tools = (Tool(name, None, None),)
    turns = (HELLO, Turn("assistant", (ToolCall("c", name, "{}"),)), Turn("user", (ToolResult("c", ()),)))
    written = write(ask(*turns, tools=tools, tool_choice=ToolChoice(ToolMode.NAMED, name)))
    legal = written["tools"][0]["functionDeclarations"][0]["name"]
    assert legal == written["contents"][1]["parts"][0]["functionCall"]["name"]
    assert legal == written["contents"][2]["parts"][0]["functionResponse"]["name"]
    assert legal == written["toolConfig"]["functionCallingConfig"]["allowedFunctionNames"][0]
    assert legal[0].isascii()
    assert legal[0].isalpha() or legal[0] == "_"
    assert all(letter.isascii() and (letter.isalnum() or letter in "_.:-") for letter in legal)
    again = read(*written["contents"], tools=written["tools"])
    assert [tool.name for tool in again.tools if isinstance(tool, Tool)] == [name]
    assert [block.name for block in again.turns[1].content if isinstance(block, ToolCall)] == [name]


def test_fields_of_others_are_told_and_those_that_matter_are_refused() -> None:
    request = ask(HELLO, extras=Extras("openai", {"logit_bias": Raw(b"{}")}))
    assert losses(request) == ["logit_bias"]
    with pytest.raises(FailureError, match="n: not available"):
        write(ask(HELLO, extras=Extras("openai", {"n": Raw(b"2")})))


def test_the_same_request_gives_the_same_bytes_every_time() -> None:
    request = ask(HELLO, CALLS, Turn("user", (ToolResult("a", ()), ToolResult("b", ()))), tools=(SEARCH,))
    assert len({GEMINI.encode_request(request, PLAIN).body for _ in range(5)}) == 1
