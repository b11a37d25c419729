"""Which way leads to which provider."""

import pytest

from fairlead.normalizer.pools import Pools, proxies_of
from fairlead.normalizer.proxies import InTurn
from fairlead.shared.config import Config, parse
from fairlead.shared.runtime.http import AiohttpTransport

OWN, TURNS, GENERAL = (
    "http://own:1",
    'normalizer: {proxies: ["http://one:1", {name: "two", url: "socks5://two:1"}]}',
    ('PROXY_URL: "http://u:canary@general:1"'),
)


def config(*more: str, url: str = "https://h.example/v1", own: str = "") -> Config:
    provider = f'{{name: "p", api_base_url: "{url}", api_key: "k", models: ["m"]{own}}}'
    return parse("{" + ", ".join([f"Providers: [{provider}]", *more]) + "}", {}, file="c").config


def ways(config: Config) -> list[str]:
    return [proxy.value.rpartition("@")[2].removeprefix("http://") for proxy in proxies_of(config.providers[0], config)]


@pytest.mark.parametrize(
    ("given", "proxies"),
    [
        (config(), []),
        (config(GENERAL), ["general:1"]),
        (config(GENERAL, TURNS), ["one:1", "socks5://two:1"]),
        (config(GENERAL, TURNS, own=f', proxy: "{OWN}"'), ["own:1"]),
        (config(GENERAL, url="http://127.0.0.1:11434/v1"), []),
        (config(GENERAL, url="http://ollama:11434/v1"), []),
        (config(url="http://127.0.0.1:11434/v1", own=f', proxy: "{OWN}"'), ["own:1"]),
    ],
)
def test_the_nearest_proxy_counts_and_what_is_ones_own_is_reached_directly(given: Config, proxies: list[str]) -> None:
    assert ways(given) == proxies


def test_every_provider_has_a_pool_of_its_own() -> None:
    given = config(TURNS)
    pools = Pools(given, lambda: 0.0)
    first, second = (pools.to(given.providers[0]) for _ in range(2))
    assert first is not second
    assert isinstance(first, InTurn)


def test_no_password_of_a_proxy_is_shown() -> None:
    given = config(GENERAL)
    pools = Pools(given, lambda: 0.0)
    way = pools.to(given.providers[0])
    assert isinstance(way, AiohttpTransport)
    assert "canary" not in f"{way!r} {pools!r} {given!r}"
