"""Who gets in, and which credential is the client's own."""

import pytest

from fairlead.normalizer.access import admit
from fairlead.normalizer.authorization import Credential, Scheme
from fairlead.shared.access import Access
from fairlead.shared.config.schema import ClientKey, Secret
from fairlead.shared.failure import FailureError, Kind

OPEN, KEYED = Access(), Access([ClientKey("laptop", Secret("client-key"))])


def own(headers: dict[str, str], access: Access = KEYED) -> Credential | None:
    return admit(headers, access, 0)[1]


@pytest.mark.parametrize(
    "headers", [{"authorization": "Bearer client-key"}, {"authorization": "client-key"}, {"x-api-key": "client-key"}]
)
def test_the_client_key_opens_from_either_header_and_is_no_credential_of_the_client(headers: dict[str, str]) -> None:
    assert own(headers) is None


@pytest.mark.parametrize(
    "headers",
    [{}, {"authorization": "Bearer client-kez"}, {"x-api-key": "client-key2"}, {"authorization": "Bearer schlüssel"}],
)
def test_without_the_client_key_nobody_gets_in(headers: dict[str, str]) -> None:
    with pytest.raises(FailureError) as refused:
        own(headers)
    assert refused.value.failure.kind is Kind.AUTHENTICATION
    assert refused.value.failure.should_retry is False


def test_a_forwarded_credential_opens_nothing() -> None:
    with pytest.raises(FailureError):
        own({"x-fairlead-client-authorization": "client-key"})


def test_a_refusal_repeats_no_key() -> None:
    with pytest.raises(FailureError) as refused:
        own({"x-api-key": "what-was-sent"})
    assert "what-was-sent" not in refused.value.failure.message
    assert "client-key" not in refused.value.failure.message


def test_beside_the_client_key_a_client_may_bring_its_own_credential() -> None:
    headers = {"authorization": "Bearer client-key", "x-api-key": "sk-own"}
    assert own(headers) == Credential(Scheme.KEY, Secret("sk-own"))


def test_without_a_client_key_what_a_client_brings_is_its_own() -> None:
    assert own({"authorization": "Bearer sk-own"}, OPEN) == Credential(Scheme.BEARER, Secret("sk-own"))
    assert own({}, OPEN) is None


def test_what_the_router_forwards_comes_before_what_it_sends_itself() -> None:
    headers = {"authorization": "Bearer client-key", "x-fairlead-client-authorization": "sk-forwarded"}
    assert own(headers) == Credential(Scheme.KEY, Secret("sk-forwarded"))
    assert own({**headers, "authorization": "x"}, OPEN) == Credential(Scheme.KEY, Secret("sk-forwarded"))


def test_what_the_router_shows_for_itself_is_never_its_clients_credential() -> None:
    router = {"x-fairlead-attempt": "1", "authorization": "Bearer of-the-router"}
    assert own(router, OPEN) is None
    forwarded = own(router | {"x-fairlead-client-authorization": "Bearer of-the-client"}, OPEN)
    assert forwarded is not None
    assert forwarded.secret.value == "of-the-client"
