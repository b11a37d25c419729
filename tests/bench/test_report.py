import json

from bench.accounting import Memory
from bench.answers import Speaks
from bench.figures import Checked, Figure, fastest, single, spread, typical
from bench.machine import facts
from bench.measuring import Measured
from bench.profiling import summary
from bench.report import Results, Tier, as_json, as_text
from bench.workloads import WORKLOADS, Workload

SMALL = next(workload for workload in WORKLOADS if workload.target is not None)


def results(cpu: float, *wrong: str) -> Results:
    measured = Measured(SMALL, cpu=spread([cpu, cpu - 0.1, cpu + 0.3]), answers=12, wrong=list(wrong))
    fat, lean = Memory(200_000_000, 210_000_000), Memory(50_000_000, 60_000_000)
    return Results(facts(), [measured], [Tier("router", fat, fat, 1.0), Tier("normalizer", lean, lean, 1.0)])


def test_a_target_is_met_by_the_median() -> None:
    assert SMALL.target is not None
    for cpu, met in ((SMALL.target, True), (SMALL.target + 0.01, False)):
        (told,) = json.loads(as_json(results(cpu)))["workloads"]
        assert told["target_met"] is met
        assert told["target_cpu_ms"] == SMALL.target


def test_a_workload_without_a_target_neither_meets_nor_misses_one() -> None:
    free = Workload(name="free", provider=Speaks.MESSAGES, requests=1)
    assert Measured(free, cpu=spread([1.0])).met is None


def test_memory_is_held_against_its_target() -> None:
    told = json.loads(as_json(results(1.0)))["memory"]
    assert [tier["target_met"] for tier in told] == [False, True]


def test_wrong_answers_are_counted_and_told() -> None:
    told = json.loads(as_json(results(1.0, "the text differs", "status 500")))
    assert told["wrong_answers"] == 2
    text = as_text(results(1.0, "the text differs"))
    assert f"WRONG {SMALL.name}: the text differs" in text
    assert "1 of 12" in text


def stepped(*figures: Figure, wrong: tuple[str, ...] = ()) -> Results:
    return Results(facts(), steps=[Checked(figures, 3, wrong)])


def test_steps_are_told_without_workloads() -> None:
    run = stepped(fastest("parse", "µs an event", 2.0, [1.5, 2.5, 3.0]), single("stream", "kB", 50.0, 50.1))
    told = json.loads(as_json(run))["steps"]
    assert [(step["name"], step["decisive"], step["target_met"]) for step in told] == [
        ("parse", 1.5, True),
        ("stream", 50.1, False),
    ]
    lines = as_text(run).splitlines()
    assert [line.split() for line in lines if line.startswith(("parse", "stream"))] == [
        ["parse", "1.50", "2.50", "2", "yes", "µs", "an", "event"],
        ["stream", "50.10", "50.10", "50", "NO", "kB"],
    ]
    assert "idle MB" not in as_text(run)


def test_a_step_without_a_target_neither_meets_nor_misses_one() -> None:
    assert single("free", "kB", None, 1e9).met is None


def test_a_wrong_answer_of_a_step_counts() -> None:
    run = stepped(wrong=("gemini: no message_stop",))
    assert run.wrong == 1
    assert "WRONG gemini: no message_stop" in as_text(run)


def test_a_median_is_told_with_its_spread() -> None:
    assert (spread([3, 1, 2]).median, spread([3, 1, 2]).low, spread([3, 1, 2]).high) == (2, 1, 3)
    hundred = typical(range(100))
    assert (hundred.median, hundred.p95) == (49.5, 95)
    assert typical([1.0, 9.0]).p95 == 9.0


def test_a_profile_names_who_used_the_time_and_for_whom() -> None:
    own, below = summary("main;read 3\nmain;read;parse 1\n").split("\n\n")
    assert own.splitlines()[1:] == [" 75.00 %  read", " 25.00 %  parse"]
    assert below.splitlines()[1] == "100.00 %  main"
