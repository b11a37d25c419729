"""The golden matrix: every case in its own dialect, told in every dialect, compared with what was reviewed.

`just goldens` rewrites what is told; the difference is read before it is committed.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fairlead.shared.codec import peek
from fairlead.shared.dialect import Dialect, ReplyContext
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.failure import FailureError
from fairlead.shared.profile import PLAIN
from fairlead.shared.translation import Translated

HERE = Path(__file__).parent / "goldens"
REWRITE = bool(os.environ.get("FAIRLEAD_REWRITE_GOLDENS"))
CONTEXT = ReplyContext("r1", 5, "m")
CASES = sorted(path for path in (HERE / "cases").iterdir())
PAIRS = [(case, target) for case in CASES for target in DIALECTS.values()]


def request(source: Dialect, target: Dialect, body: bytes) -> bytes:
    """The body in the target's dialect, and below it what could not be said."""
    try:
        encoded = target.encode_request(source.decode_request(peek(body)), PLAIN)
    except FailureError as error:
        return pretty({"refused": error.failure.message})
    losses = [f"{loss.where}: {loss.what}: {loss.why}" for loss in encoded.losses]
    return pretty({"body": json.loads(encoded.body), "losses": losses})


def answer(source: Dialect, target: Dialect, body: bytes) -> bytes:
    return pretty(json.loads(target.encode_response(source.decode_response(body), CONTEXT).body))


def stream(source: Dialect, target: Dialect, body: bytes) -> bytes:
    pipe = Translated(source, target, CONTEXT)
    return pipe.feed(body) + pipe.close()


def pretty(value: Any) -> bytes:
    return json.dumps(value, indent=1, ensure_ascii=False).encode() + b"\n"


TELL = {"request": request, "answer": answer, "stream": stream}


def parts(case: Path) -> Iterator[str]:
    yield from case.name.split(".")


@pytest.mark.parametrize(("case", "target"), PAIRS, ids=lambda one: getattr(one, "stem", getattr(one, "name", "")))
def test_a_case_is_told_as_it_was_reviewed(case: Path, target: Dialect) -> None:
    kind, source, name, ending = parts(case)
    told = TELL[kind](DIALECTS[source], target, case.read_bytes())
    golden = HERE / "told" / f"{kind}.{source}.{name}.{target.name}.{ending}"
    if REWRITE:
        golden.write_bytes(told)
    assert golden.read_bytes() == told


def test_no_golden_is_left_over() -> None:
    named = {f"{case.name.rpartition('.')[0]}.{target.name}.{case.name.rpartition('.')[2]}" for case, target in PAIRS}
    assert {path.name for path in (HERE / "told").iterdir()} == named
