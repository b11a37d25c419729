"""No documented field of a request disappears: it is told in another dialect, named as lost, or the request refused."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from fairlead.shared.codec import peek
from fairlead.shared.conversation import Request
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.failure import FailureError, Kind
from fairlead.shared.profile import BETWEEN_SERVICES

from .documented import FIELDS, Field
from .meanings import A, C, G
from .test_meaning import ABLE, MODELS

STRICT = ("response_format.strict", "text.format.strict")
ANYWAY = {
    ("stream", G): "asked for in the address, not in the body",
    ("thinking", C): "models that think decide themselves how long, if nobody says otherwise",
    ("generationConfig.logprobs", A): "where no probabilities are told, their number does not matter",
    ("reasoning.summary", G): "whoever asks it to think is shown its thoughts, if nobody says otherwise",
    **{("assistant output_text.logprobs", to): "nobody asks how likely an earlier answer was" for to in DIALECTS},
    **{(name, target): "a schema is always kept to" for name in STRICT for target in (A, G)},
    **{("stream_options.include_obfuscation", target): "our streams have no padding" for target in DIALECTS},
}
"""Fields that need no words in a target, and why."""
WAYS = [
    pytest.param(field, target, id=f"{field.dialect}-{field.name}-{target}")
    for field in FIELDS
    for target in DIALECTS
    if (field.name, target) not in ANYWAY
]


def read(field: Field, body: dict[str, Any]) -> Request:
    return DIALECTS[field.dialect].decode_request(peek(json.dumps(body).encode()))


def refusal(error: FailureError) -> str:
    assert error.failure.kind is Kind.BAD_REQUEST
    return error.failure.message


def told(request: Request, target: str) -> Any:
    """The body and what was lost of it, or why it was refused."""
    try:
        encoded = DIALECTS[target].encode_request(replace(request, model=MODELS[target]), ABLE)
    except FailureError as error:
        return refusal(error)
    return json.loads(encoded.body), sorted((loss.what, loss.why) for loss in encoded.losses)


@pytest.mark.parametrize(("field", "target"), WAYS)
def test_a_field_makes_a_difference_or_is_named(field: Field, target: str) -> None:
    try:
        request = read(field, field.body)
    except FailureError as error:
        refusal(error)
        return
    one, other = told(request, target), told(read(field, field.without), target)
    assert one != other or is_lost_with_its_tool(one)


def is_lost_with_its_tool(one: Any) -> bool:
    """Where a tool is lost as a whole, and is named, nothing more is said of its fields."""
    return not isinstance(one, str) and "tools" not in one[0] and "tool" in [what for what, _ in one[1]]


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: f"{field.dialect}-{field.name}")
def test_a_field_crosses_between_the_services(field: Field) -> None:
    try:
        request = read(field, field.body)
    except FailureError:
        return
    lane = DIALECTS[C].encode_request(request, BETWEEN_SERVICES)
    assert lane.losses == ()
    again = DIALECTS[C].decode_request(peek(lane.body))
    assert [told(again, target) for target in DIALECTS] == [told(request, target) for target in DIALECTS]
