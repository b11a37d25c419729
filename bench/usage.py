"""`python -m bench.usage`: how long each question to a usage database of a million requests takes, and what writing one
record costs."""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from fairlead.router.endpoints.usage import Answer, costs, requests, sessions, usage
from fairlead.router.records import Record
from fairlead.router.usage import queries
from fairlead.router.usage.asking import REQUESTS, SUMS, Asked, asked
from fairlead.router.usage.database import Cursor
from fairlead.router.usage.store import Keeping, Store, in_file

TARGET_MS = 100.0
ROWS, BATCH, DAYS = 1_000_000, 20_000, 30
START = 1_767_571_200
"""2026-01-05."""

MODELS = tuple((f"provider-{number % 4}", f"model-{number}") for number in range(8))
KEYS = (("laptop", "/src/shop"), ("ci", "/src/site"), ("team", None))
SCENARIOS = ("default", "background", "think", "longContext")

LAST_DAY = f"from={START + (DAYS - 1) * 86_400}"
EVERY = tuple({*SUMS, *REQUESTS})


Question = Callable[[Cursor], Sequence[object]]


def _of(view: Callable[[Cursor, Asked], Answer], query: str) -> Question:
    """What an endpoint asks."""
    return lambda cursor: view(cursor, asked(query, EVERY)).rows


_SESSION, _DECISION = "session-10", "dec_0"
QUESTIONS: Mapping[str, Question] = {
    "totals": _of(usage, ""),
    "totals of a day": _of(usage, LAST_DAY),
    "totals between two hours": _of(usage, f"from={START + 3_600}&to={START + 20 * 86_400 + 7_200}"),
    "by hour": _of(usage, "by=hour"),
    "by hour and model, a day": _of(usage, f"by=hour,model&{LAST_DAY}"),
    "by day": _of(usage, "by=day"),
    "by model": _of(usage, "by=model"),
    "by provider": _of(usage, "by=provider"),
    "by scenario": _of(usage, "by=scenario"),
    "by project": _of(usage, "by=project"),
    "by key": _of(usage, "by=key"),
    "totals of a key": _of(usage, "key=ci"),
    "savings": _of(costs, ""),
    "savings by day": _of(costs, "by=day"),
    "newest sessions": _of(sessions, ""),
    "newest sessions of a key": _of(sessions, "key=ci"),
    "newest requests": _of(requests, ""),
    "newest requests of a key": _of(requests, "key=ci"),
    "newest requests of a model": _of(requests, "model=model-3"),
    "requests of long ago": _of(requests, f"to={START + 86_400}"),
    "overview, models of today": lambda cursor: queries.series(
        cursor, Asked(start=START + (DAYS - 1) * 86_400, by=("provider", "model", "billing"))
    ),
    "overview, models by hour": lambda cursor: queries.series(
        cursor, Asked(start=START + (DAYS - 1) * 86_400, by=("hour", "model"))
    ),
    "a session": lambda cursor: queries.session(cursor, _SESSION, None),
    "requests of a session": lambda cursor: queries.requests(cursor, Asked(where={"session": _SESSION})),
    "what a decision came to": lambda cursor: queries.requests(
        cursor, Asked(start=START - 60, end=START + 1, where={"decision": _DECISION}, limit=1)
    ),
}
"""What the endpoints of usage, their exports and the pages of the dashboard ask, by name."""


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where every question takes no longer than `TARGET_MS`."""
    parser = argparse.ArgumentParser(prog="bench.usage", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    rows: int = parser.parse_args(arguments).rows
    with tempfile.TemporaryDirectory() as folder:
        store = in_file(Path(folder) / "usage.db", Keeping(requests=100_000, hours=100_000, days=100_000))
        print(f"writing: {filled(store, rows):.1f} µs of CPU a record, {rows:,} records")  # noqa: T201 - for people
        slowest = 0.0
        for name, milliseconds in answered(store):
            slowest = max(slowest, milliseconds)
            print(f"{name:30} {milliseconds:8.1f} ms{'' if milliseconds <= TARGET_MS else '  too long'}")  # noqa: T201 - for people
        store.database.close()
    return 0 if slowest <= TARGET_MS else 1


def filled(store: Store, rows: int) -> float:
    """Microseconds of CPU that writing a record takes."""
    spent = 0.0
    for first in range(0, rows, BATCH):
        batch = [record(number, rows) for number in range(first, min(first + BATCH, rows))]
        began = time.process_time()
        store.write(batch)
        spent += time.process_time() - began
    return spent / rows * 1e6


def answered(store: Store) -> list[tuple[str, float]]:
    """Milliseconds of each question: the median of five, rows of the answer made ready to be told."""
    told = []
    for name, question in QUESTIONS.items():
        times = []
        for _ in range(5):
            began = time.perf_counter()
            with store.database.reading() as cursor:
                rows = question(cursor)
            times.append((time.perf_counter() - began) * 1_000)
            assert rows, f"{name} has an answer"
        told.append((name, sorted(times)[2]))
    return told


def record(number: int, rows: int) -> Record:
    """Twenty requests a session, over a month."""
    chance = random.Random(number)  # noqa: S311 - figures, no secrets
    (provider, model), (key, project) = chance.choice(MODELS), KEYS[number // 20 % len(KEYS)]
    return Record(
        at=START + number * DAYS * 86_400 / rows,
        request_id=f"req_{number}",
        decision=f"dec_{number}",
        client="anthropic",
        session=f"session-{number // 20}",
        agent=None,
        project=project,
        key=key,
        asked="claude-opus-5-5",
        scenario=chance.choice(SCENARIOS),
        provider=provider,
        model=model,
        billing="metered",
        attempts=1,
        stream=True,
        status=200,
        result="answered",
        failure=None,
        input=chance.randrange(2_000),
        cache_read=chance.randrange(100_000),
        cache_write=chance.randrange(2_000),
        output=chance.randrange(2_000),
        reasoning=0,
        cost=chance.choice((None, 0.01, 0.1)),
        default_cost=0.2,
        first_byte=chance.random(),
        duration=chance.random() * 10,
        overhead=0.001,
    )


if __name__ == "__main__":
    sys.exit(main())
