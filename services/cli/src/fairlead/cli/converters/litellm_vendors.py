"""Who LiteLLM means by what stands before the slash of a model, and who that is here.

https://docs.litellm.ai/docs/providers
"""

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct


class Vendor(Struct, frozen=True):
    """`name` to call a provider by, `type` as under `Providers`, `base`: its URL where the file names none (None: the
    file must), `variable`: where its key is where the file names none (None: it needs none). `auth`: the way to a
    credential that is no key, and `parameters`: LiteLLM's names for what that takes, with ours."""

    name: str
    type: str
    base: str | None
    variable: str | None
    auth: str | None = None
    parameters: Mapping[str, str] = {}


_OPENAI = Vendor("openai", "openai", "https://api.openai.com/v1/chat/completions", "OPENAI_API_KEY")
_ANTHROPIC = Vendor("anthropic", "anthropic", "https://api.anthropic.com/v1/messages", "ANTHROPIC_API_KEY")
_GEMINI = Vendor("gemini", "gemini", "https://generativelanguage.googleapis.com/v1beta/models/", "GEMINI_API_KEY")
_OLLAMA = Vendor("ollama", "ollama", "http://127.0.0.1:11434/v1", None)
_AWS = {
    "aws_access_key_id": "access_key_id",
    "aws_secret_access_key": "secret_access_key",
    "aws_session_token": "session_token",
    "aws_profile_name": "profile",
    "aws_region_name": "region",
}
_GOOGLE = {
    "vertex_project": "project",
    "vertex_ai_project": "project",
    "vertex_location": "location",
    "vertex_ai_location": "location",
    "vertex_credentials": "credentials_file",
}
_VERTEX = "https://aiplatform.googleapis.com"
_BEDROCK_HOST = "https://bedrock-runtime.{region}.amazonaws.com"
_BEDROCK = Vendor("bedrock", "bedrock-claude", _BEDROCK_HOST, None, "aws", _AWS)
_VERTEX_CLAUDE = Vendor("vertex-claude", "vertex-claude", _VERTEX, None, "google", _GOOGLE)
_VERTEX_GEMINI = Vendor("vertex", "vertex-gemini", _VERTEX, None, "google", _GOOGLE)
_DASHSCOPE = "https://dashscope-intl.aliyuncs.com/compatible-mode/v1/chat/completions"

VENDORS: Mapping[str, Vendor] = {
    "openai": _OPENAI,
    "text-completion-openai": _OPENAI,
    "anthropic": _ANTHROPIC,
    "gemini": _GEMINI,
    "ollama": _OLLAMA,
    "ollama_chat": _OLLAMA,
    "azure": Vendor("azure", "azure", "${AZURE_API_BASE}", "AZURE_API_KEY"),
    "deepseek": Vendor("deepseek", "deepseek", "https://api.deepseek.com/chat/completions", "DEEPSEEK_API_KEY"),
    "openrouter": Vendor(
        "openrouter", "openrouter", "https://openrouter.ai/api/v1/chat/completions", "OPENROUTER_API_KEY"
    ),
    "groq": Vendor("groq", "groq", "https://api.groq.com/openai/v1/chat/completions", "GROQ_API_KEY"),
    "cerebras": Vendor("cerebras", "cerebras", "https://api.cerebras.ai/v1/chat/completions", "CEREBRAS_API_KEY"),
    "github": Vendor(
        "github", "github-models", "https://models.github.ai/inference/chat/completions", "GITHUB_API_KEY"
    ),
    "mistral": Vendor("mistral", "mistral", "https://api.mistral.ai/v1/chat/completions", "MISTRAL_API_KEY"),
    "xai": Vendor("xai", "xai", "https://api.x.ai/v1/chat/completions", "XAI_API_KEY"),
    "moonshot": Vendor("moonshot", "moonshot", "https://api.moonshot.ai/v1/chat/completions", "MOONSHOT_API_KEY"),
    "zai": Vendor("zai", "zhipu", "https://api.z.ai/api/paas/v4/chat/completions", "ZAI_API_KEY"),
    "dashscope": Vendor("dashscope", "qwen", _DASHSCOPE, "DASHSCOPE_API_KEY"),
    "together_ai": Vendor("together", "openai", "https://api.together.xyz/v1/chat/completions", "TOGETHERAI_API_KEY"),
    "fireworks_ai": Vendor(
        "fireworks", "openai", "https://api.fireworks.ai/inference/v1/chat/completions", "FIREWORKS_AI_API_KEY"
    ),
    "litellm_proxy": Vendor("litellm", "litellm", None, "LITELLM_PROXY_API_KEY"),
    "hosted_vllm": Vendor("vllm", "openai", None, None),
    "lm_studio": Vendor("lm-studio", "openai", None, None),
    "openai_like": Vendor("openai-like", "openai", None, None),
}
_BY_NAME = ((re.compile(r"claude"), _ANTHROPIC), (re.compile(r"gpt-|o\d|chatgpt-"), _OPENAI))
"""Models that are named without a vendor."""
_CLAUDE, _GEMINIS = re.compile(r"claude"), re.compile(r"gemini-")
_HOUSES: Mapping[str, tuple[tuple[re.Pattern[str], Vendor], ...]] = {
    "bedrock": ((_CLAUDE, _BEDROCK),),
    "vertex_ai": ((_CLAUDE, _VERTEX_CLAUDE), (_GEMINIS, _VERTEX_GEMINI)),
}
"""Those who serve models of several makers, each in its maker's own dialect."""
_WAYS = ("converse/", "invoke/")
"""What LiteLLM puts before a model of Bedrock's to say which of its APIs is called."""


def vendor_of(model: str, parameters: Mapping[str, Any]) -> tuple[Vendor, str] | None:
    """Who serves it, and its name there; None for a vendor that is not known here."""
    named = str(parameters.get("custom_llm_provider", ""))
    prefix, slash, rest = model.partition("/")
    if slash and prefix in _HOUSES:
        own = rest.removeprefix(next((way for way in _WAYS if rest.startswith(way)), ""))
        served = next((vendor for pattern, vendor in _HOUSES[prefix] if pattern.search(own)), None)
        return (served, own) if served else None
    if named in VENDORS:
        return VENDORS[named], rest if slash and prefix == named else model
    if slash:
        return (VENDORS[prefix], rest) if prefix in VENDORS else None
    found = next((vendor for pattern, vendor in _BY_NAME if pattern.match(model)), None)
    return (found, model) if found else None


def auth_of(vendor: Vendor, parameters: Mapping[str, Any]) -> dict[str, str]:
    """`auth` as under `Providers`; nothing for a vendor with keys."""
    if vendor.auth is None:
        return {}
    given = {ours: str(parameters[theirs]) for theirs, ours in vendor.parameters.items() if parameters.get(theirs)}
    # A file, or what such a file holds.
    if given.get("credentials_file", "").lstrip().startswith("{"):
        given["credentials"] = given.pop("credentials_file")
    return {"type": vendor.auth, **given}
