"""Logins are few, end, and are known by nothing but their cookie."""

from itertools import count

import pytest

from fairlead.router.ui.visitors import LASTS, LOGINS, TRIES, Visitors, cookie, cookie_value, demand_token
from fairlead.shared.failure import FailureError, Kind


def visitors() -> Visitors:
    numbers = count()
    return Visitors(lambda size: next(numbers).to_bytes(size, "big"))


def test_a_cookie_stands_for_its_key_until_it_is_over() -> None:
    made = visitors()
    value = made.let_in("the key", 100.0)
    found = made.find(value, 100.0 + LASTS - 1)
    assert found is not None
    assert found.key.value == "the key"
    assert made.find(value, 100.0 + LASTS) is None
    assert made.find(value, 100.0) is None


def test_the_oldest_login_makes_room_for_a_new_one() -> None:
    made = visitors()
    values = [made.let_in("k", 0.0) for _ in range(LOGINS + 1)]
    assert made.find(values[0], 1.0) is None
    assert made.find(values[1], 1.0) is not None


def test_wrong_keys_are_waited_for_by_the_address_they_came_from() -> None:
    made = visitors()
    for _ in range(TRIES):
        made.demand_patience("10.0.0.1", 0.0)
        made.failed("10.0.0.1", 0.0)
    with pytest.raises(FailureError) as refused:
        made.demand_patience("10.0.0.1", 0.0)
    assert refused.value.failure.kind is Kind.RATE_LIMIT
    made.demand_patience("10.0.0.2", 0.0)
    made.demand_patience("10.0.0.1", 60.0)


def test_every_login_has_a_token_of_its_own() -> None:
    made = visitors()
    passes = [made.find(made.let_in("k", 0.0), 0.0) for _ in range(2)]
    tokens = {one.token for one in passes if one is not None} | {made.token}
    assert len(tokens) == 3
    demand_token(made.token, made.token)
    with pytest.raises(FailureError, match="out of date"):
        demand_token("", made.token)


@pytest.mark.parametrize("header", ["fairlead_ui=v", "a=b; fairlead_ui=v; c=d", "x=fairlead_ui=w;fairlead_ui=v"])
def test_ours_is_found_among_the_cookies(header: str) -> None:
    assert cookie_value(header) == "v"
    assert cookie_value("other=1") == ""


def test_no_script_and_no_other_site_gets_at_the_cookie() -> None:
    told = cookie("v", secure=True)
    assert told == b"fairlead_ui=v; Max-Age=43200; HttpOnly; SameSite=Strict; Secure"
