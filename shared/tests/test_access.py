"""Who is let in."""

import pytest

from fairlead.shared.access import Access, demand, demand_unlimited, may_use
from fairlead.shared.config.schema import ClientKey, Secret
from fairlead.shared.failure import FailureError, Kind

KEY = "the-client-key"
REQUIRED = (
    "an API key is required: Authorization: Bearer <key>, or x-api-key: <key> "
    "(APIKEY or client_keys in the configuration)"
)
UNKNOWN = "invalid API key: it is none of this gateway's client keys (APIKEY or client_keys in its configuration)"
OPEN, KEYED = Access(), Access([ClientKey("laptop", Secret(KEY))])


def test_without_a_key_everybody_is_let_in() -> None:
    assert OPEN.admit({}, 0) is None
    assert OPEN.admit({"authorization": "Bearer anything"}, 0) is None


@pytest.mark.parametrize("origin", ["http://localhost:3456", "http://127.0.0.1", "https://[::1]:8080"])
def test_without_a_key_pages_of_this_machine_are_let_in(origin: str) -> None:
    OPEN.admit({"origin": origin}, 0)


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "http://x@localhost",
        "null",
    ],
)
def test_without_a_key_pages_of_other_hosts_are_refused(origin: str) -> None:
    with pytest.raises(FailureError) as refused:
        OPEN.admit({"origin": origin}, 0)
    assert refused.value.failure.kind is Kind.PERMISSION


def test_with_the_key_a_page_may_be_from_anywhere() -> None:
    KEYED.admit({"origin": "https://ui.example", "x-api-key": KEY}, 0)


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": f"Bearer {KEY}"},
        {"authorization": f"bearer  {KEY}"},
        {"authorization": KEY},
        {"x-api-key": KEY},
        {"x-goog-api-key": KEY},
        {"x-api-key": KEY, "authorization": "Bearer of-the-users-account"},
        {"x-api-key": "other", "authorization": f"Bearer {KEY}"},
    ],
)
def test_the_key_is_taken_from_either_header(headers: dict[str, str]) -> None:
    admitted = KEYED.admit(headers, 0)
    assert admitted is not None
    assert admitted.name == "laptop"


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({}, REQUIRED),
        ({"authorization": ""}, REQUIRED),
        ({"x-api-key": "wrong"}, UNKNOWN),
        ({"x-api-key": KEY[:-1]}, UNKNOWN),
        ({"authorization": f"Basic {KEY}"}, UNKNOWN),
        ({"authorization": "Bearer schlüssel"}, UNKNOWN),
    ],
)
def test_anything_else_is_refused_for_good(headers: dict[str, str], message: str) -> None:
    with pytest.raises(FailureError) as refused:
        KEYED.admit(headers, 0)
    failure = refused.value.failure
    assert (failure.kind, failure.message, failure.should_retry) == (Kind.AUTHENTICATION, message, False)
    assert KEY not in repr(failure)


SEVERAL = Access(
    [
        ClientKey("laptop", Secret("key-of-the-laptop"), expires=1_000.0),
        ClientKey("ci", Secret("key-of-ci"), rpm=2, tpm=600),
    ]
)


@pytest.mark.parametrize(("key", "name"), [("key-of-the-laptop", "laptop"), ("key-of-ci", "ci")])
def test_each_of_several_keys_is_known_by_its_name(key: str, name: str) -> None:
    admitted = SEVERAL.admit({"x-api-key": key}, 999.0)
    assert admitted is not None
    assert admitted.name == name


def test_a_key_that_has_expired_is_refused_by_name_and_not_repeated() -> None:
    with pytest.raises(FailureError, match="client key laptop has expired") as refused:
        SEVERAL.admit({"x-api-key": "key-of-the-laptop"}, 1_000.0)
    assert refused.value.failure.kind is Kind.AUTHENTICATION
    assert "key-of" not in refused.value.failure.message


def test_a_good_key_beside_an_expired_one_is_enough() -> None:
    headers = {"x-api-key": "key-of-the-laptop", "authorization": "Bearer key-of-ci"}
    admitted = SEVERAL.admit(headers, 1_000.0)
    assert admitted is not None
    assert admitted.name == "ci"


def test_every_key_of_ours_is_none_for_a_provider() -> None:
    told = [SEVERAL.is_ours(each) for each in ("key-of-the-laptop", "key-of-ci", "key", "", "sk-of-the-user")]
    assert told == [True, True, False, False, False]


def test_a_key_with_requests_a_minute_is_told_when_to_come_again() -> None:
    access, ci = Access([ClientKey("ci", Secret("k"), rpm=2)]), ClientKey("ci", Secret("k"), rpm=2)
    access.charge(ci, 100.0)
    access.charge(ci, 100.0)
    with pytest.raises(FailureError, match="client key ci has used its 2 requests a minute") as refused:
        access.charge(ci, 110.0)
    assert refused.value.failure.kind is Kind.RATE_LIMIT
    assert refused.value.failure.retry_after == pytest.approx(20.0)
    access.charge(ci, 130.0)


def test_a_key_with_tokens_a_minute_waits_for_what_it_has_overdrawn() -> None:
    ci = ClientKey("ci", Secret("k"), tpm=600)
    access = Access([ci])
    access.charge(ci, 0.0)
    access.spend("ci", 1_199, 0.0)
    with pytest.raises(FailureError, match="600 tokens a minute") as refused:
        access.charge(ci, 0.0)
    assert refused.value.failure.retry_after == pytest.approx(60.0)
    access.charge(ci, 61.0)


def test_nothing_is_counted_for_whoever_has_no_limit() -> None:
    access = Access([ClientKey("free", Secret("k"))])
    access.charge(None, 0.0)
    access.charge(ClientKey("free", Secret("k")), 0.0)
    access.spend("free", 10**9, 0.0)
    access.spend(None, 10**9, 0.0)


@pytest.mark.parametrize(
    ("pattern", "allowed"),
    [
        ("*", True),
        ("claude-*", True),
        ("CLAUDE-*", True),
        ("claude-opus", True),
        ("two,*", True),
        ("two, claude-*", True),
        ("Two,claude-opus", True),
        ("best", True),
        ("gpt-*", False),
        ("one,*", False),
        ("opus", False),
        # Not a model's name: a pattern without a comma says nothing about providers.
        ("two*", False),
    ],
)
def test_a_pattern_opens_models_by_name_by_provider_and_by_alias(pattern: str, allowed: bool) -> None:
    key = ClientKey("ci", Secret("k"), models=("nothing", pattern))
    assert may_use(key, "two", "claude-opus", "best") is allowed


def test_what_a_client_calls_provider_and_model_is_no_alias() -> None:
    assert not may_use(ClientKey("ci", Secret("k"), models=("two*",)), "two", "claude-opus", "two,claude-opus")


def test_a_model_that_is_not_open_is_refused_with_what_is() -> None:
    key = ClientKey("ci", Secret("key-of-ci"), models=("claude-*", "two,*"))
    with pytest.raises(FailureError) as refused:
        demand(key, "one", "gpt", "one,gpt")
    failure = refused.value.failure
    assert failure.kind is Kind.PERMISSION
    assert failure.message == "the client key ci may not use one,gpt; it may use claude-* two,*"


def test_what_concerns_everybody_is_for_keys_without_limits() -> None:
    demand_unlimited(None)
    demand_unlimited(ClientKey("main", Secret("k")))
    for limited in ({"models": ("*",)}, {"rpm": 1}, {"tpm": 1}, {"expires": 1.0}):
        with pytest.raises(FailureError, match="client key ci has limits"):
            demand_unlimited(ClientKey("ci", Secret("k"), **limited))


def test_a_key_without_patterns_opens_everything() -> None:
    demand(ClientKey("ci", Secret("k")), "one", "gpt")
    demand(None, "one", "gpt")


ADMIN = Secret("admin-key")


def test_the_admin_key_alone_changes_things_where_one_is_set() -> None:
    access = Access([ClientKey("ci", Secret("client-key"))], ADMIN)
    access.administer({"authorization": "Bearer admin-key"}, 0.0)
    access.oversee({"x-api-key": "admin-key"}, 0.0)
    access.oversee({"x-api-key": "client-key"}, 0.0)
    for headers, kind in (
        ({}, Kind.AUTHENTICATION),
        ({"x-api-key": "other"}, Kind.AUTHENTICATION),
        ({"x-api-key": "client-key"}, Kind.PERMISSION),
    ):
        with pytest.raises(FailureError) as error:
            access.administer(headers, 0.0)
        assert error.value.failure.kind is kind


def test_the_admin_sees_what_is_everybodys_and_a_client_what_is_its_own() -> None:
    client = ClientKey("main", Secret("client-key"))
    access = Access([client], ADMIN)
    assert access.own({"x-api-key": "admin-key"}, 0.0) is None
    assert access.own({"x-api-key": "client-key"}, 0.0) == client
    assert Access().own({}, 0.0) is None
    with pytest.raises(FailureError):
        access.own({"x-api-key": "another"}, 0.0)


def test_without_an_admin_key_a_client_key_without_limits_changes_things() -> None:
    access = Access([ClientKey("all", Secret("a")), ClientKey("few", Secret("b"), rpm=1)])
    access.administer({"x-api-key": "a"}, 0.0)
    with pytest.raises(FailureError, match="has limits"):
        access.administer({"x-api-key": "b"}, 0.0)


def test_the_admin_key_opens_no_model_and_goes_to_no_provider() -> None:
    access = Access([ClientKey("ci", Secret("client-key"))], ADMIN)
    assert access.is_ours("admin-key")
    with pytest.raises(FailureError):
        access.admit({"x-api-key": "admin-key"}, 0.0)


NEAR = [
    "",
    "localhost:3456",
    "127.0.0.1",
    "192.168.1.5:80",
    "[::1]:3456",
    "router:3456",
    "Router.team.svc.cluster.local",
]
FAR = ["evil.example", "evil.example:3456", "127.0.0.1.evil.example", "local.example", "a.notlocal"]


@pytest.mark.parametrize("host", NEAR)
def test_without_a_key_names_that_are_near_let_in(host: str) -> None:
    Access().administer({"host": host}, 0.0)
    Access().oversee({"host": host}, 0.0)
    Access().own({"host": host}, 0.0)


@pytest.mark.parametrize("host", FAR)
def test_without_a_key_other_names_do_not(host: str) -> None:
    """A page whose name its owner points at this machine is of the same origin, and reads what it asks for."""
    for ask in (Access().administer, Access().oversee, Access().own, Access([], ADMIN).own):
        with pytest.raises(FailureError, match="without a key"):
            ask({"host": host}, 0.0)
    Access([], ADMIN).administer({"host": host, "x-api-key": "admin-key"}, 0.0)
    Access([], ADMIN).own({"host": host, "x-api-key": "admin-key"}, 0.0)
    Access([ClientKey("ci", Secret("client-key"))]).own({"host": host, "x-api-key": "client-key"}, 0.0)
