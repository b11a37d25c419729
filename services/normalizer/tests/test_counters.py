"""Counters add up, are told in Prometheus' format, and stay bounded."""

import pytest

from fairlead.normalizer.counters import SERIES_LIMIT, Counter, Counters


def test_a_counter_is_told_with_its_labels() -> None:
    counter = Counter("things_total", "Things.", ("color", "size"))
    counter.add("red", "big")
    counter.add("red", "big", amount=2)
    counter.add("blue", 'qu"ote\\\n')
    assert counter.told() == (
        "# HELP things_total Things.\n"
        "# TYPE things_total counter\n"
        'things_total{color="red",size="big"} 3\n'
        'things_total{color="blue",size="qu\\"ote\\\\\\n"} 1\n'
    )
    assert counter.total("red", "big") == 3
    assert counter.total("red", "small") == 0


def test_a_counter_refuses_the_wrong_number_of_labels() -> None:
    with pytest.raises(ValueError, match="color"):
        Counter("things_total", "Things.", ("color",)).add("red", "big")


def test_label_values_beyond_the_limit_are_counted_together() -> None:
    counter = Counter("things_total", "Things.", ("name",))
    for number in range(SERIES_LIMIT + 5):
        counter.add(str(number))
    counter.add("0")
    assert counter.total("other") == 5
    assert counter.total("0") == 2
    assert len(counter.told().splitlines()) == 2 + SERIES_LIMIT + 1


def test_all_counters_are_told_under_different_names() -> None:
    names = [line.split()[2] for line in Counters().told().splitlines() if line.startswith("# TYPE")]
    assert len(names) == len(set(names)) == 6
