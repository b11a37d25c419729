"""A fake normalizer, and a router in front of it."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from .fake_normalizer import FakeNormalizer
from .running import RunningRouter

CONFIG = """{
  Providers: [{name: "p", api_base_url: "https://p.example/v1", api_key: "$P_KEY",
               models: ["native", "second", "chat", "chat2", "small"]}],
  Router: {default: "p,native", background: "p,small", think: "p,chat"},
  fallback: {default: ["p,second", "p,chat"], think: ["p,chat2"]},
  limits: {ping_s: 0.3},
}"""


@pytest.fixture
async def normalizer() -> AsyncIterator[FakeNormalizer]:
    async with FakeNormalizer() as fake:
        fake.lists_models(native="anthropic", second="anthropic", small="anthropic", chat="openai", chat2="openai")
        yield fake


@pytest.fixture
async def router(normalizer: FakeNormalizer) -> AsyncIterator[RunningRouter]:
    async with RunningRouter(CONFIG, normalizer.url) as running:
        yield running


@pytest.fixture
async def client(router: RunningRouter) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=router.url, timeout=10) as made:
        yield made
