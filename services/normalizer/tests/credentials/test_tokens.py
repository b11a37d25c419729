"""Which token is used, when another is got, and how long nobody asks after a failure."""

import pytest

from fairlead.normalizer.credentials.tokens import (
    Begun,
    Denied,
    Granted,
    Record,
    Refused,
    Spend,
    Token,
    Trouble,
    Use,
    Wait,
    denied,
    digest,
    granted,
    look_again,
    stated_expiry,
    step,
)
from fairlead.shared.config.schema import Secret
from fairlead.shared.failure import Failure, Kind

from .auth_server import HOUR, NOW, jwt

REFRESH = Secret("refresh")
TOKEN = Token(Secret("access"), expires_at=NOW + HOUR, renewed_at=NOW)
FAILED = Failure(Kind.UPSTREAM, "down")
DOWN, REFUSED = Denied(FAILED), Denied(FAILED, refused=True)


def at(
    moment: float,
    *,
    refused: str | None = None,
    again: float = 0.0,
    trouble: Trouble | None = None,
    token: Token | None = TOKEN,
) -> object:
    known = Refused(Secret(refused), again) if refused else None
    return step(Record(REFRESH, token), trouble, known, NOW + moment, needs_refresh=True)


def test_a_token_is_used_until_it_is_due_and_renewed_from_then_on() -> None:
    assert TOKEN.due_at == NOW + HOUR - 600
    assert at(0) == Use(TOKEN)
    assert at(HOUR - 601) == Use(TOKEN)
    assert at(HOUR - 600) == Spend(REFRESH)
    assert at(HOUR + 1) == Spend(REFRESH)


def test_a_token_of_a_short_life_is_renewed_in_the_last_fifth_of_it() -> None:
    assert Token(Secret("a"), NOW + 10, NOW).due_at == NOW + 8


def test_a_refused_token_is_exchanged_however_long_it_would_live_but_not_again_and_again() -> None:
    assert at(1, refused="access") == Spend(REFRESH)
    assert at(59, refused="access", again=NOW + 60) == Wait(None)
    assert at(60, refused="access", again=NOW + 60) == Spend(REFRESH)


def test_a_token_that_somebody_else_has_renewed_serves_the_one_who_was_refused() -> None:
    assert at(61, refused="an older one") == Use(TOKEN)


def test_after_a_failure_the_old_token_serves_and_then_nobody_asks_for_a_while() -> None:
    trouble = Trouble(FAILED, digest(REFRESH), until=NOW + HOUR + 60, refused=False)
    assert at(HOUR - 10, trouble=trouble) == Use(TOKEN)
    assert at(HOUR + 10, trouble=trouble) == Wait(FAILED)
    assert at(HOUR + 60, trouble=trouble) == Spend(REFRESH)


def test_trouble_with_one_refresh_token_is_not_that_of_another() -> None:
    trouble = Trouble(FAILED, digest(Secret("an older one")), until=NOW + 10 * HOUR, refused=True)
    assert at(HOUR, trouble=trouble) == Spend(REFRESH)


def test_without_a_refresh_token_there_is_nothing_to_spend() -> None:
    assert step(Record(), None, None, NOW, needs_refresh=True) == Wait(None)
    assert step(Record(token=TOKEN), None, None, NOW + HOUR - 1, needs_refresh=True) == Use(TOKEN)
    assert step(Record(), None, None, NOW, needs_refresh=False) == Spend(None)


def test_each_failure_in_a_row_doubles_the_wait_up_to_a_limit() -> None:
    trouble, waits = None, []
    for _ in range(9):
        trouble = denied(trouble, REFRESH, DOWN, NOW, 0.0)
        waits.append(trouble.until - NOW)
    assert waits == [5, 10, 20, 40, 80, 160, 300, 300, 300]


def test_a_login_that_is_not_accepted_is_tried_again_more_rarely() -> None:
    assert denied(None, REFRESH, REFUSED, NOW, 0.0).until - NOW == 60
    assert denied(Trouble(FAILED, digest(REFRESH), 0, True, 30), REFRESH, REFUSED, NOW, 1.0).until - NOW == 3600 * 1.2


def test_an_endpoint_that_asks_for_patience_gets_it() -> None:
    limited = Denied(Failure(Kind.RATE_LIMIT, "slow", retry_after=90.0))
    assert denied(None, REFRESH, limited, NOW, 0.0).until == NOW + 90


def test_another_refresh_token_begins_to_count_anew() -> None:
    trouble = denied(Trouble(FAILED, digest(REFRESH), 0, False, 5), Secret("new"), DOWN, NOW, 0.0)
    assert (trouble.count, trouble.digest) == (1, digest(Secret("new")))


def test_what_is_granted_replaces_what_was_and_forgets_that_it_had_begun() -> None:
    before = Record(REFRESH, TOKEN, Begun("x", NOW), seed="s")
    after = granted(before, Granted(Secret("new"), Secret("rotated"), 60.0), NOW, HOUR)
    assert after == Record(Secret("rotated"), Token(Secret("new"), NOW + 60, NOW), None, "s", 1)
    assert granted(before, Granted(Secret("new")), NOW, HOUR).refresh == REFRESH


@pytest.mark.parametrize(
    ("access", "expires_in", "life"),
    [
        ("opaque", None, 6 * HOUR),
        ("opaque", 60.0, 60.0),
        (jwt("a", NOW + 100), None, 100.0),
        (jwt("a", NOW + 100), 60.0, 60.0),
        (jwt("a", NOW + 100), 200.0, 100.0),
        (jwt("a", NOW - 5), None, 6 * HOUR),
        (jwt("a", 1e300), None, 6 * HOUR),
        (jwt("a", None), None, 6 * HOUR),
        ("opaque", -1.0, 6 * HOUR),
        ("opaque", float("nan"), 6 * HOUR),
        ("opaque", float("inf"), 6 * HOUR),
    ],
)
def test_a_token_ends_when_it_says_so_unless_that_is_nonsense(
    access: str, expires_in: float | None, life: float
) -> None:
    token = granted(Record(), Granted(Secret(access), None, expires_in), NOW, 6 * HOUR).token
    assert token is not None
    assert token.expires_at == NOW + life


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.b.c",
        "..",
        "a.b",
        "a." + "A" * 20_000 + ".c",
        "a.é.c",
        "a.W10.c",
        "a.eyJleHAiOiJ4In0.c",
        "a." + "W1tb" * 3_000 + ".c",
    ],
)
def test_what_is_no_web_token_says_nothing(text: str) -> None:
    assert stated_expiry(text) is None


def next_look(record: Record, trouble: Trouble | None = None, *, chance: float = 0.0) -> float:
    return look_again(record, trouble, NOW, chance, needs_refresh=True)


def test_the_next_look_is_when_the_token_is_due_or_trouble_is_over() -> None:
    assert next_look(Record(REFRESH, TOKEN)) == HOUR - 600
    assert next_look(Record(REFRESH)) == 1.0
    assert next_look(Record(REFRESH, TOKEN), Trouble(FAILED, digest(REFRESH), NOW + HOUR, refused=False)) == HOUR


def test_chance_spreads_the_looks_of_replicas_well_before_the_end() -> None:
    assert next_look(Record(REFRESH, TOKEN), chance=1.0) == HOUR - 600 + 30
    assert next_look(Record(REFRESH, Token(Secret("a"), NOW + 10, NOW)), chance=1.0) == 9


def test_nobody_looks_every_second_for_a_login_that_is_not_there() -> None:
    assert next_look(Record()) == next_look(Record(token=Token(Secret("a"), NOW - 1, NOW - 2))) == 60
    assert look_again(Record(), None, NOW, 0.0, needs_refresh=False) == 1.0


def test_no_record_shows_its_secrets() -> None:
    shown = repr((Record(Secret("canary"), Token(Secret("canary"), 1, 2)), Granted(Secret("canary"), Secret("canary"))))
    assert "canary" not in shown
