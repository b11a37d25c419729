"""Where the credential of each call comes from."""

from typing import Any

import pytest

from fairlead.normalizer.authorization import Credential, Scheme
from fairlead.normalizer.credentials import SOURCES, Ask, CredentialSource, source_of
from fairlead.normalizer.credentials.api_keys import ApiKeys
from fairlead.normalizer.providers.anthropic import ANTHROPIC
from fairlead.normalizer.providers.azure import AZURE
from fairlead.normalizer.providers.base import Vendor
from fairlead.normalizer.providers.openai_compatible import OPENAI_COMPATIBLE
from fairlead.shared.config.schema import AUTH_TYPES, Auth, Provider, Secret, Transformer, TransformerUse
from fairlead.shared.failure import FailureError, Kind

from ..world import NOBODY

OWN = Credential(Scheme.KEY, Secret("sk-of-the-client"))
NATIVE = Ask(OWN, native=True, affinity="session")
TRANSLATED = Ask(OWN, native=False, affinity="session")
NOTHING = Ask(None, native=True, affinity="session")


def provider(url: str = "https://api.example.com/v1", **fields: Any) -> Provider:
    return Provider(name="mine", api_base_url=url, type="anthropic", dialect="anthropic", **fields)


def made(provider: Provider, vendor: Vendor = ANTHROPIC) -> CredentialSource:
    return source_of(provider, vendor, NOBODY)


async def test_a_configured_key_goes_out_in_the_vendors_header_whatever_the_client_brings() -> None:
    keyed = provider(api_keys=(Secret("sk-1"),))
    assert (await made(keyed).obtain(NATIVE)).credential == Credential(Scheme.KEY, Secret("sk-1"))
    assert (await made(keyed, OPENAI_COMPATIBLE).obtain(NOTHING)).credential == Credential(
        Scheme.BEARER, Secret("sk-1")
    )
    assert (await made(keyed, AZURE).obtain(NOTHING)).credential.header == ("api-key", "sk-1")  # type: ignore[union-attr]


async def test_use_bearer_moves_the_key() -> None:
    bearer = Transformer((TransformerUse("Anthropic", {"UseBearer": True}),))
    source = made(provider(api_keys=(Secret("sk-1"),), transformer=bearer))
    assert (await source.obtain(NOTHING)).credential == Credential(Scheme.BEARER, Secret("sk-1"))


async def test_a_session_keeps_its_key_and_sessions_use_all_keys() -> None:
    source = ApiKeys("p", [Secret(f"sk-{number}") for number in range(3)], (), Scheme.BEARER, NOBODY)
    asks = [Ask(None, native=True, affinity=f"session {number}") for number in range(40)]
    first = [(await source.obtain(ask)).credential for ask in asks]
    assert [(await source.obtain(ask)).credential for ask in asks] == first
    assert len({one.secret.value for one in first if isinstance(one, Credential)}) == 3


def test_a_list_of_no_keys_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="at least one"):
        ApiKeys("p", [], (), Scheme.BEARER, NOBODY)


LOCAL = "http://127.0.0.1:11434/v1"


async def test_without_a_key_the_clients_own_goes_to_a_server_of_the_users_own() -> None:
    assert (await made(provider(LOCAL)).obtain(NATIVE)).credential == OWN


async def test_without_a_key_the_clients_own_goes_to_nobody_else() -> None:
    assert (await made(provider()).obtain(NATIVE)).credential is None
    with pytest.raises(FailureError, match="no credential for the provider mine"):
        await made(provider("https://api.anthropic.com/v1/messages")).obtain(NATIVE)


@pytest.mark.parametrize("auth", ["passthrough", "factory"])
async def test_where_the_configuration_says_so_the_clients_own_goes_anywhere(auth: str) -> None:
    assert (await made(provider(auth=Auth(auth))).obtain(NATIVE)).credential == OWN


async def test_a_key_from_a_client_of_another_dialect_goes_into_the_vendors_header() -> None:
    source = made(provider(LOCAL), OPENAI_COMPATIBLE)
    assert (await source.obtain(TRANSLATED)).credential == Credential(Scheme.BEARER, OWN.secret)


async def test_a_server_of_ones_own_is_called_without_any() -> None:
    assert (await made(provider(LOCAL)).obtain(NOTHING)).credential is None


@pytest.mark.parametrize(
    "wants_one",
    [
        provider("https://api.anthropic.com/v1/messages"),
        provider(auth=Auth("passthrough")),
        provider(auth=Auth("factory")),
    ],
)
async def test_where_a_credential_is_demanded_its_absence_is_refused_with_what_to_do(wants_one: Provider) -> None:
    with pytest.raises(FailureError) as refused:
        await made(wants_one).obtain(NOTHING)
    failure = refused.value.failure
    assert failure.kind is Kind.AUTHENTICATION
    assert failure.should_retry is False
    assert "api_key of mine" in failure.message


async def test_passthrough_comes_before_a_configured_key() -> None:
    source = made(provider(api_keys=(Secret("sk-1"),), auth=Auth("passthrough")))
    assert (await source.obtain(NATIVE)).credential == OWN


async def test_a_credential_among_the_configured_headers_is_the_only_one() -> None:
    source = made(provider(headers={"Authorization": Secret("Custom abc")}, api_keys=(Secret("sk-1"),)))
    assert (await source.obtain(NATIVE)).credential is None


def test_every_way_that_can_be_configured_has_a_row() -> None:
    assert SOURCES.keys() == set(AUTH_TYPES)
