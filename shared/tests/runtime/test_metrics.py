"""Figures as Prometheus reads them."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from fairlead.shared.runtime.metrics import LONGEST, SERIES_LIMIT, Counter, Gauge, Histogram, Summary, told


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


def test_a_histogram_tells_how_many_measurements_were_at_most_so_much() -> None:
    histogram = Histogram("wait_seconds", "Waits.", ("of",), (0.5, 1.0))
    for value in (0.1, 0.5, 0.75, 2.0):
        histogram.observe(value, "a")
    assert histogram.told() == (
        "# HELP wait_seconds Waits.\n"
        "# TYPE wait_seconds histogram\n"
        'wait_seconds_bucket{of="a",le="0.5"} 2\n'
        'wait_seconds_bucket{of="a",le="1"} 3\n'
        'wait_seconds_bucket{of="a",le="+Inf"} 4\n'
        'wait_seconds_sum{of="a"} 3.35\n'
        'wait_seconds_count{of="a"} 4\n'
    )
    assert (histogram.count("a"), histogram.count("b")) == (4, 0)


def test_what_has_no_labels_is_told_before_anything_happened() -> None:
    assert Counter("n_total", "N.", ()).told().splitlines()[-1] == "n_total 0"
    assert Histogram("s_seconds", "S.", (), (1.0,)).told().splitlines()[-1] == "s_seconds_count 0"


def test_labels_of_a_histogram_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="of"):
        Histogram("n", "N.", ("of",), (1.0,)).observe(1.0)


def test_series_of_a_histogram_have_an_end() -> None:
    histogram = Histogram("n", "N.", ("who",), (1.0,))
    for number in range(SERIES_LIMIT + 5):
        histogram.observe(0.5, str(number))
    histogram.observe(0.5, "0")
    assert (histogram.count("other"), histogram.count("0")) == (5, 2)


HOSTILE = ['"} 1\nforged 1', "\\", "\r\n", "\u2028", "\x00", "\ud800", "é", "{}", "", "x" * 10_000, "# HELP a b"]


def test_whatever_a_label_holds_a_scraper_reads_one_family_and_one_sample_of_each_value() -> None:
    counter = Counter("things_total", "Things.", ("name",))
    histogram = Histogram("wait_seconds", "Waits.", ("name",), (1.0,))
    gauge = Gauge("level", "A level.", ("name",), lambda: {(name,): 1.0 for name in HOSTILE})
    for name in HOSTILE:
        counter.add(name)
        histogram.observe(0.5, name)
    families = {one.name: one for one in text_string_to_metric_families(told((counter, histogram, gauge)).decode())}
    assert list(families) == ["things", "wait_seconds", "level"]
    assert len(families["things"].samples) == len(HOSTILE)
    assert all(len(sample.labels["name"]) <= LONGEST for sample in families["things"].samples)
    assert sum(sample.value for sample in families["wait_seconds"].samples if sample.name.endswith("_count")) == len(
        HOSTILE
    )
    assert len(families["level"].samples) == len(HOSTILE)


def test_amounts_may_be_parts() -> None:
    counter = Counter("usd_total", "Money.", ())
    counter.add(amount=0.25)
    counter.add(amount=0.5)
    assert counter.told().splitlines()[-1] == "usd_total 0.75"
