from pathlib import Path

from bench.usage import BATCH, QUESTIONS, ROWS, TARGET_MS, answered, filled

from fairlead.router.usage.store import Keeping, in_file


def test_a_million_requests_and_a_tenth_of_a_second_are_what_is_measured() -> None:
    assert (ROWS, TARGET_MS) == (1_000_000, 100.0)


def test_every_question_is_answered(tmp_path: Path) -> None:
    store = in_file(tmp_path / "usage.db", Keeping(100_000, 100_000, 100_000))
    assert filled(store, BATCH // 4) > 0
    assert [name for name, _ in answered(store)] == list(QUESTIONS)
    store.database.close()
