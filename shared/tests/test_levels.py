"""A level at the end of a model's name is told from the name."""

import pytest

from fairlead.shared.levels import REASONING_LEVELS, Levelled, split_level, without_level


@pytest.mark.parametrize("level", REASONING_LEVELS)
def test_every_level_may_end_a_name(level: str) -> None:
    assert split_level(f"gpt-5.2({level})") == Levelled("gpt-5.2", level, sure=True)
    assert split_level(f"gpt-5.2:{level}") == Levelled("gpt-5.2", level, sure=False)


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("p,org/m:free(HIGH)", Levelled("p,org/m:free", "high", sure=True)),
        ("m (low)", Levelled("m", "low", sure=True)),
        ("m:free:Max", Levelled("m:free", "max", sure=False)),
        ("m(low)(high)", Levelled("m(low)", "high", sure=True)),
    ],
)
def test_what_stands_before_the_level_is_the_model(name: str, split: Levelled) -> None:
    assert split_level(name) == split
    assert without_level(name) == split.model


@pytest.mark.parametrize(
    "name",
    ["", "(high)", ":high", "m", "m-high", "m:free", "m(8192)", "m(none)", "m(high", "m high)", "high", "m:(low)x"],
)
def test_any_other_name_is_whole(name: str) -> None:
    assert split_level(name) is None
    assert without_level(name) == name
