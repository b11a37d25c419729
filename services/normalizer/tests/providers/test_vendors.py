"""The addresses and headers of each vendor's API."""

import pytest

from fairlead.normalizer.providers.anthropic import ANTHROPIC
from fairlead.normalizer.providers.azure import AZURE
from fairlead.normalizer.providers.base import Urls
from fairlead.normalizer.providers.gemini import GEMINI
from fairlead.normalizer.providers.openai import OPENAI
from fairlead.normalizer.providers.openai_compatible import OPENAI_COMPATIBLE
from fairlead.normalizer.providers.openai_responses import OPENAI_RESPONSES
from fairlead.shared.surfaces import Operation

CLIENT = {
    "host": "127.0.0.1",
    "authorization": "Bearer client",
    "x-api-key": "client",
    "cookie": "a=b",
    "user-agent": "claude-cli",
    "anthropic-version": "2026-10-21",
    "anthropic-beta": "a-2025-01-01,b",
    "anthropic-new-thing": "x",
    "x-claude-code-session-id": "s",
    "openai-beta": "assistants=v2",
    "x-fairlead-attempt": "1",
    "x-request-id": "r",
}


def test_anthropic_is_told_everything_that_belongs_to_its_api_and_nothing_else() -> None:
    assert ANTHROPIC.headers(CLIENT, native=True) == {
        "anthropic-version": "2026-10-21",
        "anthropic-beta": "a-2025-01-01,b",
        "anthropic-new-thing": "x",
        "x-claude-code-session-id": "s",
    }


def test_a_client_of_another_dialect_says_nothing_to_anthropic() -> None:
    assert ANTHROPIC.headers(CLIENT, native=False) == {
        "anthropic-version": "2023-06-01",
    }


def test_a_client_without_a_version_gets_the_first_one() -> None:
    assert ANTHROPIC.headers({}, native=True) == {"anthropic-version": "2023-06-01"}


LONG = "context-1m-2025-08-07"


@pytest.mark.parametrize(
    "model",
    ["claude-haiku-4-5", "claude-opus-4-1-20250805", "claude-opus-4", "anthropic/claude-opus-4.5", "claude-3-7"],
)
@pytest.mark.parametrize(("betas", "left"), [(LONG, None), (f"a,{LONG}, b", "a,b"), ("a,b", "a,b")])
def test_the_beta_for_long_prompts_is_kept_from_models_that_do_not_take_it(
    model: str, betas: str, left: str | None
) -> None:
    fitted = ANTHROPIC.fitted(Operation.ANSWER, model, {"anthropic-beta": betas, "x": "y"}, b"{}")
    assert (fitted.headers.get("anthropic-beta"), fitted.headers["x"]) == (left, "y")
    assert [loss.where for loss in fitted.losses] == ([LONG] if LONG in betas else [])


@pytest.mark.parametrize(
    "model", ["claude-sonnet-4-5", "claude-sonnet-4@20250514", "claude-opus-4-8", "glm-5", "sonnet"]
)
def test_whoever_may_take_the_beta_for_long_prompts_is_told_it_as_it_came(model: str) -> None:
    betas = {"anthropic-beta": f"a, {LONG}"}
    assert ANTHROPIC.fitted(Operation.ANSWER, model, betas, b"{}").headers == betas


def test_openai_is_told_its_own_headers_and_other_servers_none() -> None:
    assert OPENAI.headers(CLIENT, native=True) == {
        "openai-beta": "assistants=v2",
    }
    assert OPENAI_COMPATIBLE.headers(CLIENT, native=True) == {}


@pytest.mark.parametrize("base", ["https://h.example", "https://h.example/v1", "https://h.example/v1/messages"])
def test_anthropics_addresses_follow_from_any_form_of_the_base(base: str) -> None:
    expected = Urls("https://h.example/v1/messages", "https://h.example/v1/messages/count_tokens")
    assert ANTHROPIC.urls(base) == expected


def test_chat_servers_do_not_count_tokens() -> None:
    assert OPENAI_COMPATIBLE.urls("http://localhost:11434/v1") == Urls(
        "http://localhost:11434/v1/chat/completions", None
    )


@pytest.mark.parametrize("below", ["", "/", "/openai", "/openai/v1", "/openai/v1/chat/completions"])
def test_a_resource_of_azure_is_asked_below_openai(below: str) -> None:
    assert AZURE.urls(f"https://ours.openai.azure.com{below}").answer == (
        "https://ours.openai.azure.com/openai/v1/chat/completions"
    )


def test_a_deployment_of_azure_keeps_its_address() -> None:
    url = "https://ours.openai.azure.com/openai/deployments/d/chat/completions?api-version=2025-04-01-preview"
    assert AZURE.urls(url).answer == url


@pytest.mark.parametrize(
    "base",
    [
        "https://h.example",
        "https://h.example/v1beta",
        "https://h.example/v1beta/models/",
        "https://h.example/v1beta/models/any:streamGenerateContent",
    ],
)
def test_gemini_is_asked_below_the_model(base: str) -> None:
    urls = GEMINI.urls(base)
    assert urls.of_answer("gemini-3", stream=False) == "https://h.example/v1beta/models/gemini-3:generateContent"
    assert urls.of_answer("a/b", stream=True) == "https://h.example/v1beta/models/a%2Fb:streamGenerateContent?alt=sse"
    assert urls.of_count("gemini-3") == "https://h.example/v1beta/models/gemini-3:countTokens"


def test_responses_are_counted_beside_where_they_are_asked_for() -> None:
    urls = OPENAI_RESPONSES.urls("https://api.openai.com/v1")
    assert urls.of_answer("gpt", stream=True) == "https://api.openai.com/v1/responses"
    assert urls.of_count("gpt") == "https://api.openai.com/v1/responses/input_tokens"
