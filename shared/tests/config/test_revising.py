"""A whole new configuration in the text of the old one."""

import json
from typing import Any

import pyjson5
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.shared.config.revising import revised

TEXT = """// mine
{
  // where to
  Router: { default: "a,m", think: 'a,n' }, /* both */
  Providers: [
    // the first
    { name: "a", models: ["m", "n"], limits: { rpm: 10 } },
  ],
  PORT: 3456, // as always
}
"""


def changed(**keys: Any) -> dict[str, Any]:
    return {**pyjson5.decode(TEXT), **keys}


def test_what_is_equal_stays_to_the_letter() -> None:
    assert revised(TEXT, changed()).text == TEXT


def test_values_change_where_they_stand_and_comments_stay() -> None:
    new = changed(PORT=4000, Router={"default": "a,n", "think": "a,n"})
    made = revised(TEXT, new)
    assert made.text == TEXT.replace("3456", "4000").replace('"a,m"', '"a,n"')
    assert made.lost == ()


def test_a_new_key_is_added_beside_the_others() -> None:
    made = revised(TEXT, changed(Router={"default": "a,m", "think": "a,n", "image": "a,m"}, HOST="h"))
    assert pyjson5.decode(made.text) == changed(Router={"default": "a,m", "think": "a,n", "image": "a,m"}, HOST="h")
    assert made.lost == ()
    for comment in ("// mine", "// where to", "/* both */", "// the first", "// as always"):
        assert comment in made.text


def test_what_is_taken_away_takes_its_own_comment_along_and_no_other() -> None:
    new = changed(Providers=[])
    del new["PORT"]
    made = revised(TEXT, new)
    assert made.text == TEXT.replace('    { name: "a", models: ["m", "n"], limits: { rpm: 10 } },\n', "").replace(
        "  PORT: 3456, // as always\n", ""
    )
    assert made.lost == ("PORT",)


LIST = """{
  fallback: {
    default: [
      "a,m", // the first
      "b,m", // the second
      "c,m", // the third
    ],
  },
}
"""


@pytest.mark.parametrize(
    ("items", "text", "lost"),
    [
        (["a,m", "c,m"], LIST.replace('      "b,m", // the second\n', ""), ("fallback.default[1]",)),
        (["a,m", "x,m", "c,m"], LIST.replace("b,m", "x,m"), ()),
        (["a,m", "x,m", "b,m", "c,m"], LIST.replace('      "b,m"', '      "x,m",\n      "b,m"'), ()),
        (["a,m", "b,m", "c,m", "x,m"], LIST.replace("    ],", '      "x,m",\n    ],'), ()),
        (
            ["x,m", "c,m"],
            LIST.replace('"a,m"', '"x,m"').replace('      "b,m", // the second\n', ""),
            ("fallback.default[1]",),
        ),
    ],
)
def test_lists_change_item_by_item(items: list[str], text: str, lost: tuple[str, ...]) -> None:
    made = revised(LIST, {"fallback": {"default": items}})
    assert (made.text, made.lost) == (text, lost)


def test_things_with_names_are_found_again_by_them() -> None:
    text = '{Providers: [\n{name: "a", x: 1}, // a\n{name: "b", x: 1}, // b\n]}'
    made = revised(text, {"Providers": [{"name": "b", "x": 2}]})
    assert made.text == '{Providers: [\n{name: "b", x: 2}, // b\n]}'


def test_what_cannot_be_kept_is_named() -> None:
    new = changed(Router={"think": "a,n", "default": "a,m"}, Providers="none")
    made = revised(TEXT, new)
    assert (pyjson5.decode(made.text), made.lost) == (new, ("Providers",))


def test_keys_in_another_order_at_the_top_write_the_file_anew() -> None:
    new = dict(reversed(changed().items()))
    made = revised(TEXT, new)
    assert (json.loads(made.text), made.lost) == (new, ("the whole file",))


_VALUES = st.recursive(
    st.sampled_from([1, True, None, "a,b", "x"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["a", "b", "name", "d-e"]), inner),
    max_leaves=12,
)


@given(
    st.dictionaries(st.sampled_from(["a", "b", "c"]), _VALUES),
    st.dictionaries(st.sampled_from(["a", "b", "c"]), _VALUES),
)
def test_whatever_it_was_it_then_says_what_it_should(old: dict[str, Any], new: dict[str, Any]) -> None:
    text = "// kept\n" + json.dumps(old, indent=2)
    assert json.dumps(pyjson5.decode(revised(text, new).text)) == json.dumps(new)


def test_plain_json_has_no_comment_to_lose() -> None:
    assert revised('{"a": "// no", "b": 1}', {"a": "// no"}).lost == ()


def test_the_order_of_keys_means_something() -> None:
    new = changed(Router={"think": "a,n", "default": "a,m"})
    assert list(pyjson5.decode(revised(TEXT, new).text)["Router"]) == ["think", "default"]


@pytest.mark.parametrize(("old", "new"), [("{a: 1}", {"a": True}), ("{a: 1}", {"a": 1.5}), ("{a: null}", {"a": 0})])
def test_kinds_of_values_are_told_apart(old: str, new: dict[str, Any]) -> None:
    made = pyjson5.decode(revised(old, new).text)
    assert [(value, type(value)) for value in made.values()] == [(value, type(value)) for value in new.values()]
