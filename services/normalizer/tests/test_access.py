"""Who gets in, and which credential is the client's own."""

import pytest

from fairlead.normalizer.access import admit
from fairlead.normalizer.authorization import Credential, Scheme
from fairlead.shared.config.schema import Secret
from fairlead.shared.failure import FailureError, Kind

KEY = Secret("client-key")


@pytest.mark.parametrize(
    "headers", [{"authorization": "Bearer client-key"}, {"authorization": "client-key"}, {"x-api-key": "client-key"}]
)
def test_the_client_key_opens_from_either_header_and_is_no_credential_of_the_client(headers: dict[str, str]) -> None:
    assert admit(headers, KEY) is None


@pytest.mark.parametrize(
    "headers",
    [{}, {"authorization": "Bearer client-kez"}, {"x-api-key": "client-key2"}, {"authorization": "Bearer schlüssel"}],
)
def test_without_the_client_key_nobody_gets_in(headers: dict[str, str]) -> None:
    with pytest.raises(FailureError) as refused:
        admit(headers, KEY)
    assert refused.value.failure.kind is Kind.AUTHENTICATION
    assert refused.value.failure.should_retry is False


def test_a_forwarded_credential_opens_nothing() -> None:
    with pytest.raises(FailureError):
        admit({"x-fairlead-client-authorization": "client-key"}, KEY)


def test_a_refusal_repeats_no_key() -> None:
    with pytest.raises(FailureError) as refused:
        admit({"x-api-key": "what-was-sent"}, KEY)
    assert "what-was-sent" not in refused.value.failure.message
    assert "client-key" not in refused.value.failure.message


def test_beside_the_client_key_a_client_may_bring_its_own_credential() -> None:
    headers = {"authorization": "Bearer client-key", "x-api-key": "sk-own"}
    assert admit(headers, KEY) == Credential(Scheme.KEY, Secret("sk-own"))


def test_without_a_client_key_what_a_client_brings_is_its_own() -> None:
    assert admit({"authorization": "Bearer sk-own"}, None) == Credential(Scheme.BEARER, Secret("sk-own"))
    assert admit({}, None) is None


def test_what_the_router_forwards_comes_before_what_it_sends_itself() -> None:
    headers = {"authorization": "Bearer client-key", "x-fairlead-client-authorization": "sk-forwarded"}
    assert admit(headers, KEY) == Credential(Scheme.KEY, Secret("sk-forwarded"))
    assert admit({**headers, "authorization": "x"}, None) == Credential(Scheme.KEY, Secret("sk-forwarded"))


def test_what_the_router_shows_for_itself_is_never_its_clients_credential() -> None:
    router = {"x-fairlead-attempt": "1", "authorization": "Bearer of-the-router"}
    assert admit(router, None) is None
    forwarded = admit(router | {"x-fairlead-client-authorization": "Bearer of-the-client"}, None)
    assert forwarded is not None
    assert forwarded.secret.value == "of-the-client"
