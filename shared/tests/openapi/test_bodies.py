"""Bodies are told as they are read: a value that a field's told type does not allow is refused by the field's name."""

import json
from typing import Any

import msgspec
import pytest
from msgspec.structs import FieldInfo, fields

from fairlead.shared.codec import peek
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.failure import FailureError, Kind
from fairlead.shared.openapi.bodies import REQUESTS

LEAST: dict[str, dict[str, Any]] = {
    "anthropic": {"model": "m", "messages": [{"role": "user", "content": "hi"}]},
    "openai": {"model": "m", "messages": [{"role": "user", "content": "hi"}]},
    "openai-responses": {"model": "m", "input": "hi"},
    "gemini": {"model": "m", "contents": [{"parts": [{"text": "hi"}]}]},
}
ODD = (5, "text", [5], {"x": 5}, True)


def odd(field: FieldInfo) -> list[Any]:
    """Values that the field's type does not allow."""
    found = []
    for value in ODD:
        try:
            msgspec.json.decode(json.dumps(value), type=field.type)
        except msgspec.ValidationError:
            found.append(value)
    return found


CASES = [
    pytest.param(name, field.encode_name, value, id=f"{name}-{field.encode_name}-{type(value).__name__}")
    for name, shape in REQUESTS.items()
    for field in fields(shape.kind)
    for value in odd(field)
]


@pytest.mark.parametrize(("dialect", "field", "value"), CASES)
def test_a_value_of_another_type_is_refused_by_the_fields_name(dialect: str, field: str, value: Any) -> None:
    body = {**LEAST[dialect], field: value}
    with pytest.raises(FailureError) as refused:
        DIALECTS[dialect].decode_request(peek(json.dumps(body).encode()))
    assert refused.value.failure.kind is Kind.BAD_REQUEST
    assert (refused.value.failure.param or "").startswith(field)


@pytest.mark.parametrize("dialect", REQUESTS)
def test_a_body_that_is_told_to_be_one_is_read(dialect: str) -> None:
    DIALECTS[dialect].decode_request(peek(json.dumps(LEAST[dialect]).encode()))
    wanted = {field.encode_name for field in fields(REQUESTS[dialect].kind) if field.required}
    assert wanted | {"model"} <= LEAST[dialect].keys()
