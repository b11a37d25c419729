"""The Gemini API: addresses and requests."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from fairlead.simulator.dialects import Endpoint, Refusal
from fairlead.simulator.dialects.gemini import Gemini
from fairlead.simulator.dialects.gemini.signatures import signature
from fairlead.simulator.http1 import Request
from fairlead.simulator.script import signed
from fairlead.simulator.turn import ANY_TOOL, Call, Tool, Turn

DIALECT = Gemini()
MODEL = "gemini-3.8-flash"
SCHEMA = {"type": "OBJECT", "properties": {"type": {"type": "STRING"}}, "required": ["type"]}
TOOL = {"functionDeclarations": [{"name": "write", "description": "d", "parameters": SCHEMA}]}
ASK = {"role": "user", "parts": [{"text": "go"}]}


def call(name: str = "write", sign: str | None = "ours", **more: Any) -> dict[str, Any]:
    """A call, by default with the signature that this service would have given it."""
    part: dict[str, Any] = {"functionCall": {"name": name, "args": {}, **more}}
    if sign is not None:
        part["thoughtSignature"] = signature(name, "seed") if sign == "ours" else sign
    return part


def answered(name: str = "write", **more: Any) -> dict[str, Any]:
    return {"functionResponse": {"name": name, "response": {"output": "ok"}, **more}}


def model(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"role": "model", "parts": list(parts)}


def user(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"role": "user", "parts": list(parts)}


def body(*contents: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"contents": list(contents) or [ASK], **more}


def read(
    sent: object, *, name: str = MODEL, verb: str = "generateContent", base: str = "/v1beta", strict: bool = True
) -> Turn | Refusal:
    data = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    request = Request("POST", f"{base}/models/{quote(name, safe='')}:{verb}", (), data)
    endpoint = DIALECT.claims(request.path)
    assert endpoint is not None
    return DIALECT.read(request, endpoint, strict=strict)


def turn(sent: object, **options: Any) -> Turn:
    found = read(sent, **options)
    assert isinstance(found, Turn), found
    return found


def complaint(sent: object, **options: Any) -> str:
    found = read(sent, **options)
    assert isinstance(found, Refusal), found
    assert (found.status, found.kind) == (400, "INVALID_ARGUMENT")
    return found.message


# --- addresses ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "endpoint"),
    [
        ("/v1beta/models/m:generateContent", Endpoint.GENERATE),
        ("/base/v1/models/models%2Fm:streamGenerateContent", Endpoint.GENERATE),
        ("/v1beta/models/m:countTokens", Endpoint.COUNT),
        ("/v1/projects/p/locations/l/publishers/google/models/m:generateContent", Endpoint.GENERATE),
        ("/v1beta/models/m:embedContent", None),
        ("/v1beta/models/m", None),
    ],
)
def test_paths_are_told_by_their_verb(path: str, endpoint: Endpoint | None) -> None:
    assert DIALECT.claims(path) is endpoint


def test_the_model_is_read_from_the_address() -> None:
    spec = "sim-text!delay-at=e1:0.1,content=a%2Cb"
    for written in (quote(spec, safe=""), spec.replace("%", "%25")):
        assert DIALECT.model(Request("POST", f"/v1beta/models/{written}:generateContent", (), b"")) == spec


def test_a_stream_is_an_array_unless_events_are_asked_for() -> None:
    def shape(verb: str) -> tuple[bool, bool]:
        found = turn(body(), verb=verb)
        return found.stream, found.array

    assert shape("generateContent") == (False, False)
    assert shape("streamGenerateContent?alt=sse") == (True, False)
    assert shape("streamGenerateContent") == (True, True)
    assert shape("streamGenerateContent?alt=json") == (True, True)


# --- requests -------------------------------------------------------------------------------------------------------


def test_a_request_is_read_as_an_agent_sends_it() -> None:
    found = turn(
        body(
            user({"text": "look"}, {"inlineData": {"mimeType": "image/png", "data": ""}}),
            model({"text": "hm", "thought": True}, {"text": "I will"}, call(id="1"), call("bash", None, id="2")),
            user(answered("bash", id="2", response={"error": "no"}), answered(id="1")),
            model(call("bash")),
            {"role": "function", "parts": [answered("bash", response={"exit": 0})]},
            systemInstruction={"parts": [{"text": "Working directory: /w"}]},
            tools=[TOOL, {"googleSearch": {}}],
            toolConfig={
                "functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["write"]},
                "includeServerSideToolInvocations": True,
            },
            generationConfig={
                "maxOutputTokens": 5,
                "stopSequences": ["X"],
                "temperature": 1,
                "thinkingConfig": {"includeThoughts": True, "thinkingLevel": "HIGH"},
            },
            safetySettings=[{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "OFF"}],
        )
    )
    assert (found.model, found.prompt, found.forced, found.max_tokens) == (MODEL, "look", "write", 5)
    assert found.rounds == ((Call("write", "ok"), Call("bash", "no", True)), (Call("bash", '{"exit":0}'),))
    plain = {"type": "object", "properties": {"type": {"type": "string"}}, "required": ["type"]}
    assert found.tools == (Tool("write", plain),)
    assert found.background[0] == "Working directory: /w"
    assert (found.stops, found.searches, found.shows_thinking) == (("X",), True, True)


def test_every_field_is_taken_in_snake_case_too() -> None:
    found = turn(
        {
            "contents": [user({"text": "a"}), model(call()), user({"function_response": {"name": "write"}})],
            "system_instruction": {"parts": [{"text": "be good"}]},
            "tools": [{"function_declarations": [{"name": "write", "parameters_json_schema": {"type": "object"}}]}],
            "tool_config": {"function_calling_config": {"mode": "ANY"}},
            "generation_config": {"max_output_tokens": 7, "thinking_config": {"include_thoughts": True}},
        }
    )
    assert (found.background[0], found.max_tokens, found.forced) == ("be good", 7, ANY_TOOL)
    assert found.tools == (Tool("write", {"type": "object"}),)
    assert found.shows_thinking


@pytest.mark.parametrize("field", ["responseSchema", "responseJsonSchema"])
def test_structured_output_is_read(field: str) -> None:
    config = {"responseMimeType": "application/json", field: SCHEMA}
    assert turn(body(generationConfig=config)).schema == {
        "type": "object",
        "properties": {"type": {"type": "string"}},
        "required": ["type"],
    }


def unknown(name: str, path: str = "") -> str:
    where = f" at '{path}'" if path else ""
    return f'Invalid JSON payload received. Unknown name "{name}"{where}: Cannot find field.'


DECLARED = "tools[0].function_declarations[0]"
PARAMETERS = f"{DECLARED}.parameters"


def declaring(**parameters: Any) -> dict[str, Any]:
    return body(tools=[{"functionDeclarations": [{"name": "f", "parameters": parameters}]}])


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (body(messages=[]), unknown("messages")),
        (body(generationConfig={"max_tokens": 1}), unknown("max_tokens", "generation_config")),
        (body(user({"text": "a", "cache_control": {}})), unknown("cache_control", "contents[0].parts[0]")),
        (body(tools=[{"type": "function"}]), unknown("type", "tools[0]")),
        (
            declaring(type="OBJECT", properties={"a": {"type": "string", "const": "x"}}),
            unknown("const", f"{PARAMETERS}.properties[0].value"),
        ),
        (
            declaring(**{"$schema": "x", "type": "object", "oneOf": []}),
            f"{unknown('$schema', PARAMETERS)}\n{unknown('oneOf', PARAMETERS)}",
        ),
        (
            body(generationConfig={"responseMimeType": "application/json", "responseSchema": {"$ref": "#"}}),
            unknown("$ref", "generation_config.response_schema"),
        ),
        (
            declaring(type=["string", "null"]),
            f"Invalid JSON payload received. Unknown name \"type\" at '{PARAMETERS}': Proto field is not repeating, "
            "cannot start list.",
        ),
        (
            body(user({"functionResponse": {"name": "f", "response": "text"}})),
            "Invalid value at 'contents[0].parts[0].function_response.response' "
            '(type.googleapis.com/google.protobuf.Struct), "text"',
        ),
        (
            body(model(call(args="{}"))),
            "Invalid value at 'contents[0].parts[0].function_call.args' (type.googleapis.com/google.protobuf.Struct), "
            '"{}"',
        ),
        (
            body(systemInstruction="be good"),
            "Invalid value at 'system_instruction' (type.googleapis.com/google.ai.generativelanguage.v1beta.Content), "
            '"be good"',
        ),
        (body(user({"text": 7})), "Invalid value at 'contents[0].parts[0].text' (TYPE_STRING), int"),
        ({"contents": []}, "* GenerateContentRequest.contents: contents is not specified\n"),
        (body({"role": "assistant", "parts": [{"text": "a"}]}), "Please use a valid role: user, model."),
        (body(user()), "* GenerateContentRequest.contents[0].parts: contents.parts must not be empty.\n"),
        (
            body(user({"text": ""})),
            "Unable to submit request because it has an empty text parameter. Add a value to the parameter.",
        ),
        (
            body(user({"thought": True})),
            "* GenerateContentRequest.contents[0].parts[0].data: required oneof field 'data' must have one initialized "
            "field\n",
        ),
        (
            body(user({"text": "a", "inlineData": {"mimeType": "image/png", "data": ""}})),
            "Invalid value at 'contents[0].parts[0]' (oneof), oneof field 'data' is already set. Cannot set 'text'",
        ),
        (
            body(tools=[{"functionDeclarations": []}]),
            "* GenerateContentRequest.tools[0].tool_type: required one_of 'tool_type' must have one initialized field\n",
        ),
        (body(tools=[TOOL, TOOL]), "Duplicate function declaration found: write"),
        (
            declaring(type="OBJECT", properties={}, required=["a"]),
            f"* GenerateContentRequest.{PARAMETERS}.required[0]: property is not defined\n",
        ),
        (
            declaring(type="OBJECT", properties={"a": {"type": "ARRAY"}}),
            f"* GenerateContentRequest.{PARAMETERS}.properties[a].items: missing field.\n",
        ),
        (
            declaring(type="OBJECT", properties={"a": {"type": "INTEGER", "enum": ["1"]}}),
            f"* GenerateContentRequest.{PARAMETERS}.properties[a].enum: only allowed for STRING type\n",
        ),
        (
            declaring(type="OBJECT", properties={"a": {"type": "STRING", "format": "uri"}}),
            f"* GenerateContentRequest.{PARAMETERS}.properties[a].format: only 'enum' and 'date-time' are supported for "
            "STRING type\n",
        ),
        (
            declaring(type="thing"),
            f"Invalid value at '{PARAMETERS}.type' (type.googleapis.com/google.ai.generativelanguage.v1beta.Type), "
            '"thing"',
        ),
        (
            body(tools=[TOOL], toolConfig={"functionCallingConfig": {"allowedFunctionNames": ["write"]}}),
            "allowed_function_names should be set only when function calling mode is ANY or VALIDATED.",
        ),
        (
            body(tools=[TOOL, {"googleSearch": {}}]),
            "Please enable tool_config.include_server_side_tool_invocations to use Built-in tools with Function calling.",
        ),
        (
            body(generationConfig={"thinkingConfig": {"thinkingBudget": 1, "thinkingLevel": "LOW"}}),
            "You can only set only one of thinking budget and thinking level.",
        ),
        (
            body(generationConfig={"responseSchema": SCHEMA}),
            "* GenerateContentRequest.generation_config.response_schema: only allowed when response_mime_type is "
            "'application/json'\n",
        ),
        (
            body(generationConfig={"stopSequences": list("abcdef")}),
            "* GenerateContentRequest.generation_config.stop_sequences: must have at most 5 elements\n",
        ),
    ],
)
def test_mistakes_are_refused_in_the_words_of_the_service(sent: dict[str, Any], message: str) -> None:
    assert complaint(sent) == message


def test_a_function_name_has_its_letters_and_its_length() -> None:
    for name in ("1f", "a b", "f" * 129):
        assert "Invalid function name" in complaint(body(tools=[{"functionDeclarations": [{"name": name}]}]))
    dotted = body(tools=[{"functionDeclarations": [{"name": "a.b:c-d"}]}])
    assert isinstance(read(dotted), Turn)
    assert isinstance(read(body(tools=[{"functionDeclarations": [{"name": "f" * 128}]}])), Turn)
    assert "64" in complaint(body(tools=[{"functionDeclarations": [{"name": "f" * 65}]}]), name="gemini-2.5-pro")


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (body(tools=[TOOL, {"googleSearch": {}}]), "Tool use with function calling is unsupported"),
        (
            body(tools=[TOOL], generationConfig={"responseMimeType": "application/json"}),
            "Function calling with a response mime type: 'application/json' is unsupported",
        ),
        (
            body(generationConfig={"thinkingConfig": {"thinkingLevel": "LOW"}}),
            "Thinking level is not supported for this model.",
        ),
        (
            declaring(type="OBJECT", properties={}),
            f"* GenerateContentRequest.{PARAMETERS}.properties: should be non-empty for OBJECT type\n",
        ),
    ],
)
def test_older_models_take_less(sent: dict[str, Any], message: str) -> None:
    assert complaint(sent, name="gemini-2.5-flash") == message


def test_leniency_takes_what_can_be_read() -> None:
    sent = body(model(call(sign=None)), user({"text": ""}), nobody=1, tools=[{"type": "function"}])
    assert isinstance(read(sent, strict=False), Turn)


def test_a_body_that_is_not_json_is_refused() -> None:
    assert complaint(b"{").startswith("Invalid JSON payload received.")
    assert complaint(b"[]").startswith("Invalid JSON payload received.")


# --- the order of calls and responses -------------------------------------------------------------------------------

AFTER_USER = (
    "Please ensure that function call turn comes immediately after a user turn or after a function response turn."
)
AFTER_CALL = "Please ensure that function response turn comes immediately after a function call turn."
EQUAL = (
    "Please ensure that the number of function response parts is equal to the number of function call parts of the "
    "function call turn."
)


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        ([model(call()), user(answered())], AFTER_USER),
        ([ASK, model({"text": "a"}), model(call()), user(answered())], AFTER_USER),
        ([ASK, user(answered())], AFTER_CALL),
        ([ASK, model(call()), user(answered()), user(answered())], AFTER_CALL),
        ([ASK, model(call())], EQUAL),
        ([ASK, model(call()), ASK], EQUAL),
        ([ASK, model(call(), call(sign=None)), user(answered())], EQUAL),
        ([ASK, model(call()), user(answered(), answered())], EQUAL),
    ],
)
def test_calls_and_responses_stand_in_their_order(contents: list[dict[str, Any]], message: str) -> None:
    assert complaint(body(*contents)) == message


def test_responses_have_the_names_and_ids_of_their_calls() -> None:
    called = model(call(id="1"), call("bash", None, id="2"))
    swapped = user(answered("bash", id="2"), answered(id="1"))
    assert isinstance(read(body(ASK, called, swapped)), Turn)
    assert "name" in complaint(body(ASK, called, user(answered("bash", id="1"), answered(id="2"))))
    assert "the id" in complaint(body(ASK, called, user(answered(id="1"), answered("bash", id="3"))))
    assert "name" in complaint(body(ASK, called, user(answered("bash"), answered())))


# --- signatures -----------------------------------------------------------------------------------------------------


def missing(name: str, position: int) -> str:
    return (
        "Function call is missing a thought_signature in functionCall parts. This is required for tools to work "
        "correctly, and missing thought_signature may lead to degraded model performance. Additional data, function "
        f"call `default_api:{name}` , position {position}. Please refer to "
        "https://ai.google.dev/gemini-api/docs/thought-signatures for more details."
    )


UNSIGNED = [ASK, model(call(sign=None)), user(answered())]


def test_the_first_call_of_each_step_of_the_current_turn_is_signed() -> None:
    assert complaint(body(*UNSIGNED)) == missing("write", 2)
    steps = [ASK, model(call()), user(answered()), model(call("bash", None)), user(answered("bash"))]
    assert complaint(body(*steps)) == missing("bash", 4)
    assert complaint(body(ASK, model(call(sign=None), call()), user(answered(), answered()))) == missing("write", 2)
    assert isinstance(read(body(ASK, model(call(), call(sign=None)), user(answered(), answered()))), Turn)


def test_earlier_turns_are_not_looked_into() -> None:
    assert isinstance(read(body(*UNSIGNED, ASK)), Turn)
    assert isinstance(read(body(ASK, model(call(sign="Zm9yZWlnbg==")), user(answered()), ASK)), Turn)


@pytest.mark.parametrize("name", ["gemini-3-pro", "gemini-3.1-flash", "gemini-4-argon", "sim-loop", "anything"])
def test_new_and_nameless_generations_demand_signatures(name: str) -> None:
    assert complaint(body(*UNSIGNED), name=name) == missing("write", 2)


@pytest.mark.parametrize("name", ["gemini-2.5-pro", "gemini-2.0-flash", "gemma-4"])
def test_older_models_demand_none(name: str) -> None:
    assert isinstance(read(body(*UNSIGNED), name=name), Turn)


@pytest.mark.parametrize(
    "sign",
    [
        "skip_thought_signature_validator",
        "context_engineering_is_the_way_to_go",
        "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I=",
        signature("write", "a").rstrip("="),
        signature("write", "b").replace("+", "-").replace("/", "_"),
    ],
)
def test_stand_ins_and_every_spelling_of_base64_are_taken(sign: str) -> None:
    assert isinstance(read(body(ASK, model(call(sign=sign)), user(answered()))), Turn)


@pytest.mark.parametrize(
    "sign",
    [
        signature("bash", "a"),
        signature("", "a"),
        f"A{signature('write', 'a')[1:]}",
        "Zm9yZWlnbg==",
        signed("x").signature,
    ],
)
def test_signatures_of_others_and_of_other_calls_are_corrupted(sign: str) -> None:
    assert complaint(body(ASK, model(call(sign=sign)), user(answered()))) == "Corrupted thought signature."


def test_a_signature_is_base64() -> None:
    found = complaint(body(ASK, model(call(sign="fairlead.1")), user(answered())))
    assert found == (
        "Invalid value at 'contents[1].parts[0].thought_signature' (TYPE_BYTES), Base64 decoding failed for \"fairlead.1\""
    )


def test_text_needs_no_signature_but_takes_no_foreign_one() -> None:
    for text in ({"text": "a"}, {"text": "a", "thoughtSignature": signature("", "s")}):
        assert isinstance(read(body(ASK, model(text, call()), user(answered()))), Turn)
    foreign = {"text": "a", "thoughtSignature": "Zm9yZWlnbg=="}
    assert complaint(body(ASK, model(foreign, call()), user(answered()))) == "Corrupted thought signature."


# --- counting -------------------------------------------------------------------------------------------------------


def test_counting_takes_contents_or_a_whole_request() -> None:
    alone = turn(body(user({"text": "x" * 400})), verb="countTokens")
    assert json.loads(DIALECT.count(alone))["totalTokens"] == alone.sizes.total_tokens > 100
    inner = {"model": f"models/{MODEL}", **body(), "systemInstruction": {"parts": [{"text": "x" * 4000}]}}
    assert turn({"generateContentRequest": inner}, verb="countTokens").sizes.total_tokens > 1000
    beside = body(systemInstruction={"parts": [{"text": "x"}]})
    assert complaint(beside, verb="countTokens") == unknown("systemInstruction")
    assert isinstance(read(beside, verb="countTokens", base="/v1/publishers/google"), Turn)
