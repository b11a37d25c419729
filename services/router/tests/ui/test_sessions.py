"""Sessions as their page tells them."""

from typing import Any

from fairlead.router.ui.sessions import ACTIVE, detailed, listed
from fairlead.router.ui.unread import Unread
from fairlead.router.usage.queries import Session
from fairlead.router.usage.sums import MEASURES

NOW = 10_000.0


def row(**told: Any) -> dict[str, Any]:
    return {**dict.fromkeys(MEASURES, 0), "session": "s", "key": "", "project": "", "first": 1.0, "last": NOW, **told}


def session(**told: Any) -> Session:
    models = [row(provider=provider, model="m", billing="metered", requests=1) for provider in ("p", "q")]
    return Session(row(requests=2, input=5, output=7, **told), tuple(models))


def test_a_session_is_at_work_while_its_last_request_is_young() -> None:
    made = listed([session(), session(last=NOW - ACTIVE)], NOW)
    assert ([one.active for one in made.sessions], made.active, made.before) == ([True, False], 1, None)


def test_the_next_page_begins_where_this_one_ends() -> None:
    made = listed([session(last=NOW - age) for age in range(3)], NOW, limit=2)
    assert (len(made.sessions), made.before) == (2, NOW - 1)


def test_what_several_keys_used_of_one_session_is_added_up() -> None:
    found = [session(key="laptop"), session(key="ci", project="/src")]
    made = detailed(found, [], set(), NOW)
    assert made.session is not None
    assert (made.session.keys, made.session.project, made.session.spent.tokens) == (("laptop", "ci"), "/src", 24)
    assert [(one.provider, one.spent.requests) for one in made.models] == [("p", 2), ("q", 2)]


def test_usage_that_cannot_be_read_is_said_to_be_so() -> None:
    assert listed(Unread("locked"), NOW).problem == "locked"
