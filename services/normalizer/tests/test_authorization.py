"""Credentials are read from, and written to, the headers clients and providers use."""

import pytest

from fairlead.normalizer.authorization import Credential, Scheme, forwarded, presented
from fairlead.shared.config.schema import Secret


def bearer(secret: str) -> Credential:
    return Credential(Scheme.BEARER, Secret(secret))


def key(secret: str) -> Credential:
    return Credential(Scheme.KEY, Secret(secret))


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ({}, ()),
        ({"authorization": "Bearer abc"}, (bearer("abc"),)),
        ({"authorization": "bearer   abc "}, (bearer("abc"),)),
        ({"authorization": "abc"}, (bearer("abc"),)),
        ({"authorization": "Bearer "}, ()),
        ({"x-api-key": " abc "}, (key("abc"),)),
        ({"x-api-key": "", "authorization": ""}, ()),
        ({"x-api-key": "two", "authorization": "Bearer one"}, (bearer("one"), key("two"))),
    ],
)
def test_credentials_are_found_in_either_header(headers: dict[str, str], found: tuple[Credential, ...]) -> None:
    assert presented(headers) == found


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("Bearer abc", bearer("abc")),
        ("abc", key("abc")),
        ("", None),
        ("Bearer", None),
        ("Bearer  ", None),
    ],
)
def test_a_forwarded_credential_keeps_its_kind(value: str, found: Credential | None) -> None:
    assert forwarded({"x-fairlead-client-authorization": value}) == found


def test_a_credential_writes_its_own_header() -> None:
    assert bearer("abc").header == ("authorization", "Bearer abc")
    assert key("abc").header == ("x-api-key", "abc")


def test_printing_a_credential_does_not_show_its_secret() -> None:
    assert "abc" not in repr(bearer("abc"))
