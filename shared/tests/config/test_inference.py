"""Which dialect a provider speaks when nobody says."""

import pytest

from fairlead.shared.config.inference import KINDS, SPELLINGS, canonical, infer


@pytest.mark.parametrize(
    ("url", "transformers", "kind"),
    [
        ("https://api.anthropic.com", [], "anthropic"),
        ("https://api.anthropic.com/v1/messages", [], "anthropic"),
        ("https://gw.example/v1/messages", [], "anthropic"),
        ("https://gw.example/v1/messages/", ["openrouter"], "anthropic"),
        ("https://api.deepseek.com/anthropic", [], "anthropic"),
        ("https://gw.example", ["Anthropic"], "anthropic"),
        ("https://gw.example", ["anthropic"], "anthropic"),
        ("http://litellm:4000/v1", ["Anthropic", "OpenAI"], "openai"),
        ("https://gw.example/v1/chat/completions", ["Anthropic"], "openai"),
        ("https://api.deepseek.com/v1", ["deepseek"], "openai"),
        ("http://ollama:11434/v1", ["OpenAI"], "openai"),
        ("https://anything.example", [], "openai"),
        ("https://api.openai.com/v1/responses", [], "openai-responses"),
        ("https://gw.example/v1", ["openai-responses"], "openai-responses"),
        ("https://generativelanguage.googleapis.com/v1beta/models/", [], "gemini"),
        ("https://gw.example/v1beta/models/", ["gemini"], "gemini"),
        ("https://generativelanguage.googleapis.com/v1beta/openai/chat/completions", [], "openai"),
        ("https://generativelanguage.googleapis.com/v1beta/openai/", [], "openai"),
        ("https://us-central1-aiplatform.googleapis.com/v1", [], "vertex-gemini"),
        ("https://aiplatform.googleapis.com", ["vertex-claude"], "vertex-claude"),
        ("https://bedrock-runtime.eu-west-1.amazonaws.com", [], "bedrock-claude"),
        ("https://api.anthropic.com.evil.example", [], "openai"),
    ],
)
def test_the_kind_of_a_provider(url: str, transformers: list[str], kind: str) -> None:
    assert infer(url, transformers) == kind


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ("Anthropic", "anthropic"),
        ("anthropic_messages", "anthropic"),
        ("openai_chat_completions", "openai"),
        ("openai_responses", "openai-responses"),
        ("gemini_generate_content", "gemini"),
        ("GitHub-Models", "github-models"),
        ("bogus", None),
    ],
)
def test_a_type_may_be_spelled_as_other_tools_do(given: str, kind: str | None) -> None:
    assert canonical(given) == kind


def test_every_spelling_leads_to_a_kind_and_hides_none() -> None:
    assert set(SPELLINGS.values()) <= KINDS.keys()
    assert not SPELLINGS.keys() & KINDS.keys()
