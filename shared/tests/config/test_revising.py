"""A whole new configuration in the text of the old one."""

import json
from typing import Any

import pyjson5
import pytest

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


def test_what_cannot_be_kept_is_named() -> None:
    new = changed(Providers=[])
    made = revised(TEXT, new)
    assert (pyjson5.decode(made.text), made.lost) == (new, ("Providers",))
    assert "// mine" in made.text


def test_a_key_that_is_taken_away_at_the_top_writes_the_file_anew() -> None:
    new = changed()
    del new["PORT"]
    made = revised(TEXT, new)
    assert (json.loads(made.text), made.lost) == (new, ("the whole file",))


def test_plain_json_has_no_comment_to_lose() -> None:
    assert revised('{"a": "// no", "b": 1}', {"a": "// no"}).lost == ()


def test_the_order_of_keys_means_something() -> None:
    new = changed(Router={"think": "a,n", "default": "a,m"})
    assert list(pyjson5.decode(revised(TEXT, new).text)["Router"]) == ["think", "default"]


@pytest.mark.parametrize(("old", "new"), [("{a: 1}", {"a": True}), ("{a: 1}", {"a": 1.5}), ("{a: null}", {"a": 0})])
def test_kinds_of_values_are_told_apart(old: str, new: dict[str, Any]) -> None:
    made = pyjson5.decode(revised(old, new).text)
    assert [(value, type(value)) for value in made.values()] == [(value, type(value)) for value in new.values()]
