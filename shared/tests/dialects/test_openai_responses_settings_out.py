"""Facts about the settings of Responses requests as they are written."""

import pytest
from msgspec import Raw
from msgspec.structs import replace

from fairlead.shared.conversation import (
    Audio,
    Base64Source,
    Extras,
    OutputFormat,
    Request,
    Sampling,
    ServerCall,
    ServerResult,
    Text,
    Tool,
    ToolResult,
    Turn,
    Unknown,
)
from fairlead.shared.dialects.openai_responses import OPENAI_RESPONSES
from fairlead.shared.failure import FailureError, Kind
from fairlead.shared.profile import PLAIN

from .responses_shapes import USER, losses, own, write

# Settings ---------------------------------------------------------------------------------------


def test_settings_are_written() -> None:
    schema = Raw(b'{"type":"object"}')
    written = write(
        Request(
            "m",
            (USER,),
            max_tokens=99,
            sampling=Sampling(0.5, 0.25),
            output_format=OutputFormat(schema, "n", False, "d"),
            stream=True,
            user="me",
        )
    )
    assert (written["max_output_tokens"], written["temperature"], written["top_p"]) == (99, 0.5, 0.25)
    assert written["text"]["format"] == {
        "type": "json_schema",
        "name": "n",
        "schema": {"type": "object"},
        "description": "d",
        "strict": False,
    }
    assert written["stream"] is True
    assert written["safety_identifier"] == "me"


def test_a_schema_without_a_name_gets_one_and_is_kept_to_if_it_can_be() -> None:
    closed = Raw(b'{"type":"object","additionalProperties":false}')
    formats = [
        write(Request("m", (USER,), output_format=OutputFormat(schema)))["text"]["format"]
        for schema in (closed, Raw(b"{}"))
    ]
    assert [(one["name"], one["strict"]) for one in formats] == [("answer", True), ("answer", False)]
    assert write(Request("m", (USER,), output_format=OutputFormat(None)))["text"]["format"] == {"type": "json_object"}


def test_a_limit_too_small_for_the_service_is_raised() -> None:
    request = Request("m", (USER,), max_tokens=1)
    assert write(request)["max_output_tokens"] == 16
    assert losses(request) == ["max_tokens"]


def test_a_limit_too_large_for_the_provider_is_lowered() -> None:
    request, profile = Request("m", (USER,), max_tokens=200), replace(PLAIN, max_tokens_cap=100)
    assert write(request, profile)["max_output_tokens"] == 100
    assert losses(request, profile) == ["max_tokens"]


def test_fields_a_provider_refuses_are_left_out_and_others_get_the_name_they_have_there() -> None:
    profile = replace(PLAIN, without=frozenset({"store", "temperature"}), renames={"safety_identifier": "user"})
    request = Request("m", (USER,), sampling=Sampling(0.5), user="me")
    written = write(request, profile)
    assert "store" not in written
    assert "temperature" not in written
    assert written["user"] == "me"
    assert losses(request, profile) == ["temperature", "store"]


def test_tools_are_not_strict_where_they_may_not_be() -> None:
    request = Request("m", (USER,), tools=(Tool("f", None, Raw(b'{"type":"object","properties":{}}'), True),))
    assert write(request, replace(PLAIN, strict_tools=False))["tools"][0]["strict"] is False


def test_what_responses_cannot_say_is_said_to_be_lost() -> None:
    request = Request("m", (USER,), sampling=Sampling(top_k=3, seed=4), stop=("x",))
    assert losses(request) == ["top_k", "seed", "stop"]


def test_an_end_user_id_too_long_for_the_service_is_told_by_its_hash() -> None:
    first, second = (write(Request("m", (USER,), user=letter * 65))["safety_identifier"] for letter in "ab")
    assert first != second
    assert len(first) == len(second) == 64


def test_own_fields_pass_as_they_are_and_join_what_is_written() -> None:
    fields = own(
        store=True,
        include=["message.output_text.logprobs"],
        previous_response_id="resp_1",
        text={"verbosity": "low"},
        prompt_cache_key="k",
    )
    written = write(Request("m", (USER,), output_format=OutputFormat(None), extras=fields))
    assert written["store"] is True
    assert written["include"] == ["message.output_text.logprobs", "reasoning.encrypted_content"]
    assert written["previous_response_id"] == "resp_1"
    assert written["text"] == {"format": {"type": "json_object"}, "verbosity": "low"}
    assert written["prompt_cache_key"] == "k"


def test_fields_the_same_vendors_other_dialect_means_alike_are_kept() -> None:
    fields = Extras("openai", {"metadata": Raw(b'{"a":"b"}'), "verbosity": Raw(b'"low"'), "logit_bias": Raw(b"{}")})
    request = Request("m", (USER,), extras=fields)
    written = write(request)
    assert (written["metadata"], written["text"]) == ({"a": "b"}, {"verbosity": "low"})
    assert losses(request) == ["logit_bias"]


@pytest.mark.parametrize(
    ("field", "value"), [("n", b"2"), ("modalities", b'["audio"]'), ("container", b'"c"'), ("mcp_servers", b"[{}]")]
)
def test_a_field_that_would_change_the_answer_is_refused(field: str, value: bytes) -> None:
    request = Request("m", (USER,), extras=Extras("other", {field: Raw(value)}))
    with pytest.raises(FailureError, match=f"{field}: not available") as caught:
        OPENAI_RESPONSES.encode_request(request, PLAIN)
    assert (caught.value.failure.kind, caught.value.failure.param) == (Kind.BAD_REQUEST, field)


def test_sound_is_refused() -> None:
    request = Request("m", (Turn("user", (Audio(Base64Source("audio/wav", "AAAA")),)),))
    with pytest.raises(FailureError, match="takes no audio"):
        OPENAI_RESPONSES.encode_request(request, PLAIN)


def test_a_failed_result_and_foreign_blocks_are_said_to_be_lost() -> None:
    foreign = Unknown("anthropic", Raw(b"{}"))
    request = Request(
        "m",
        (
            Turn("assistant", (ServerCall("s", "web_search", "{}"), ServerResult("s", "web_search"), foreign)),
            Turn("user", (ToolResult("c", (Text("boom"),), True), foreign)),
        ),
    )
    assert losses(request) == ["ServerCall", "Unknown", "is_error", "Unknown"]
