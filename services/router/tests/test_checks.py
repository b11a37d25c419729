"""Who is checked when, and what an answer to a check says."""

import json
from itertools import pairwise

import pytest

from fairlead.router.checks import JITTER, LEAD, LEAST, NOT_CHECKED, Check, Rounds, checks_of, said, said_of_list
from fairlead.router.policy import Policy
from fairlead.shared.config import parse
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.key_told import KeyTold

A, B = Check("a", 60.0), Check("b", 60.0)
CONFIG = """{Providers: [
  {name: "listed", api_base_url: "https://p.example/v1", api_key: "k", models: ["m"], health_check: 30},
  {name: "asked", api_base_url: "https://p.example/v1", api_key: "k", models: ["m"], health_check: {kind: "answer"}},
  {name: "lent", api_base_url: "https://p.example/v1", auth: "passthrough", models: ["m"], health_check: 30},
  {name: "off", api_base_url: "https://p.example/v1", api_key: "k", enabled: false, health_check: 30},
  {name: "unchecked", api_base_url: "https://p.example/v1", api_key: "k"},
  {name: "own", api_base_url: "http://127.0.0.1:3000/v1", models: ["bare-id"], health_check: {kind: "answer"}},
]}"""


def test_those_are_checked_that_the_configuration_names() -> None:
    config = parse(CONFIG, {}, file="c", resolve_secrets=False).config
    assert checks_of(config, Policy.of(config).keyed) == (
        Check("listed", 30.0),
        Check("asked", 60.0, "m", "asked,m"),
        Check("lent", 30.0, lent=True),
        Check("own", 60.0, "bare-id", "bare-id", lent=True),
    )


def moments(check: Check, until: float, opens: float | None = None) -> list[float]:
    """When it is due, looked at every second."""
    rounds, found = Rounds(), []
    for now in range(int(until)):
        if rounds.due([check], float(now), {} if opens is None or now >= opens else {check.provider: opens}):
            found.append(float(now))
    return found


def test_each_is_checked_once_an_interval_a_little_sooner_or_later() -> None:
    found = moments(A, 3_600.0)
    gaps = [later - sooner for sooner, later in pairwise(found)]
    assert 0.0 <= found[0] <= 60.0
    assert 55 <= len(found) <= 65
    assert all(60.0 * (1 - JITTER) <= gap <= 60.0 * (1 + JITTER) + 1.0 for gap in gaps)
    assert len(set(gaps)) > 3
    assert moments(A, 3_600.0) == found
    assert moments(B, 3_600.0) != found


def test_one_is_checked_shortly_before_its_circuit_would_let_a_request_try() -> None:
    first = moments(A, 100.0)[0]
    opens = first + 20.0
    assert moments(A, opens, opens)[:2] == [first, opens - LEAD]


def test_a_circuit_that_never_closes_does_not_make_checks_pour() -> None:
    rounds, found = Rounds(), []
    for tenth in range(1_000):
        now = tenth / 10
        if rounds.due([A], now, {"a": now + 0.5}):
            found.append(now)
    assert all(later - sooner >= LEAST for sooner, later in pairwise(found))
    assert len(found) > 10


def test_who_is_no_longer_checked_is_forgotten_and_who_stays_keeps_his_turn() -> None:
    rounds = Rounds()
    rounds.due([A, B], 0.0, {})
    turn = rounds.at(A)
    rounds.due([A], 0.0, {})
    assert rounds.at(A) == turn
    with pytest.raises(KeyError):
        rounds.at(B)


def body(**told: object) -> bytes:
    return json.dumps(told).encode()


def test_what_the_normalizer_says_of_a_list_is_read() -> None:
    well = said_of_list(A, 200, body(well=True, failure=None, key="1;n=2;r=2"))
    assert (well.result, well.lesson.failure, well.lesson.gone, well.key) == ("well", None, False, KeyTold("1", 2, 2))
    ill = said_of_list(A, 200, body(well=False, failure="rate_limit", status=429, retry_after=7.0))
    assert (ill.result, ill.lesson.failure) == ("rate_limit", Failure(Kind.RATE_LIMIT, "", 429, 7.0))


@pytest.mark.parametrize(
    ("status", "told"),
    [(501, b"{}"), (401, b"{}"), (200, b"<html>"), (200, b"\xff"), (200, body(failure="unheard of"))],
)
def test_whoever_was_not_asked_is_as_well_as_before(status: int, told: bytes) -> None:
    assert said_of_list(A, status, told) == NOT_CHECKED


def test_a_credential_that_is_the_clients_says_nothing_of_others() -> None:
    refused = Failure(Kind.AUTHENTICATION, "x")
    assert said(Check("a", 60.0, lent=True), refused, None).lesson.gone
    assert not said(A, refused, None).lesson.gone
