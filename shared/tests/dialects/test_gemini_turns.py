"""Facts about conversations on their way to Gemini: order, signatures, what is shown."""

from base64 import b64encode
from typing import Any

import pytest
from msgspec import Raw

from fairlead.shared.conversation import (
    Audio,
    Base64Source,
    Document,
    Extras,
    FileSource,
    Image,
    RedactedThinking,
    Request,
    ServerCall,
    Text,
    TextSource,
    Thinking,
    Tool,
    ToolCall,
    ToolReference,
    ToolResult,
    Turn,
    Unknown,
    UrlSource,
)
from fairlead.shared.failure import FailureError

from .gemini_shapes import HELLO, OLD, STAND_IN, answer, ask, call, losses, model, read, user, write

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
