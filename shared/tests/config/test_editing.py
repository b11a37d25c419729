"""A change touches the value that is changed, and nothing else."""

from typing import Any

import pyjson5
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.shared.config.editing import EditError, with_value
from fairlead.shared.config.findings import KeyPath

FILE = """\
// mine
{
  Providers: [], // none yet
  Router: {
    default: "a,b", // the one I like
    "think": 'c,d',
  },
}
"""


@pytest.mark.parametrize(
    ("text", "path", "value", "changed"),
    [
        (FILE, ("Router", "default"), "x,y", FILE.replace('"a,b"', '"x,y"')),
        (FILE, ("Router", "think"), "x,y", FILE.replace("'c,d'", '"x,y"')),
        (
            FILE,
            ("Router", "image"),
            "x,y",
            FILE.replace("    \"think\": 'c,d',\n", '    "think": \'c,d\',\n    image: "x,y",\n'),
        ),
        (FILE, ("PORT",), 1, FILE.replace("  },\n}", "  },\n  PORT: 1,\n}")),
        ("{}", ("a",), 1, "{ a: 1 }"),
        ("{\n}", ("a",), 1, "{ a: 1\n}"),
        ("{// c\n}", ("a",), 1, "{ a: 1// c\n}"),
        ("{a: 1}", ("b",), 2, "{a: 1, b: 2}"),
        ("{a: 1,}", ("b",), 2, "{a: 1, b: 2,}"),
        ('{"a": 1}', ("b",), 2, '{"a": 1, "b": 2}'),
        ("{a: 1}", ("b", "c-d"), 2, '{a: 1, b: {"c-d":2}}'),
        ("{\n  a: 1 // one\n}", ("b",), 2, "{\n  a: 1, // one\n  b: 2\n}"),
        ("{\n  a: 1 /* one */ , // 1\n}", ("b",), 2, "{\n  a: 1 /* one */ , // 1\n  b: 2,\n}"),
        ("{a: [1, {b: 2}]}", ("a", 1, "b"), 3, "{a: [1, {b: 3}]}"),
        ("{a: 1, a: 2}", ("a",), 3, "{a: 1, a: 3}"),
    ],
)
def test_a_value_is_changed_in_its_place(text: str, path: KeyPath, value: Any, changed: str) -> None:
    assert with_value(text, path, value) == changed


@pytest.mark.parametrize(("text", "path"), [("{a: 1}", ("a", "b")), ("{a: []}", ("a", 0)), ("{}", ("a", 0))])
def test_what_cannot_hold_it_is_said(text: str, path: KeyPath) -> None:
    with pytest.raises(EditError):
        with_value(text, path, 1)


_KEYS = st.sampled_from(["a", "b", "c-d", "$e", "f g"])
_SPACE = st.sampled_from(["", " ", "\n", "// c\n", "/* , } */", "\n  "])


@st.composite
def _objects(draw: st.DrawFn, depth: int = 2) -> str:
    members = []
    for key in draw(st.lists(_KEYS, unique=True, max_size=3)):
        value = draw(_objects(depth - 1)) if depth and draw(st.booleans()) else draw(st.sampled_from(["1", "'x,}'"]))
        members.append(f"{draw(_SPACE)}'{key}'{draw(_SPACE)}:{draw(_SPACE)}{value}{draw(_SPACE)}")
    ending = "," if members and draw(st.booleans()) else ""
    return f"{{{','.join(members)}{ending}{draw(_SPACE)}}}"


@given(_objects(), st.lists(_KEYS, min_size=1, max_size=3))
def test_whatever_the_file_looks_like_it_then_says_what_it_should(text: str, path: list[str]) -> None:
    expected = pyjson5.decode(text)
    holder = expected
    for key in path[:-1]:
        holder = holder.setdefault(key, {})
        if not isinstance(holder, dict):
            return
    holder[path[-1]] = "new"
    assert pyjson5.decode(with_value(text, tuple(path), "new")) == expected
