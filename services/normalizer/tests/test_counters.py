"""What is counted can be told apart."""

from fairlead.normalizer.counters import Counters


def test_all_counters_are_told_under_different_names() -> None:
    names = [line.split()[2] for line in Counters().told().decode().splitlines() if line.startswith("# TYPE")]
    assert len(names) == len(set(names)) == 17
