"""The kinds of providers, by the `type` a configuration gives them. Adding one is a file here and a row below."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from fairlead.shared.config.schema import Provider

from .anthropic import ANTHROPIC
from .azure import AZURE
from .base import Occasion, Sign, Urls, Vendor
from .bedrock_claude import BEDROCK_CLAUDE
from .cerebras import CEREBRAS
from .codewhisperer import CODEWHISPERER
from .deepseek import DEEPSEEK
from .factory import FACTORY_ANTHROPIC, FACTORY_COMMON, FACTORY_GOOGLE, FACTORY_OPENAI
from .gemini import GEMINI
from .github_models import GITHUB_MODELS
from .groq import GROQ
from .litellm import LITELLM
from .mistral import MISTRAL
from .moonshot import MOONSHOT
from .ollama import OLLAMA
from .openai import OPENAI
from .openai_compatible import OPENAI_COMPATIBLE
from .openai_responses import OPENAI_RESPONSES
from .openrouter import OPENROUTER
from .qwen import QWEN
from .vercel import VERCEL
from .vertex_claude import VERTEX_CLAUDE
from .vertex_gemini import VERTEX_GEMINI
from .xai import XAI
from .zhipu import ZHIPU

__all__ = ["PROVIDERS", "Occasion", "Sign", "Urls", "Vendor", "vendor_of"]

PROVIDERS: Mapping[str, Vendor] = {
    "anthropic": ANTHROPIC,
    "openai": OPENAI_COMPATIBLE,
    "openai-responses": OPENAI_RESPONSES,
    "gemini": GEMINI,
    "factory-anthropic": FACTORY_ANTHROPIC,
    "factory-openai": FACTORY_OPENAI,
    "factory-common": FACTORY_COMMON,
    "factory-google": FACTORY_GOOGLE,
    "vertex-gemini": VERTEX_GEMINI,
    "vertex-claude": VERTEX_CLAUDE,
    "bedrock-claude": BEDROCK_CLAUDE,
    "codewhisperer": CODEWHISPERER,
    "azure": AZURE,
    "deepseek": DEEPSEEK,
    "openrouter": OPENROUTER,
    "vercel": VERCEL,
    "groq": GROQ,
    "cerebras": CEREBRAS,
    "github-models": GITHUB_MODELS,
    "ollama": OLLAMA,
    "litellm": LITELLM,
    "mistral": MISTRAL,
    "xai": XAI,
    "moonshot": MOONSHOT,
    "zhipu": ZHIPU,
    "qwen": QWEN,
}

_BY_HOST = {(host, vendor.dialect): vendor for vendor in (*PROVIDERS.values(), OPENAI) for host in vendor.hosts}


def vendor_of(provider: Provider) -> Vendor:
    """Whose API a configured provider is: a known host of the same dialect tells more than the type."""
    host = urlsplit(provider.api_base_url).hostname or ""
    return _BY_HOST.get((host, provider.dialect)) or PROVIDERS[provider.type]
