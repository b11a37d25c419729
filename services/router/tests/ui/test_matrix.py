"""Rows of the routing matrix, and what becomes of the file when one changes."""

from typing import Any

import pyjson5
import pytest

from fairlead.router.ui.matrix import Aim, Ladder, Line, Whole, matrix_of, with_ladder, with_line, with_whole
from fairlead.shared.config.revising import revised

TEXT = """// mine
{
  Router: {
    default: "a,m", // the usual
    think: ["a,big", { provider: "b", model: "m", weight: 3 }],
    /* far */ longContext: { providers: "b,long", strategy: "Cost", delayMs: 50, fallback: "a,long" },
    long_context_threshold: 50000,
    nightly: { when: { hours: "22-06" }, targets: ["b,m"] }, // cheap
    families: { opus: "a,big", "gpt-*": "b,m" },
    emergency: "c,m",
  },
  fallback: {
    default: [
      "b,m", // the second
      "c,m",
    ],
  },
  budgets: [{ name: "team", usd: 5, ladder: ["b,m"] }, { usd: 1 }],
}
"""
CONFIG: dict[str, Any] = pyjson5.decode(TEXT)


def line(scenario: str) -> Line:
    found = matrix_of(CONFIG).line(scenario)
    assert found is not None
    return found


def changed(new: dict[str, Any]) -> str:
    made = revised(TEXT, new)
    assert pyjson5.decode(made.text) == new
    return made.text


def test_every_scenario_is_a_row_configured_or_not() -> None:
    names = [one.scenario for one in matrix_of(CONFIG).lines]
    built_in = ["default", "background", "think", "longContext", "webSearch", "image", "fast", "coder"]
    assert names == [*built_in, "nightly", "families.opus", "families.gpt-*"]
    assert line("image") == Line("image")


def test_rows_say_what_the_file_says_in_whatever_spelling() -> None:
    assert line("default") == Line("default", (Aim("a,m"),), ("b,m", "c,m"))
    assert line("think").targets == (Aim("a,big"), Aim("b,m", 3.0))
    assert line("longContext") == Line("longContext", (Aim("b,long"),), ("a,long",), "cost", 50)
    assert (line("nightly").when, line("nightly").is_own) == ({"hours": "22-06"}, True)
    assert line("families.gpt-*").targets == (Aim("b,m"),)
    assert matrix_of(CONFIG).whole == Whole("c,m", 50_000, None)
    assert matrix_of(CONFIG).ladders == (Ladder(0, "team", ("b,m",)), Ladder(1, "budget 2"))


@pytest.mark.parametrize("scenario", [one.scenario for one in matrix_of(CONFIG).lines])
def test_a_row_that_stays_changes_nothing(scenario: str) -> None:
    assert with_line(CONFIG, line(scenario)) == CONFIG
    assert changed(with_line(CONFIG, line(scenario))) == TEXT


@pytest.mark.parametrize(
    ("new", "old_text", "new_text"),
    [
        (Line("default", (Aim("x,y"),), ("b,m", "c,m")), '"a,m"', '"x,y"'),
        (Line("default", (Aim("a,m"), Aim("x,y")), ("b,m", "c,m")), '"a,m"', '["a,m", "x,y"]'),
        (Line("default", (Aim("a,m"),), ("b,m", "x,y", "c,m")), '"c,m",\n    ]', '"x,y",\n      "c,m",\n    ]'),
        (
            Line("default", (Aim("a,m"),), ("b,m", "c,m"), strategy="sticky"),
            '"a,m"',
            '{ targets: ["a,m"], strategy: "sticky" }',
        ),
        (Line("think", (Aim("b,m", 3),)), '["a,big", { provider', "[{ provider"),
        (Line("think", (Aim("a,big"), Aim("b,m", 0.5))), "weight: 3", "weight: 0.5"),
        (
            Line("longContext", (Aim("b,long"),), ("a,long", "c,m"), "cost", 50),
            'fallback: "a,long"',
            'fallback: ["a,long", "c,m"]',
        ),
        (Line("longContext", (Aim("b,long"),), ("a,long",), "", 0), 'strategy: "Cost", delayMs: 50, ', ""),
        (Line("image", (Aim("a,eye"),)), 'emergency: "c,m",', 'emergency: "c,m",\n    image: "a,eye",'),
        (Line("image"), "", ""),
        (Line("nightly"), '    nightly: { when: { hours: "22-06" }, targets: ["b,m"] }, // cheap\n', ""),
        (Line("families.opus", (Aim("c,m"),)), 'opus: "a,big"', 'opus: "c,m"'),
        (Line("families.haiku", (Aim("c,m"),)), '"gpt-*": "b,m"', '"gpt-*": "b,m", haiku: "c,m"'),
    ],
)
def test_a_change_of_a_row_touches_nothing_else_in_the_file(new: Line, old_text: str, new_text: str) -> None:
    assert changed(with_line(CONFIG, new)) == TEXT.replace(old_text, new_text, 1)


def test_a_scenario_that_goes_takes_its_fallbacks_along() -> None:
    new = with_line(CONFIG, Line("default"))
    assert ("default" in new["Router"], new["fallback"]) == (False, {})


def test_fallbacks_of_a_scenario_without_any_come_under_fallback() -> None:
    new = with_line(CONFIG, Line("think", line("think").targets, ("c,m",)))
    assert new["fallback"] == {**CONFIG["fallback"], "think": ["c,m"]}


def test_fallbacks_in_both_places_stay_in_both() -> None:
    both = {**CONFIG, "fallback": {"longContext": ["c,m"]}}
    (found,) = [one for one in matrix_of(both).lines if one.scenario == "longContext"]
    assert found.fallback == ("a,long", "c,m")
    longer = with_line(both, Line("longContext", found.targets, ("a,long", "x,y"), "cost", 50))
    assert (longer["Router"], longer["fallback"]) == (both["Router"], {"longContext": ["x,y"]})
    other = with_line(both, Line("longContext", found.targets, ("x,y", "a,long"), "cost", 50))
    assert (other["Router"]["longContext"]["fallback"], other["fallback"]) == (["x,y", "a,long"], {})


def test_what_is_not_of_one_scenario_changes_alone() -> None:
    assert with_whole(CONFIG, matrix_of(CONFIG).whole) == CONFIG
    text = changed(with_whole(CONFIG, Whole("", 70_000, 5_000)))
    assert text == TEXT.replace("50000", "70000").replace('    emergency: "c,m",\n', "    fastThreshold: 5000,\n")


def test_a_ladder_changes_alone() -> None:
    assert with_ladder(CONFIG, Ladder(0, "team", ("b,m",))) == CONFIG
    text = changed(with_ladder(CONFIG, Ladder(1, "", ("a,m", "b,m"))))
    assert text == TEXT.replace("{ usd: 1 }", '{ usd: 1, ladder: ["a,m", "b,m"] }')
    assert changed(with_ladder(CONFIG, Ladder(0, "", ()))) == TEXT.replace(', ladder: ["b,m"]', "")


def test_a_routing_table_of_v3_is_read_and_changed_where_it_stands() -> None:
    config = {
        "categories": {"default": {"required": True, "providers": [{"provider": "a", "model": "m", "weight": 1}]}}
    }
    (found,) = [one for one in matrix_of(config).lines if one.targets]
    assert found == Line("default", (Aim("a,m"),))
    new = with_line(config, Line("default", (Aim("a,m", 2.0), Aim("b,m"))))
    providers = [{"provider": "a", "model": "m", "weight": 2}, "b,m"]
    assert new == {"categories": {"default": {"required": True, "providers": providers}}}


def test_names_that_differ_in_little_are_different_scenarios() -> None:
    config = {"Router": {"a_b": "a,m", "ab": "b,m"}}
    assert with_line(config, Line("ab", (Aim("c,m"),)))["Router"] == {"a_b": "a,m", "ab": "c,m"}


@pytest.mark.parametrize("config", [{}, {"Router": None}, {"Router": []}, {"Router": {"default": 5}}, {"budgets": [1]}])
def test_what_is_no_route_has_no_targets(config: dict[str, Any]) -> None:
    assert with_line(config, Line("think", (Aim("a,m"),)))["Router"]["think"] == "a,m"


@pytest.mark.parametrize("config", [{"budgets": 5}, {"Router": []}, {"Router": 1, "fallback": "p,m"}, {"Router": None}])
def test_a_file_that_says_something_else_there_has_no_rows_and_can_have_some(config: dict[str, Any]) -> None:
    assert not any(line.targets for line in matrix_of(config).lines)
    assert with_line(config, Line("think")) == config
    assert matrix_of(with_line(config, Line("think", (Aim("p,m"),)))).line("think") == Line("think", (Aim("p,m"),))
