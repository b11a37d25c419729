"""The kinds of providers, by the `type` a configuration gives them. Adding one is a file here and a row below."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from fairlead.shared.config.schema import Provider

from .anthropic import ANTHROPIC
from .base import Urls, Vendor
from .openai import OPENAI
from .openai_compatible import OPENAI_COMPATIBLE

__all__ = ["PROVIDERS", "Urls", "Vendor", "vendor_of"]

PROVIDERS: Mapping[str, Vendor] = {
    "anthropic": ANTHROPIC,
    "openai": OPENAI_COMPATIBLE,
    "deepseek": OPENAI_COMPATIBLE,
    "openrouter": OPENAI_COMPATIBLE,
    "groq": OPENAI_COMPATIBLE,
    "cerebras": OPENAI_COMPATIBLE,
    "github-models": OPENAI_COMPATIBLE,
    "ollama": OPENAI_COMPATIBLE,
    "litellm": OPENAI_COMPATIBLE,
}

_BY_HOST = {host: vendor for vendor in (ANTHROPIC, OPENAI) for host in vendor.hosts}


def vendor_of(provider: Provider) -> Vendor | None:
    """Whose API a configured provider is: a known host of the same dialect tells more than the type. None: no row."""
    by_host = _BY_HOST.get(urlsplit(provider.api_base_url).hostname or "")
    if by_host is not None and by_host.dialect == provider.dialect:
        return by_host
    return PROVIDERS.get(provider.type)
