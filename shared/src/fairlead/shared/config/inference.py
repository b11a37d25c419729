"""Which dialect a provider speaks: as its `type` says, or as its URL and transformers tell."""

import re
from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

KINDS: Mapping[str, str] = {
    "anthropic": "anthropic",
    "openai": "openai",
    "openai-responses": "openai-responses",
    "gemini": "gemini",
    "factory-anthropic": "anthropic",
    "factory-openai": "openai-responses",
    "factory-common": "openai",
    "factory-google": "gemini",
    "vertex-gemini": "gemini",
    "vertex-claude": "anthropic",
    "bedrock-claude": "anthropic",
    "codewhisperer": "codewhisperer",
    "azure": "openai",
    "deepseek": "openai",
    "openrouter": "openai",
    "groq": "openai",
    "cerebras": "openai",
    "github-models": "openai",
    "ollama": "openai",
    "litellm": "openai",
    "mistral": "openai",
    "xai": "openai",
    "moonshot": "openai",
    "zhipu": "openai",
    "qwen": "openai",
    "vercel": "openai",
}
"""The types a provider may have, and the dialect that each speaks."""

# How claude-code-router 3, LiteLLM and people spell them.
SPELLINGS = {
    "anthropic-messages": "anthropic",
    "claude": "anthropic",
    "openai-chat": "openai",
    "openai-chat-completions": "openai",
    "openai-compatible": "openai",
    "chat": "openai",
    "common": "openai",
    "responses": "openai-responses",
    "google": "gemini",
    "gemini-generate-content": "gemini",
    "vertex": "vertex-gemini",
    "vertex-ai": "vertex-gemini",
    "vertex-anthropic": "vertex-claude",
    "bedrock": "bedrock-claude",
    "kiro": "codewhisperer",
    "amazon-q": "codewhisperer",
    "azure-openai": "azure",
    "github": "github-models",
    "grok": "xai",
    "kimi": "moonshot",
    "glm": "zhipu",
    "zai": "zhipu",
    "z-ai": "zhipu",
    "dashscope": "qwen",
    "ai-gateway": "vercel",
}

# What droid2api means by the type of an endpoint.
DROID_TYPES = {"anthropic": "anthropic", "openai": "openai-responses", "common": "openai", "google": "gemini"}

_BY_TRANSFORMER = {
    "vertex-claude": "vertex-claude",
    "vertex-gemini": "vertex-gemini",
    "gemini": "gemini",
    "openai-responses": "openai-responses",
}
_BY_PATH = (
    (re.compile(r"/api/llm/a/v1/messages\Z"), "factory-anthropic"),
    (re.compile(r"/api/llm/o/v1/responses\Z"), "factory-openai"),
    (re.compile(r"/api/llm/o/v1/chat/completions\Z"), "factory-common"),
    (re.compile(r"/chat/completions\Z"), "openai"),
    (re.compile(r"/messages(?:/count_tokens)?\Z"), "anthropic"),
    (re.compile(r"/responses\Z"), "openai-responses"),
    (re.compile(r"/publishers/anthropic(?:/|\Z)"), "vertex-claude"),
    (re.compile(r"/publishers/google(?:/|\Z)"), "vertex-gemini"),
    (re.compile(r"/endpoints/openapi\Z"), "openai"),
    (re.compile(r"/anthropic(?:/v\d+)?\Z"), "anthropic"),
    (re.compile(r"/openai(?:/v\d+)?\Z"), "openai"),
    (re.compile(r"/v1/generate\Z"), "factory-google"),
    (re.compile(r":(?:generate|streamGenerate)Content\Z|/v1beta/models\Z"), "gemini"),
)
_BY_HOST = (
    (re.compile(r"api\.anthropic\.com"), "anthropic"),
    (re.compile(r"generativelanguage\.googleapis\.com"), "gemini"),
    (re.compile(r"(?:.+-)?aiplatform\.(?:(?:us|eu)\.rep\.)?googleapis\.com"), "vertex-gemini"),
    (re.compile(r"bedrock-runtime(?:-fips)?\..+\.amazonaws\.com(?:\.cn)?"), "bedrock-claude"),
    (re.compile(r"(?:codewhisperer|q)\..+\.amazonaws\.com|runtime\..+\.kiro\.dev"), "codewhisperer"),
)


def canonical(type_name: str) -> str | None:
    """The name in `KINDS` of a type as a user may spell it, or None when it is none."""
    spelled = type_name.strip().lower().replace("_", "-")
    name = SPELLINGS.get(spelled, spelled)
    return name if name in KINDS else None


def infer(api_base_url: str, transformers: Collection[str]) -> str:
    """A name in `KINDS`. The end of the URL is the surest sign: no provider takes another dialect's bodies there.

    The transformer `Anthropic` decides only where it stands alone: in company claude-code-router leaves it without
    effect.
    """
    names = [name.lower() for name in transformers]
    by_name = next((_BY_TRANSFORMER[name] for name in names if name in _BY_TRANSFORMER), None)
    return by_name or by_url(api_base_url) or ("anthropic" if names == ["anthropic"] else "openai")


def by_url(api_base_url: str) -> str | None:
    """What the URL alone tells, or None."""
    parts = urlsplit(api_base_url)
    path, host = parts.path.rstrip("/"), parts.hostname or ""
    by_path = next((kind for pattern, kind in _BY_PATH if pattern.search(path)), None)
    return by_path or next((kind for pattern, kind in _BY_HOST if pattern.fullmatch(host)), None)
