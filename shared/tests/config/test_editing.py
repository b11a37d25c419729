"""A change touches the value that is changed, and nothing else."""

from typing import Any

import pyjson5
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.shared.config.editing import EditError, with_item, with_value, without
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
        ("{a: 1}", ("b", "c-d"), 2, '{a: 1, b: { "c-d": 2 }}'),
        ("{\n  a: 1 // one\n}", ("b",), 2, "{\n  a: 1, // one\n  b: 2\n}"),
        ("{\n  a: 1 /* one */ , // 1\n}", ("b",), 2, "{\n  a: 1 /* one */ , // 1\n  b: 2,\n}"),
        ("{a: [1, {b: 2}]}", ("a", 1, "b"), 3, "{a: [1, {b: 3}]}"),
        ("{a: 1, a: 2}", ("a",), 3, "{a: 1, a: 3}"),
    ],
)
def test_a_value_is_changed_in_its_place(text: str, path: KeyPath, value: Any, changed: str) -> None:
    assert with_value(text, path, value) == changed


def test_a_long_value_is_written_over_several_lines_as_deep_as_it_stands() -> None:
    targets = [{"provider": "openrouter", "model": f"a-model-with-a-long-name-{n}", "weight": 0.5} for n in (1, 2)]
    made = with_value(FILE, ("Router", "think"), {"targets": targets})
    lines = """{
      "targets": [
        { "provider": "openrouter", "model": "a-model-with-a-long-name-1", "weight": 0.5 },
        { "provider": "openrouter", "model": "a-model-with-a-long-name-2", "weight": 0.5 }
      ]
    }"""
    for key in ("targets", "provider", "model", "weight"):
        lines = lines.replace(f'"{key}"', key)
    assert made == FILE.replace("'c,d'", lines)


LIST = """{
  a: [
    1, // one
    // before two
    2, /* two */
    3 // three
  ],
}
"""


@pytest.mark.parametrize(
    ("text", "path", "changed"),
    [
        (FILE, ("Router", "default"), FILE.replace('    default: "a,b", // the one I like\n', "")),
        (FILE, ("Router", "think"), FILE.replace("    \"think\": 'c,d',\n", "")),
        (FILE, ("Providers",), FILE.replace("  Providers: [], // none yet\n", "")),
        (LIST, ("a", 0), LIST.replace("    1, // one\n", "")),
        (LIST, ("a", 1), LIST.replace("    2, /* two */\n", "")),
        (LIST, ("a", 2), LIST.replace("    3 // three\n", "").replace("2,", "2")),
        ("{a: 1}", ("a",), "{}"),
        ("{ a: 1 }", ("a",), "{ }"),
        ("{a: 1, b: 2}", ("a",), "{b: 2}"),
        ("{a: 1, b: 2}", ("b",), "{a: 1}"),
        ("{a: 1, b: 2,}", ("b",), "{a: 1, }"),
        ("[[1,2],[3 , 4 ]]", (1, 0), "[[1,2],[4 ]]"),
        ("{\r\n  a: 1,\r\n  b: 2\r\n}", ("b",), "{\r\n  a: 1\r\n}"),
        ("{\n  a: 1,\n  b: 2 }", ("b",), "{\n  a: 1\n }"),
    ],
)
def test_an_entry_goes_and_what_stands_around_it_stays(text: str, path: KeyPath, changed: str) -> None:
    assert without(text, path) == changed


@pytest.mark.parametrize(
    ("text", "number", "changed"),
    [
        (LIST, 0, LIST.replace("    1, // one", '    "x",\n    1, // one')),
        (LIST, 3, LIST.replace("3 // three", '3, // three\n    "x"')),
        ("{a: [1, 2]}", 1, '{a: [1, "x", 2]}'),
        ("{a: [1, 2]}", 2, '{a: [1, 2, "x"]}'),
        ("{a: []}", 0, '{a: ["x"]}'),
        ("{a: [ // none\n]}", 0, '{a: ["x" // none\n]}'),
    ],
)
def test_an_item_is_put_before_another_or_last(text: str, number: int, changed: str) -> None:
    assert with_item(text, ("a",), number, "x") == changed


@pytest.mark.parametrize(("text", "path"), [("{a: 1}", ("a", "b")), ("{a: []}", ("a", 0)), ("{}", ("a", 0))])
def test_what_cannot_hold_it_is_said(text: str, path: KeyPath) -> None:
    with pytest.raises(EditError):
        with_value(text, path, 1)
    with pytest.raises(EditError):
        with_item(text, path, 0, 1)
    with pytest.raises(EditError):
        without(text, path)


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


@given(_objects(), st.data())
def test_whatever_is_taken_away_the_rest_says_what_it_said(text: str, data: st.DataObject) -> None:
    expected = pyjson5.decode(text)
    key = data.draw(st.sampled_from(sorted(expected) or ["a"]))
    if key in expected:
        del expected[key]
        assert pyjson5.decode(without(text, (key,))) == expected
