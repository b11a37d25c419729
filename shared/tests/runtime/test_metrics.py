"""Figures as Prometheus reads them."""

import pytest

from fairlead.shared.runtime.metrics import SERIES_LIMIT, Counter, Gauge, Summary, told


def test_a_counter_tells_a_line_for_each_set_of_labels() -> None:
    counter = Counter("things_total", "Things.", ("kind", "colour"))
    counter.add("a", "red")
    counter.add("a", "red", amount=2)
    counter.add("b", "")
    assert counter.told() == (
        "# HELP things_total Things.\n"
        "# TYPE things_total counter\n"
        'things_total{kind="a",colour="red"} 3\n'
        'things_total{kind="b",colour=""} 1\n'
    )
    assert (counter.total("a", "red"), counter.total("c", "c")) == (3, 0)


def test_a_label_may_hold_anything() -> None:
    counter = Counter("n", "N.", ("text",))
    counter.add('a"b\\c\nd')
    assert counter.told().splitlines()[-1] == r'n{text="a\"b\\c\nd"} 1'


def test_labels_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="kind"):
        Counter("n", "N.", ("kind",)).add("a", "b")


def test_labels_without_end_are_counted_together() -> None:
    counter = Counter("n", "N.", ("who",))
    for number in range(SERIES_LIMIT + 5):
        counter.add(str(number))
    counter.add("0")
    assert (counter.total("other"), counter.total("0")) == (5, 2)


def test_a_summary_tells_how_often_and_how_much() -> None:
    summary = Summary("seconds", "Time.")
    summary.observe(0.5)
    summary.observe(1.0)
    assert told((summary,)) == (b"# HELP seconds Time.\n# TYPE seconds summary\nseconds_sum 1.5\nseconds_count 2\n")


def test_a_gauge_is_read_when_it_is_told() -> None:
    now = {("a",): 1.0, ("b",): 0.25}
    gauge = Gauge("level", "A level.", ("of",), lambda: now)
    now["a",] = 0.0
    assert gauge.told() == '# HELP level A level.\n# TYPE level gauge\nlevel{of="a"} 0\nlevel{of="b"} 0.25\n'
    assert Gauge("alone", "A.", (), lambda: {(): 3.0}).told().splitlines()[-1] == "alone 3"
