"""The names in spans are OpenTelemetry's, and what is told of an answer is nothing that stands in it."""

import pytest
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes
from opentelemetry.semconv.attributes import error_attributes, http_attributes, server_attributes

from fairlead.shared import semantics as names
from fairlead.shared.conversation import Finish, FinishReason, Usage
from fairlead.shared.failure import Failure, Kind

KNOWN = {
    value
    for module in (gen_ai_attributes, error_attributes, http_attributes, server_attributes)
    for name, value in vars(module).items()
    if name.isupper()
}
NAMES = {name: value for name, value in vars(names).items() if name.isupper() and isinstance(value, str)}


def test_every_name_is_one_of_opentelemetrys_or_begins_with_ours() -> None:
    attributes = {value for value in NAMES.values() if "." in value}
    assert len(attributes) > 20
    assert {value for value in attributes if not value.startswith("fairlead.")} <= KNOWN


def test_no_name_is_given_twice() -> None:
    assert len(set(NAMES.values())) == len(NAMES)


def test_tokens_of_the_cache_are_part_of_the_input() -> None:
    assert names.of_usage(Usage(input=5, cache_read=100, cache_write=20, output=7, reasoning=3)) == {
        "gen_ai.usage.input_tokens": 125,
        "gen_ai.usage.output_tokens": 7,
        "gen_ai.usage.cache_read.input_tokens": 100,
        "gen_ai.usage.cache_creation.input_tokens": 20,
        "gen_ai.usage.reasoning.output_tokens": 3,
    }


def test_what_was_not_told_is_left_out() -> None:
    assert names.of_answer("", None, None) == {}
    assert names.of_usage(Usage(input=1)) == {"gen_ai.usage.input_tokens": 1, "gen_ai.usage.output_tokens": 0}


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        (FinishReason.STOP, "stop"),
        (FinishReason.STOP_SEQUENCE, "stop"),
        (FinishReason.LENGTH, "length"),
        (FinishReason.TOOL_CALLS, "tool_call"),
        (FinishReason.REFUSAL, "content_filter"),
        (FinishReason.PAUSE, "pause"),
    ],
)
def test_an_end_is_told_in_the_words_of_the_conventions(reason: FinishReason, told: str) -> None:
    finish = Finish(reason, sequence="said by the client", raw="said by the provider")
    assert names.of_answer("m", finish, None) == {
        "gen_ai.response.model": "m",
        "gen_ai.response.finish_reasons": (told,),
    }


def test_of_a_failure_its_kind_is_told_and_none_of_its_words() -> None:
    failure = Failure(Kind.RATE_LIMIT, "said by the provider", status=429, body=b"said", code="said")
    assert names.of_failure(failure) == {"error.type": "rate_limit", "http.response.status_code": 429}
    assert names.of_failure(None) == {}


def test_a_name_that_somebody_invents_is_not_longer_than_names_are() -> None:
    told = names.of_answer("m" * 10_000, None, None)
    assert len(str(told["gen_ai.response.model"])) == 256
