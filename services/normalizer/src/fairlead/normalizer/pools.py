"""The way to each provider: a pool of connections of its own, so that one whose connections all hang takes none from
another, and through the proxies that the configuration says."""

from collections.abc import Callable, Sequence

import httpx2

from fairlead.shared.config.schema import Config, Provider, Secret
from fairlead.shared.config.urls import is_ones_own
from fairlead.shared.runtime.http import AiohttpTransport, Timeouts

from .proxies import InTurn


def proxies_of(provider: Provider, config: Config) -> tuple[Secret, ...]:
    """The provider's own proxy, else `normalizer.proxies`, else `PROXY_URL`. The last two are for the way out: what
    stays on this machine or in its network is called directly."""
    if provider.proxy is not None:
        return (provider.proxy,)
    return () if is_ones_own(provider.api_base_url) else _general(config)


def _general(config: Config) -> tuple[Secret, ...]:
    return config.normalizer.proxies or ((config.proxy_url,) if config.proxy_url else ())


class Pools:
    """All of one configuration; they open with their first request. `clock` in seconds. `out` leads to whoever is no
    provider, `direct` to what is near."""

    def __init__(self, config: Config, clock: Callable[[], float]) -> None:
        self._config = config
        self._clock = clock
        self.out = self._through(_general(config), Timeouts(tls=config.limits.tls_s))
        self.direct = self._through((), Timeouts(tls=config.limits.tls_s))
        self._made = [self.out, self.direct]

    def __repr__(self) -> str:
        return f"<Pools {len(self._made)}>"

    def to(self, provider: Provider) -> httpx2.AsyncBaseTransport:
        """A new pool for one provider."""
        timeouts = Timeouts(tls=provider.timeouts.tls or self._config.limits.tls_s)
        transport = self._through(proxies_of(provider, self._config), timeouts)
        self._made.append(transport)
        return transport

    async def aclose(self) -> None:
        """Closes every connection."""
        for transport in self._made:
            await transport.aclose()

    def _through(self, proxies: Sequence[Secret], timeouts: Timeouts) -> httpx2.AsyncBaseTransport:
        if not proxies:
            return AiohttpTransport(timeouts=timeouts)
        ways = [AiohttpTransport(timeouts=timeouts, proxy=proxy.value) for proxy in proxies]
        return InTurn(ways, self._clock) if len(ways) > 1 else ways[0]
