"""Splicing exchanges the value of a field and leaves every other byte of the body where it stood."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from fairlead.shared.codec import peek
from fairlead.shared.splicing import splice

NEW = Raw(b'"p,new"')


def spliced(body: bytes, **changed: Raw | None) -> bytes:
    return splice(body, peek(body), changed)


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (b'{"model":"a","x":{"k":  1.0},"z":"\\u00e9"}', b'{"model":"p,new","x":{"k":  1.0},"z":"\\u00e9"}'),
        (b'{"x":[1, 2.0],"model":"a"}', b'{"x":[1, 2.0],"model":"p,new"}'),
        (b'\n{ "x" : 1e3 ,\r\n\t"model"\t:  "a"  }\n', b'\n{ "x" : 1e3 ,\r\n\t"model"\t:  "p,new"  }\n'),
        (b'{"model":null}', b'{"model":"p,new"}'),
        (b'{"x":{"model":"a"},"model":"b"}', b'{"x":{"model":"a"},"model":"p,new"}'),
        (b'{"x":"\\",\\"model\\":\\"a","model":"b"}', b'{"x":"\\",\\"model\\":\\"a","model":"p,new"}'),
        (b'{"mod\\u0065l":"a","x":1}', b'{"mod\\u0065l":"p,new","x":1}'),
        (b'{"model":"a","model":"b"}', b'{"model":"p,new","model":"p,new"}'),
        (b'{"model":["}",{"a":"]"}],"x":1,"model":"b"}', b'{"model":"p,new","x":1,"model":"p,new"}'),
        (b'{"x":1,"model":"a","x":12}', b'{"x":1,"model":"p,new","x":12}'),
        (b'{"x":"a","model":"b","x":["a"]}', b'{"x":"a","model":"p,new","x":["a"]}'),
        (b'{"x":1}', b'{"x":1,"model":"p,new"}'),
        (b'{"x":1 }', b'{"x":1,"model":"p,new" }'),
        (b"{}", b'{"model":"p,new"}'),
        (b"{ }", b'{"model":"p,new" }'),
    ],
)
def test_one_value_is_exchanged_where_it_stands(body: bytes, wanted: bytes) -> None:
    assert spliced(body, model=NEW) == wanted


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (b'{"gone":1,"a":2}', b'{"a":2}'),
        (b'{ "a":2 , "gone":1 }', b'{ "a":2 }'),
        (b'{"gone":1,"a":2,"gone":{},"b": 3,"gone":4}', b'{"a":2,"b": 3}'),
        (b'{"gone":1}', b"{}"),
        (b'{ "gone" : 1 , "gone":2 }', b"{  }"),
    ],
)
def test_a_field_goes_with_its_comma(body: bytes, wanted: bytes) -> None:
    assert spliced(body, gone=None) == wanted


def test_fields_are_exchanged_removed_and_added_at_once() -> None:
    body = b'{"gone":0, "model":"a", "x":1, "gone":0}'
    assert spliced(body, gone=None, model=NEW, new=Raw(b"[2]")) == b'{"model":"p,new", "x":1,"new":[2]}'
    assert spliced(b'{"gone":0}', gone=None, new=Raw(b"[2]")) == b'{"new":[2]}'


@pytest.mark.parametrize("pad", range(40))
def test_a_body_made_to_look_like_another_is_not_mistaken(pad: int) -> None:
    """As if the first `x` were as long as the last, so that the fields after it seem to be those inside the last."""
    inner = b'{"pad":"%s","y":12,"model":"evil"}' % (b"." * pad)
    body = b'{"x":1,"y":12,"model":"evil","x":%s}' % inner
    assert spliced(body, model=NEW) == b'{"x":1,"y":12,"model":"p,new","x":%s}' % inner


# Any body ----------------------------------------------------------------------------------------

SPACE = st.text(" \t\n\r", max_size=2)
NAMES = st.one_of(st.sampled_from(["model", "x", "é", 'a"b', "\\", ""]), st.text(max_size=3))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)


@st.composite
def bodies(draw: Any) -> tuple[bytes, bytes]:
    """A body, written in any way there is, and how it is to look with another model."""
    space = draw(st.sampled_from([st.just(""), SPACE]))
    escaped = draw(st.booleans())
    given = ["{"]
    wanted = ["{"]
    members = draw(st.lists(st.tuples(NAMES, VALUES), max_size=6))
    for index, (name, value) in enumerate(members):
        key = draw(space) + json.dumps(name, ensure_ascii=escaped) + draw(space) + ":" + draw(space)
        written = json.dumps(value, ensure_ascii=escaped)
        comma = "," if index else ""
        given += [comma, key, written]
        wanted += [comma, key, bytes(NEW).decode() if name == "model" else written]
        if index < len(members) - 1:
            between = draw(space)
            given.append(between)
            wanted.append(between)
    if "model" not in dict(members):
        wanted += ["," if members else "", '"model":"p,new"']
    end = draw(space) + "}" + draw(space)
    return "".join([*given, end]).encode(), "".join([*wanted, end]).encode()


@given(bodies())
def test_every_byte_outside_the_value_is_the_same(pair: tuple[bytes, bytes]) -> None:
    body, wanted = pair
    assert spliced(body, model=NEW) == wanted
