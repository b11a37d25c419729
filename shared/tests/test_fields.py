"""Facts about fields taken out of an object."""

import pytest
from msgspec import Raw

from fairlead.shared.codec import peek
from fairlead.shared.conversation import Extras
from fairlead.shared.failure import FailureError
from fairlead.shared.fields import FieldReader


def test_what_is_taken_is_gone_and_the_rest_is_kept() -> None:
    fields = peek(b'{"a":1,"b":null,"c":[2],"d":"x"}')
    reader = FieldReader(fields)
    assert reader.need("a", int) == 1
    assert reader.take("b", int, 7) == reader.take("z", int, 7) == 7
    assert reader.raw("d") == Raw(b'"x"')
    assert reader.rest("openai") == Extras("openai", {"c": Raw(b"[2]")})
    assert "a" in fields


def test_nothing_left_is_no_extras() -> None:
    assert FieldReader({}).rest("openai") is None


@pytest.mark.parametrize(("body", "path"), [(b'{"o":{"a":"x"}}', "o.a"), (b'{"o":5}', "o")])
def test_a_misshapen_field_is_named_by_its_path(body: bytes, path: str) -> None:
    with pytest.raises(FailureError) as caught:
        FieldReader(peek(body)).inner("o").take("a", int)
    assert caught.value.failure.param == path


def test_what_is_needed_may_not_be_null() -> None:
    with pytest.raises(FailureError, match="model"):
        FieldReader(peek(b'{"model":null}')).need("model", str)
