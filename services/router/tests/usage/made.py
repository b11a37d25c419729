"""Records as requests leave them."""

from typing import Any

from msgspec import structs

from fairlead.router.records import Record

MONDAY = 1_767_571_200.0
"""2026-01-05T00:00:00Z."""

PLAIN = Record(
    at=MONDAY,
    request_id="req_1",
    decision="dec_1",
    client="anthropic",
    session="s1",
    agent=None,
    project=None,
    key=None,
    asked="claude-opus",
    scenario="default",
    provider="p",
    model="m",
    billing="metered",
    attempts=1,
    stream=True,
    status=200,
    result="answered",
    failure=None,
    input=100,
    cache_read=10,
    cache_write=5,
    output=50,
    reasoning=7,
    cost=0.5,
    default_cost=2.0,
    first_byte=0.2,
    duration=1.0,
    overhead=0.001,
)


def record(**changes: Any) -> Record:
    return structs.replace(PLAIN, **changes)
