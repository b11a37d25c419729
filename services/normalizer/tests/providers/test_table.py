"""Every type this version serves has a provider, and a known host is recognised whatever the type."""

import pytest

from fairlead.normalizer.providers import PROVIDERS, vendor_of
from fairlead.normalizer.providers.anthropic import ANTHROPIC
from fairlead.normalizer.providers.openai import OPENAI
from fairlead.normalizer.providers.openai_compatible import OPENAI_COMPATIBLE
from fairlead.shared.config.inference import KINDS
from fairlead.shared.config.schema import Provider
from fairlead.shared.config.urls import OPERATIONS
from fairlead.shared.dialects import DIALECTS, WITHOUT_CLIENTS
from fairlead.shared.surfaces import SURFACES, Operation


def provider(url: str, type_name: str, dialect: str) -> Provider:
    return Provider(name="p", api_base_url=url, type=type_name, dialect=dialect)


def test_every_type_has_a_row_of_its_dialect() -> None:
    assert {name: vendor.dialect for name, vendor in PROVIDERS.items()} == KINDS


@pytest.mark.parametrize("vendor", {id(one): one for one in (*PROVIDERS.values(), OPENAI)}.values())
def test_every_vendor_speaks_a_dialect_at_operations_that_exist(vendor: object) -> None:
    assert vendor.dialect in {*DIALECTS, *WITHOUT_CLIENTS}  # type: ignore[attr-defined]
    named_in_path = any(one.dialect == vendor.dialect and one.names_model_in_path for one in SURFACES)  # type: ignore[attr-defined]
    named_in_path |= Operation.ANSWER in vendor.ways  # type: ignore[attr-defined]
    assert named_in_path or {vendor.answers, vendor.counts or "models"} <= set(OPERATIONS)  # type: ignore[attr-defined]


def test_the_type_tells_the_vendor() -> None:
    assert vendor_of(provider("http://localhost:8080/v1", "openai", "openai")) is OPENAI_COMPATIBLE
    assert vendor_of(provider("http://localhost:8080", "anthropic", "anthropic")) is ANTHROPIC


def test_a_vendors_own_host_tells_more_than_the_type() -> None:
    assert vendor_of(provider("https://api.openai.com/v1/chat/completions", "openai", "openai")) is OPENAI


def test_a_host_says_nothing_where_another_dialect_is_spoken() -> None:
    assert vendor_of(provider("https://api.anthropic.com/v1", "openai", "openai")) is OPENAI_COMPATIBLE
