"""What providers' lists say of their models."""

import json
from typing import Any

import msgspec
import pytest
from msgspec import Struct

from fairlead.normalizer.list_calls import source_of
from fairlead.normalizer.providers import Vendor, vendor_of
from fairlead.normalizer.providers.listing import (
    Listing,
    Offer,
    Offered,
    read_anthropic,
    read_gemini,
    read_openai,
)
from fairlead.shared.catalog import Figures
from fairlead.shared.config.schema import Prices, Provider
from fairlead.shared.pricing import Tariff


def offered(read: Any, body: Any) -> tuple[Offered, ...]:
    told: Offer = read(json.dumps(body).encode())
    return told.models


@pytest.mark.parametrize(
    ("row", "model"),
    [
        pytest.param(
            {"id": "gpt-5", "object": "model", "created": 1_754_425_777, "owned_by": "system"},
            Offered("gpt-5", None, 1_754_425_777),
            id="OpenAI",
        ),
        pytest.param(
            {
                "id": "z-ai/glm-5",
                "name": "Z.AI: GLM 5",
                "created": 1_770_000_000,
                "context_length": 202_752,
                "architecture": {"input_modalities": ["text", "image"], "output_modalities": ["text"]},
                "pricing": {"prompt": "0.0000006", "completion": "0.0000022", "input_cache_read": "0.00000011"},
                "top_provider": {"context_length": 202_752, "max_completion_tokens": 65_536, "is_moderated": False},
                "supported_parameters": ["tools", "reasoning", "temperature"],
            },
            Offered(
                "z-ai/glm-5",
                "Z.AI: GLM 5",
                1_770_000_000,
                Figures(
                    202_752,
                    65_536,
                    Tariff(Prices(input=0.6, output=2.2, cache_read=0.11)),
                    {
                        "image_input": True,
                        "pdf_input": False,
                        "audio_input": False,
                        "tools": True,
                        "thinking": True,
                        "structured_outputs": False,
                    },
                ),
            ),
            id="OpenRouter",
        ),
        pytest.param(
            {"id": "openrouter/auto", "context_length": 2_000_000, "pricing": {"prompt": "-1", "completion": "-1"}},
            Offered("openrouter/auto", figures=Figures(2_000_000)),
            id="a price that depends",
        ),
        pytest.param(
            {"id": "x:free", "pricing": {"prompt": "0", "completion": "0"}},
            Offered("x:free", figures=Figures(tariff=Tariff(Prices(input=0.0, output=0.0)))),
            id="a free model",
        ),
        pytest.param(
            {"id": "llama-4", "context_window": 131_072, "max_completion_tokens": 32_768, "active": True},
            Offered("llama-4", figures=Figures(131_072, 32_768)),
            id="Groq",
        ),
        pytest.param(
            {
                "id": "magistral",
                "max_context_length": 131_072,
                "capabilities": {"function_calling": True, "vision": False, "fine_tuning": True},
                "deprecation": "2027-01-01T00:00:00Z",
            },
            Offered(
                "magistral",
                figures=Figures(131_072, capabilities={"tools": True, "image_input": False}, deprecated=True),
            ),
            id="Mistral",
        ),
        pytest.param({"id": "local", "max_model_len": 32_768}, Offered("local", figures=Figures(32_768)), id="vLLM"),
        pytest.param(
            {
                "id": "anthropic/claude-opus-5-5",
                "context_window": 1_000_000,
                "max_tokens": 128_000,
                "pricing": {"input": "0.000004", "output": "0.00002", "input_cache_write": "0.000005"},
            },
            Offered(
                "anthropic/claude-opus-5-5",
                figures=Figures(1_000_000, 128_000, Tariff(Prices(input=4.0, output=20.0, cache_write=5.0))),
            ),
            id="Vercel",
        ),
        pytest.param(
            {"id": "odd", "created": "long ago", "context_length": "big", "pricing": [1], "name": 7, "limits": None},
            Offered("odd"),
            id="what is odd is not known",
        ),
        pytest.param(
            {"id": "odd", "created": -1, "context_length": 0, "pricing": {"prompt": "free", "completion": "NaN"}},
            Offered("odd"),
            id="what is no number is not known",
        ),
    ],
)
def test_what_openais_imitators_tell_is_understood(row: dict[str, Any], model: Offered) -> None:
    assert offered(read_openai, {"object": "list", "data": [row, 5, {"object": "model"}]}) == (model,)


def test_githubs_catalog_is_a_bare_list() -> None:
    row = {
        "id": "openai/gpt-4.1",
        "name": "OpenAI GPT-4.1",
        "limits": {"max_input_tokens": 1_048_576, "max_output_tokens": 32_768},
        "supported_input_modalities": ["text", "image"],
        "supported_output_modalities": ["text"],
    }
    embedding = {"id": "openai/embedding", "supported_output_modalities": ["embeddings"]}
    capabilities = {"image_input": True, "pdf_input": False, "audio_input": False}
    assert offered(read_openai, [row, embedding]) == (
        Offered("openai/gpt-4.1", "OpenAI GPT-4.1", None, Figures(1_048_576, 32_768, capabilities=capabilities)),
    )


def test_anthropics_list_tells_windows_abilities_and_where_it_goes_on() -> None:
    row = {
        "type": "model",
        "id": "claude-opus-5-5",
        "display_name": "Claude Opus 5.5",
        "created_at": "2026-10-01T00:00:00Z",
        "max_input_tokens": 1_000_000,
        "max_tokens": 128_000,
        "lifecycle": "deprecated",
        "capabilities": {"image_input": {"supported": True}, "effort": {"supported": False, "low": {}}},
    }
    body = {"data": [row], "has_more": True, "first_id": "claude-opus-5-5", "last_id": "claude-opus-5-5"}
    told = read_anthropic(json.dumps(body).encode())
    assert told.next == {"after_id": "claude-opus-5-5"}
    figures = Figures(1_000_000, 128_000, Tariff(), {"image_input": True, "effort": False}, deprecated=True)
    assert told.models == (Offered("claude-opus-5-5", "Claude Opus 5.5", None, figures),)
    assert read_anthropic(json.dumps(body | {"has_more": False}).encode()).next is None


def test_geminis_list_tells_windows_and_where_it_goes_on_and_has_models_that_do_not_answer() -> None:
    answers = {
        "name": "models/gemini-3-pro",
        "displayName": "Gemini 3 Pro",
        "inputTokenLimit": 1_048_576,
        "outputTokenLimit": 65_536,
        "supportedGenerationMethods": ["generateContent", "countTokens"],
        "thinking": True,
    }
    embeds = {"name": "models/embedding", "supportedGenerationMethods": ["embedContent"]}
    told = read_gemini(json.dumps({"models": [answers, embeds], "nextPageToken": "t"}).encode())
    assert told.next == {"pageToken": "t"}
    figures = Figures(1_048_576, 65_536, capabilities={"thinking": True})
    assert told.models == (Offered("gemini-3-pro", "Gemini 3 Pro", None, figures),)
    assert read_gemini(b'{"models": []}').next is None


@pytest.mark.parametrize("read", [read_openai, read_anthropic, read_gemini])
@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b'{"data": {}, "models": 1}', b"5"])
def test_what_is_no_list_is_refused(read: Any, body: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        read(body)


@pytest.mark.parametrize(
    ("url", "type_name", "dialect", "address"),
    [
        ("https://api.openai.com/v1/chat/completions", "openai", "openai", "https://api.openai.com/v1/models"),
        ("https://api.openai.com/v1", "openai-responses", "openai-responses", "https://api.openai.com/v1/models"),
        ("https://api.anthropic.com", "anthropic", "anthropic", "https://api.anthropic.com/v1/models"),
        ("https://api.groq.com/openai/v1", "groq", "openai", "https://api.groq.com/openai/v1/models"),
        ("http://localhost:11434/v1", "ollama", "openai", "http://localhost:11434/v1/models"),
        (
            "https://generativelanguage.googleapis.com/v1beta/models/",
            "gemini",
            "gemini",
            "https://generativelanguage.googleapis.com/v1beta/models",
        ),
        (
            "https://models.github.ai/inference/chat/completions",
            "github-models",
            "openai",
            "https://models.github.ai/catalog/models",
        ),
    ],
)
def test_each_kind_of_provider_is_asked_at_its_own_address(
    url: str, type_name: str, dialect: str, address: str
) -> None:
    vendor = vendor_of(Provider(name="p", api_base_url=url, type=type_name, dialect=dialect))
    assert vendor is not None
    assert isinstance(vendor.listing, Listing)
    assert vendor.listing.address(url) == address


class Usable(Struct):
    """Of an upstream, what it is asked by."""

    vendor: Vendor


def test_a_list_stands_where_answers_do() -> None:
    provider = Provider(name="p", api_base_url="https://ours.openai.azure.com", type="azure", dialect="openai")
    source = source_of(provider, {"p": Usable(vendor_of(provider))})  # type: ignore[dict-item]  # all that is looked at
    assert source is not None
    assert source.listing.address(source.base_url) == "https://ours.openai.azure.com/openai/v1/models"
