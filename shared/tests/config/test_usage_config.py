"""How providers are paid, and how long usage is kept."""

import pytest

from fairlead.shared.config import ConfigError, parse
from fairlead.shared.config.schema import UsageConfig

PROVIDER = '{Providers: [{name: "p", api_base_url: "https://p.example/v1", api_key: "k", MORE models: ["m"]}]}'


def billing(more: str) -> str | None:
    return parse(PROVIDER.replace("MORE", more), {"HOME": "/nowhere"}, file="c").config.providers[0].billing


def test_a_provider_is_paid_as_it_says_else_as_its_login_tells() -> None:
    assert billing("") is None
    assert billing('auth: "passthrough",') is None
    assert billing('auth: "factory",') == "subscription"
    assert billing('auth: "factory", billing: "metered",') == "metered"
    assert billing('billing: "free",') == "free"


def test_another_way_to_pay_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"Providers\[0\]\.billing: must be one of metered, subscription, free"):
        billing('billing: "credit",')


def test_models_of_a_droid2api_file_are_paid_by_subscription() -> None:
    text = '{endpoint: [{name: "openai", base_url: "https://api.factory.ai/api/llm/o/v1/responses"}], models: []}'
    assert [one.billing for one in parse(text, {"HOME": "/nowhere"}, file="c").config.providers] == ["subscription"]


def test_how_long_usage_is_kept() -> None:
    read = parse("{usage: {requests_days: 7, enabled: false}}", {}, file="c").config.usage
    assert read == UsageConfig(enabled=False, requests_days=7)
    with pytest.raises(ConfigError, match=r"usage\.hours_days: must be at least 1"):
        parse("{usage: {hours_days: 0}}", {}, file="c")
