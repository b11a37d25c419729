"""Text in, values with lines out."""

import pytest

from fairlead.shared.config.document import read
from fairlead.shared.config.findings import ConfigError


def error_of(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        read(text, file="config.json")
    return str(caught.value)


def test_comments_trailing_commas_and_bare_keys_are_read() -> None:
    document = read("{ // a comment\n  port: 0x10, /* and */\n  'b': [1, 2,],\n}", file="c")
    assert document.value == {"port": 16, "b": [1, 2]}


def test_a_byte_order_mark_is_not_in_the_way() -> None:
    assert read("\ufeff{a: 1}", file="c").value == {"a": 1}


def test_a_finding_points_at_the_line_of_its_key() -> None:
    finding = read("{\n a: [\n  {b: 1}]}", file="c").find(("a", 0, "b"), "odd")
    assert str(finding) == "c:3: a[0].b: odd"


def test_a_key_that_is_missing_is_told_at_the_line_of_what_should_hold_it() -> None:
    assert str(read("{\n a: [\n  {b: 1}]}", file="c").find(("a", 0, "name"), "missing")) == "c:3: a[0].name: missing"


def test_a_syntax_error_names_file_line_and_column() -> None:
    assert error_of('{\n  "PORT": 3456\n  "HOST": "x"\n}') == "config.json:3:3: a comma or } should stand here"


def test_what_only_the_library_refuses_is_told_with_its_line() -> None:
    assert error_of("{\n a: '\\x4'}") == "config.json:2:7: this is not JSON5"


@pytest.mark.parametrize("text", ["[]", "1", '"x"', "null"])
def test_anything_but_an_object_is_refused(text: str) -> None:
    assert error_of(text) == "config.json:1: the configuration must be one object: { … }"


def test_an_error_repeats_no_value_of_the_file() -> None:
    with pytest.raises(ConfigError) as caught:
        read("{api_key: 'sk-canary', b: '\\x4'}", file="c")
    error: BaseException | None = caught.value
    while error is not None:
        assert "sk-canary" not in repr(error.args)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
