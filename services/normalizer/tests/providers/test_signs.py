"""The errors that vendors really send, where their words mean something else than OpenAI's."""

import json
from typing import Any

import pytest

from fairlead.normalizer.providers import PROVIDERS
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.failure import Failure, Kind


def understood(vendor: str, status: int, body: bytes | dict[str, Any]) -> Failure:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    known = PROVIDERS[vendor]
    return known.understood(DIALECTS[known.dialect].decode_failure(status, sent))


def error(message: str, **more: Any) -> dict[str, Any]:
    return {"error": {"message": message, **more}}


def anthropics(kind: str, message: str) -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": message}}


CASES: list[tuple[str, int, bytes | dict[str, Any], Kind]] = [
    ("deepseek", 402, error("Insufficient Balance"), Kind.BILLING),
    ("deepseek", 429, error("Rate limit reached"), Kind.RATE_LIMIT),
    ("deepseek", 503, error("Server overloaded"), Kind.OVERLOADED),
    ("deepseek", 401, error("Authentication Fails", type="authentication_error"), Kind.AUTHENTICATION),
    (
        "deepseek",
        400,
        error("This model's maximum context length is 8 tokens. However, you requested 9 tokens (8 in the messages)."),
        Kind.CONTEXT_OVERFLOW,
    ),
    ("openrouter", 402, error("Insufficient credits", code=402), Kind.BILLING),
    ("openrouter", 429, error("Rate limit exceeded: free-models-per-day. Add 10 credits", code=429), Kind.BILLING),
    ("openrouter", 429, error("Rate limit exceeded: free-models-per-min.", code=429), Kind.RATE_LIMIT),
    ("openrouter", 429, error("Rate limited", code=429), Kind.RATE_LIMIT),
    ("openrouter", 400, error("no", metadata={"error_type": "context_length_exceeded"}), Kind.CONTEXT_OVERFLOW),
    ("openrouter", 502, error("busy", metadata={"error_type": "provider_overloaded"}), Kind.OVERLOADED),
    ("openrouter", 400, error("no", metadata={"error_type": "provider_unavailable"}), Kind.UPSTREAM),
    ("openrouter", 403, error("Your input was flagged"), Kind.CONTENT_REFUSED),
    ("openrouter", 403, error("Key limit exceeded (monthly limit)"), Kind.BILLING),
    ("openrouter", 403, error("Not yours"), Kind.PERMISSION),
    ("groq", 429, error("Try again in 2.1s", code="rate_limit_exceeded"), Kind.RATE_LIMIT),
    (
        "groq",
        429,
        error("Rate limit reached on tokens per day (TPD): Limit 9, Used 8", code="rate_limit_exceeded"),
        Kind.BILLING,
    ),
    ("groq", 429, error("Rate limit reached on requests per day (RPD)", code="rate_limit_exceeded"), Kind.BILLING),
    ("groq", 413, error("Request too large for TPM", code="rate_limit_exceeded"), Kind.TOO_LARGE),
    ("groq", 498, error("flex tier capacity exceeded"), Kind.OVERLOADED),
    ("groq", 400, error("bad call", code="tool_use_failed", failed_generation="<f>"), Kind.UPSTREAM),
    ("groq", 400, error("Please reduce the length of the messages or completion."), Kind.CONTEXT_OVERFLOW),
    ("cerebras", 413, b"", Kind.CONTEXT_OVERFLOW),
    ("cerebras", 400, b"", Kind.CONTEXT_OVERFLOW),
    ("cerebras", 413, {"message": "Current length is 9000 while limit is 8192"}, Kind.CONTEXT_OVERFLOW),
    ("cerebras", 429, {"message": "queue", "code": "queue_exceeded"}, Kind.OVERLOADED),
    ("cerebras", 429, error("slow down", code="request_quota_exceeded"), Kind.RATE_LIMIT),
    ("cerebras", 429, {"message": "Tokens per day limit exceeded", "code": "token_quota_exceeded"}, Kind.BILLING),
    ("cerebras", 429, {"message": "Tokens per minute limit exceeded", "code": "x"}, Kind.RATE_LIMIT),
    ("cerebras", 402, {"message": "Payment required"}, Kind.BILLING),
    (
        "azure",
        400,
        error("This model's maximum context length is 8 tokens.", code="context_length_exceeded"),
        Kind.CONTEXT_OVERFLOW,
    ),
    ("azure", 401, error("Access denied due to invalid subscription key", code="401"), Kind.AUTHENTICATION),
    ("azure", 404, error("The API deployment does not exist", code="DeploymentNotFound"), Kind.NOT_FOUND),
    ("azure", 400, error("The response was filtered", code="content_filter"), Kind.CONTENT_REFUSED),
    ("azure", 403, error("Out of call volume quota"), Kind.BILLING),
    ("azure", 429, error("The service is temporarily unable: high demand", code="429"), Kind.OVERLOADED),
    ("azure", 429, error("Your requests have exceeded token rate limit", code="429"), Kind.RATE_LIMIT),
    ("github-models", 401, error("Bad credentials", code="unauthorized"), Kind.AUTHENTICATION),
    ("github-models", 403, error("No access to model: x", code="no_access"), Kind.PERMISSION),
    ("github-models", 400, error("The response was filtered", code="content_filter"), Kind.CONTENT_REFUSED),
    ("github-models", 429, error("Rate limit of 5 per 0s exceeded for UserConcurrentRequests"), Kind.RATE_LIMIT),
    (
        "github-models",
        413,
        error("Request body too large for gpt-4o. Max size: 8000 tokens.", code="tokens_limit_reached"),
        Kind.CONTEXT_OVERFLOW,
    ),
    ("github-models", 429, error("Rate limit of 50 per 86400s exceeded for UserByModelByDay"), Kind.BILLING),
    ("github-models", 429, error("Rate limit of 10 per 60s exceeded for UserByModelByMinute"), Kind.RATE_LIMIT),
    ("ollama", 503, error("server busy, maximum pending requests exceeded"), Kind.OVERLOADED),
    ("ollama", 400, error("the input length exceeds the context length"), Kind.CONTEXT_OVERFLOW),
    ("litellm", 400, error("litellm.ContextWindowExceededError: too much", code="400"), Kind.CONTEXT_OVERFLOW),
    ("litellm", 400, error("litellm.ContentPolicyViolationError: no", code="400"), Kind.CONTENT_REFUSED),
    ("litellm", 400, error("Budget has been exceeded! Current cost: 2", type="budget_exceeded"), Kind.BILLING),
    ("litellm", 429, error("No deployments available for selected model", code="429"), Kind.OVERLOADED),
    ("litellm", 400, error("/chat/completions: Invalid model name passed in model=x", code="400"), Kind.NOT_FOUND),
    ("mistral", 429, {"object": "error", "message": "full", "code": "3505"}, Kind.OVERLOADED),
    ("mistral", 429, {"message": "Requests rate limit exceeded"}, Kind.RATE_LIMIT),
    ("mistral", 429, {"message": "You have reached your monthly limit."}, Kind.BILLING),
    ("mistral", 401, {"detail": "Unauthorized"}, Kind.AUTHENTICATION),
    ("mistral", 422, {"detail": [{"loc": ["body"], "msg": "Extra inputs are not permitted"}]}, Kind.BAD_REQUEST),
    (
        "mistral",
        400,
        {"message": "Prompt contains 9 tokens and 0 draft tokens, too large for model with 8 maximum context length"},
        Kind.CONTEXT_OVERFLOW,
    ),
    ("xai", 400, {"code": "invalid-argument", "error": "Incorrect API key provided: xa***"}, Kind.AUTHENTICATION),
    ("xai", 403, {"code": "x", "error": "Your team has used all available credits"}, Kind.BILLING),
    ("xai", 403, {"code": "x", "error": "Content violates usage guidelines."}, Kind.CONTENT_REFUSED),
    (
        "xai",
        400,
        {"code": "x", "error": "This model's maximum prompt length is 8 but the request contains 9 tokens."},
        Kind.CONTEXT_OVERFLOW,
    ),
    ("moonshot", 429, error("Your account balance", type="exceeded_current_quota_error"), Kind.BILLING),
    ("moonshot", 429, error("busy", type="engine_overloaded_error"), Kind.OVERLOADED),
    ("moonshot", 429, error("max RPM: 3", type="rate_limit_reached_error"), Kind.RATE_LIMIT),
    ("moonshot", 429, error("reached organization TPD rate limit", type="rate_limit_reached_error"), Kind.BILLING),
    ("moonshot", 400, error("Input token length too long"), Kind.CONTEXT_OVERFLOW),
    ("moonshot", 400, error("high risk", type="content_filter"), Kind.CONTENT_REFUSED),
    (
        "moonshot",
        400,
        error("Invalid request: Your request exceeded model token limit: 8 (requested: 9)"),
        Kind.CONTEXT_OVERFLOW,
    ),
    ("zhipu", 429, error("balance", code="1113"), Kind.BILLING),
    ("zhipu", 429, error("will reset at 2026-11-21 00:00:00", code="1308"), Kind.BILLING),
    ("zhipu", 429, error("slow", code="1302"), Kind.RATE_LIMIT),
    ("zhipu", 400, error("token", code="1002"), Kind.AUTHENTICATION),
    ("zhipu", 400, error("no permission", code="1220"), Kind.PERMISSION),
    ("zhipu", 500, error("network", code="1234"), Kind.OVERLOADED),
    ("zhipu", 429, error("busy", code="1305"), Kind.OVERLOADED),
    ("zhipu", 400, error("Prompt exceeds max length", code="1261"), Kind.CONTEXT_OVERFLOW),
    ("zhipu", 400, error("sensitive", code="1301"), Kind.CONTENT_REFUSED),
    ("zhipu", 400, error("no such model", code="1211"), Kind.NOT_FOUND),
    ("qwen", 400, error("refused", code="DataInspectionFailed"), Kind.CONTENT_REFUSED),
    ("qwen", 400, {"code": "Arrearage", "message": "Access denied", "request_id": "r"}, Kind.BILLING),
    ("qwen", 429, error("too many tokens", code="insufficient_quota"), Kind.RATE_LIMIT),
    ("qwen", 429, error("The free quota has been exhausted", code="insufficient_quota"), Kind.BILLING),
    ("qwen", 400, error("Range of input length should be [1, 8]", code="InvalidParameter"), Kind.CONTEXT_OVERFLOW),
    ("qwen", 400, {"code": "InvalidApiKey", "message": "Invalid API-key provided."}, Kind.AUTHENTICATION),
    ("qwen", 403, {"code": "AccessDenied", "message": "no"}, Kind.PERMISSION),
    ("qwen", 429, {"code": "Throttling.RateQuota", "message": "Requests rate limit exceeded"}, Kind.RATE_LIMIT),
    ("xai", 429, {"code": "x", "error": "Your team has reached its monthly spending limit"}, Kind.BILLING),
    ("xai", 429, {"code": "x", "error": "Too many requests"}, Kind.RATE_LIMIT),
    ("ollama", 404, error("model 'x' not found, try pulling it first"), Kind.NOT_FOUND),
    ("ollama", 400, error("x does not support tools"), Kind.BAD_REQUEST),
    ("litellm", 429, error("litellm.RateLimitError: slow"), Kind.RATE_LIMIT),
    ("litellm", 401, error("Authentication Error, Invalid proxy server token passed", code="401"), Kind.AUTHENTICATION),
    ("vercel", 400, error("prompt is too long: 9 tokens > 8 maximum"), Kind.CONTEXT_OVERFLOW),
    ("vercel", 402, error("no", type="insufficient_funds"), Kind.BILLING),
    ("openai", 429, error("You exceeded your current quota", code="insufficient_quota"), Kind.BILLING),
    ("openai", 429, error("We're currently experiencing high demand"), Kind.OVERLOADED),
    ("openai", 403, error("Out of call volume quota. Quota will be replenished in 12:00:00."), Kind.BILLING),
    ("openai", 400, error("the request exceeds the available context size, try increasing it"), Kind.CONTEXT_OVERFLOW),
    ("openai", 400, error("invalid params, context window exceeds limit (2013)"), Kind.CONTEXT_OVERFLOW),
    ("openai", 400, error("model_context_window_exceeded"), Kind.CONTEXT_OVERFLOW),
    ("openai", 400, error("max_tokens is too large: 9. This model supports at most 8 completion"), Kind.BAD_REQUEST),
    ("openai", 400, error("string too long", code="string_above_max_length"), Kind.BAD_REQUEST),
    ("openai-responses", 400, error("Your input exceeds the context window of this model."), Kind.CONTEXT_OVERFLOW),
    ("anthropic", 400, anthropics("invalid_request_error", "Your credit balance is too low to access"), Kind.BILLING),
    (
        "anthropic",
        400,
        anthropics("invalid_request_error", "prompt is too long: 9 tokens > 8 maximum"),
        Kind.CONTEXT_OVERFLOW,
    ),
    ("anthropic", 413, anthropics("request_too_large", "Request exceeds the maximum size"), Kind.TOO_LARGE),
    ("anthropic", 529, anthropics("overloaded_error", "Overloaded"), Kind.OVERLOADED),
    ("gemini", 503, error("The model is overloaded.", code=503, status="UNAVAILABLE"), Kind.OVERLOADED),
    ("gemini", 400, error("API key not valid.", code=400, status="INVALID_ARGUMENT"), Kind.AUTHENTICATION),
    (
        "gemini",
        400,
        error("The input token count is 9 but model only supports up to 8.", code=400, status="INVALID_ARGUMENT"),
        Kind.CONTEXT_OVERFLOW,
    ),
]


@pytest.mark.parametrize(("vendor", "status", "body", "kind"), CASES)
def test_a_vendors_words_have_its_meaning(vendor: str, status: int, body: bytes | dict[str, Any], kind: Kind) -> None:
    failure = understood(vendor, status, body)
    assert failure.kind is kind
    if kind is Kind.CONTEXT_OVERFLOW:
        assert failure.message.startswith("prompt is too long")


def test_every_vendor_without_errors_of_its_own_has_an_overflow_here() -> None:
    overflowing = {vendor for vendor, _, _, kind in CASES if kind is Kind.CONTEXT_OVERFLOW}
    # Those with tests of their own.
    as_its_dialect = {
        "vertex-gemini",
        "codewhisperer",
        *(name for name, vendor in PROVIDERS.items() if vendor.refusal is not None),
    }
    assert overflowing | as_its_dialect == PROVIDERS.keys()


@pytest.mark.parametrize(
    ("vendor", "status", "body", "numbers"),
    [
        ("cerebras", 413, {"message": "Current length is 9000 while limit is 8192"}, "9000 tokens > 8192 maximum"),
        ("moonshot", 400, error("exceeded model token limit: 8 (requested: 9)"), "9 tokens > 8 maximum"),
        ("openai", 400, error("prompt token count of 9 exceeds the limit of 8"), "9 tokens > 8 maximum"),
        (
            "deepseek",
            400,
            error("maximum context length is 8 tokens. However, you requested 9"),
            "9 tokens > 8 maximum",
        ),
        ("xai", 400, error("maximum prompt length is 8 but the request contains 9 tokens"), "9 tokens > 8 maximum"),
        ("mistral", 400, error("Prompt contains 9 tokens, too large for model with 8"), "9 tokens > 8 maximum"),
    ],
)
def test_an_overflow_keeps_its_numbers(vendor: str, status: int, body: dict[str, Any], numbers: str) -> None:
    assert understood(vendor, status, body).message == f"prompt is too long: {numbers}"


def test_a_failure_read_anew_has_the_status_of_what_it_is() -> None:
    assert understood("xai", 400, error("Incorrect API key provided")).http_status == 401
    assert understood("groq", 400, error("x", code="tool_use_failed")).http_status == 500


def test_a_failure_that_is_what_it_seems_stays_as_it_is() -> None:
    failure = DIALECTS["openai"].decode_failure(400, b'{"error":{"message":"odd"}}')
    assert all(vendor.understood(failure) is failure for vendor in PROVIDERS.values())
