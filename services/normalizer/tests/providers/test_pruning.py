"""What is taken out of the inside of a body, and that every other byte stays."""

import pytest

from fairlead.normalizer.providers.pruning import EACH, only, without

TOOLS = b'[{"name":"a", "eager":true,"input_schema":{"eager":1.0} } , {"eager":null},{"name":"b"},7]'


def test_a_field_goes_from_every_item_and_from_nowhere_else() -> None:
    assert without(TOOLS, (EACH, "eager")) == b'[{"name":"a", "input_schema":{"eager":1.0} },{},{"name":"b"},7]'


def test_a_value_without_the_field_is_the_very_same() -> None:
    value = b'[ {"name" : 1.50} ]'
    assert without(value, (EACH, "eager")) is value
    assert without(b'[{"x":{"eager":1}}]', (EACH, "eager")) == b'[{"x":{"eager":1}}]'


@pytest.mark.parametrize("value", [b'"eager"', b"null", b'{"eager":1}', b'[["eager"]]', b'{"a":"eager"}'])
def test_another_shape_than_the_paths_is_left_alone(value: bytes) -> None:
    assert without(value, (EACH, "eager")) == value


def test_a_path_may_lead_through_lists_of_lists() -> None:
    value = b'[{"content":"scope"},{"content":[{"cache":{"type":"e","scope":"g"},"n":1e5}]}]'
    expected = b'[{"content":"scope"},{"content":[{"cache":{"type":"e"},"n":1e5}]}]'
    assert without(value, (EACH, "content", EACH, "cache", "scope")) == expected


def test_items_of_other_types_leave_a_list() -> None:
    value = b'{"edits":[{"type":"a","keep":1},{"type":"b"},{"kind":"c"}],"x":1.0}'
    assert only(value, ("edits",), {"a"}) == b'{"edits":[{"type":"a","keep":1}],"x":1.0}'


def test_a_list_left_empty_goes() -> None:
    assert only(b'{"edits":[{"type":"b"}]}', ("edits",), {"a"}) == b"{}"


def test_a_list_of_nothing_else_is_the_very_same() -> None:
    value = b'{ "edits" : [ {"type":"a"} ] }'
    assert only(value, ("edits",), {"a"}) is value
    assert only(b'{"edits":"a"}', ("edits",), {"a"}) == b'{"edits":"a"}'
