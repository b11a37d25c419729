import json
from pathlib import Path

import pytest
from bench.__main__ import main
from bench.answers import Said, Speaks, Usage, WrongAnswerError
from bench.http1 import Reply
from bench.questions import Question
from bench.workloads import WORKLOADS

from .streams import message_events

HEAD = {"content-type": "text/event-stream", "request-id": "req_1"}


def reply(*texts: str) -> Reply:
    return Reply(200, HEAD, b"".join(message_events(*texts)), first_byte=0.1, end=0.2, reads=1)


def test_an_answer_is_right_only_if_it_says_what_the_provider_said() -> None:
    answer = Said("Hello", "end_turn", Usage(7, 30, 9))
    question = Question(b"", b"", Speaks.MESSAGES, answer, stream=True)
    question.check(reply("Hel", "lo"))
    with pytest.raises(WrongAnswerError, match="text differs"):
        question.check(reply("Hel", "o"))


@pytest.mark.timeout(600)  # it drives every workload there is
def test_every_workload_answers_rightly(tmp_path: Path) -> None:
    """A smoke run over real processes; what it measures is not looked at."""
    out = tmp_path / "results.json"
    assert main(["--quick", "--json", str(out)]) == 0
    told = json.loads(out.read_bytes())
    assert told["wrong_answers"] == 0
    assert [each["name"] for each in told["workloads"]] == [workload.name for workload in WORKLOADS]
    assert all(each["answers_checked"] and each["cpu_ms_per_request"] for each in told["workloads"])
    units = {"µs an event", "µs a chunk", "µs a request", "ms a request", "kB a stream"}
    assert {step["unit"] for step in told["steps"]} == units
    assert told["step_answers_checked"]


def test_a_run_of_the_steps_alone_needs_no_stack(tmp_path: Path) -> None:
    out = tmp_path / "results.json"
    assert main(["--quick", "--workloads", "steps", "--json", str(out)]) == 0
    told = json.loads(out.read_bytes())
    assert (told["workloads"], told["memory"]) == ([], [])
    assert all(step["decisive"] > 0 for step in told["steps"])


def test_what_is_not_there_cannot_be_chosen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--workloads", "steps,step", "--json", str(tmp_path / "results.json")])
    assert "there is no workload 'step'" in capsys.readouterr().err
