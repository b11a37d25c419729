"""Vertex: the addresses, bodies, errors and lists of Gemini and Claude there."""

import json
from typing import Any

import pytest
from msgspec import Raw

from fairlead.normalizer.authorization import Scheme
from fairlead.normalizer.providers import vendor_of
from fairlead.normalizer.providers.listing import Offered
from fairlead.normalizer.providers.vertex_claude import VERTEX_CLAUDE, refusal
from fairlead.normalizer.providers.vertex_gemini import VERTEX_GEMINI
from fairlead.shared.config.schema import Provider
from fairlead.shared.conversation import Request, ServerTool, Text, Tool, Turn, Unknown
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.failure import Failure, FailureError, Kind
from fairlead.shared.surfaces import Operation

BASE = "https://us-east5-aiplatform.googleapis.com/v1/projects/my-project-1/locations/us-east5"
CLAUDE, GEMINI = f"{BASE}/publishers/anthropic/models", f"{BASE}/publishers/google/models"


def test_claude_is_asked_by_a_method_for_each_way_to_answer() -> None:
    urls = VERTEX_CLAUDE.urls(BASE)
    assert (
        urls.of_answer("claude-sonnet-4-5@20250929", stream=False) == f"{CLAUDE}/claude-sonnet-4-5@20250929:rawPredict"
    )
    assert urls.of_answer("claude-sonnet-5", stream=True) == f"{CLAUDE}/claude-sonnet-5:streamRawPredict"
    assert urls.of_count("claude-sonnet-5") == f"{CLAUDE}/count-tokens:rawPredict"


@pytest.mark.parametrize(
    "model",
    [
        "gemini-3-pro",
        "google/gemini-3-pro",
        "publishers/google/models/gemini-3-pro",
        "projects/p/x/models/gemini-3-pro",
    ],
)
def test_gemini_is_asked_by_any_form_of_its_name(model: str) -> None:
    urls = VERTEX_GEMINI.urls(BASE)
    assert urls.of_answer(model, stream=False) == f"{GEMINI}/gemini-3-pro:generateContent"
    assert urls.of_answer(model, stream=True) == f"{GEMINI}/gemini-3-pro:streamGenerateContent?alt=sse"
    assert urls.of_count(model) == f"{GEMINI}/gemini-3-pro:countTokens"


@pytest.mark.parametrize("model", ["..", "a/..", "../../x", "", "%2e%2e"])
def test_no_model_leads_elsewhere(model: str) -> None:
    for vendor in (VERTEX_CLAUDE, VERTEX_GEMINI):
        with pytest.raises(FailureError):
            vendor.urls(BASE).of_answer(model, stream=True)


def test_keys_travel_as_each_publisher_takes_them() -> None:
    assert (VERTEX_GEMINI.scheme, VERTEX_CLAUDE.scheme) == (Scheme.GOOGLE, Scheme.BEARER)


def test_the_type_tells_the_vendor() -> None:
    for vendor in (VERTEX_CLAUDE, VERTEX_GEMINI):
        provider = Provider(name="p", api_base_url=BASE, type=vendor.name, dialect=vendor.dialect)
        assert vendor_of(provider) is vendor


def test_claudes_thinking_is_that_of_its_generation() -> None:
    assert "adaptive" not in VERTEX_CLAUDE.profile_of("claude-sonnet-4-5@20250929").thinking_modes
    assert "adaptive" in VERTEX_CLAUDE.profile_of("claude-opus-4-8").thinking_modes


BODY = (
    b'{"model":"m", "stream":true,"max_tokens":9,"system":[{"type":"text","text":"s","cache_control":{"type":"ephemeral",'
    b'"scope":"global"}}],"messages":[{"role":"user","content":"1.0e5"}],"novel":{"b":1.50}}'
)


def test_claudes_body_is_changed_in_the_declared_places_and_nowhere_else() -> None:
    headers = {"anthropic-beta": "claude-code-20250219,interleaved-thinking-2025-05-14,advanced-tool-use-2025-11-20"}
    fitted = VERTEX_CLAUDE.fitted(Operation.ANSWER, "m", headers, BODY)
    assert fitted.body == (
        b'{"stream":true,"max_tokens":9,"system":[{"type":"text","text":"s","cache_control":{"type":"ephemeral"}}],'
        b'"messages":[{"role":"user","content":"1.0e5"}],"novel":{"b":1.50},"anthropic_version":"vertex-2023-10-16"}'
    )
    assert fitted.headers == {"anthropic-beta": "interleaved-thinking-2025-05-14,tool-search-tool-2025-10-19"}
    assert [loss.where for loss in fitted.losses] == ["system.*.cache_control.scope", "claude-code-20250219"]


def test_who_counts_names_the_model_in_the_body() -> None:
    fitted = VERTEX_CLAUDE.fitted(Operation.COUNT, "m", {}, b'{"model":"m","messages":[]}')
    assert fitted.body == b'{"model":"m","messages":[],"anthropic_version":"vertex-2023-10-16"}'


def test_only_headers_of_betas_are_sent_on() -> None:
    client = {"anthropic-beta": "x", "anthropic-version": "2023-06-01", "x-claude-code-session-id": "s"}
    assert VERTEX_CLAUDE.headers(client, native=True) == {"anthropic-beta": "x"}


def test_geminis_body_loses_what_only_the_other_api_has() -> None:
    body = b'{"contents":[],"serviceTier":"flex", "generationConfig":{"temperature":1.0},"store":false}'
    fitted = VERTEX_GEMINI.fitted(Operation.ANSWER, "m", {}, body)
    assert fitted.body == b'{"contents":[],"generationConfig":{"temperature":1.0}}'
    assert [loss.what for loss in fitted.losses] == ["serviceTier", "store"]
    same = b'{"contents":[],"labels":{"a":"b"}, "tools":[]}'
    assert VERTEX_GEMINI.fitted(Operation.ANSWER, "m", {}, same).body == same


@pytest.mark.parametrize(
    "config",
    ['"toolConfig":{"includeServerSideToolInvocations"', '"tool_config":{"include_server_side_tool_invocations"'],
)
def test_geminis_body_does_not_ask_for_tools_steps_which_only_the_other_api_tells(config: str) -> None:
    body = f'{{"contents":[],{config}:true}}}}'.encode()
    fitted = VERTEX_GEMINI.fitted(Operation.ANSWER, "m", {}, body)
    assert fitted.body == b'{"contents":[]}'
    assert len(fitted.losses) == 1


def test_gemini_is_not_asked_for_them_where_functions_stand_beside_a_search() -> None:
    search = ServerTool("web_search", Unknown("openai-responses", Raw(b'{"type":"web_search"}')))
    request = Request("gemini-3-pro", (Turn("user", (Text("a"),)),), tools=(Tool("f", None, None), search))
    encoded = DIALECTS["gemini"].encode_request(request, VERTEX_GEMINI.profile_of("gemini-3-pro"))
    assert json.loads(encoded.body)["toolConfig"] == {"functionCallingConfig": {"mode": "VALIDATED"}}


WHOLE = {"contents": [1], "tools": [2], "systemInstruction": {"a": 3}, "generationConfig": {}}


@pytest.mark.parametrize(
    "body",
    [
        {"generateContentRequest": {"model": "models/m", **WHOLE, "safetySettings": []}},
        {**WHOLE, "safetySettings": [], "toolConfig": {}},
    ],
)
def test_the_parts_of_what_is_to_be_counted_stand_at_the_top(body: dict[str, Any]) -> None:
    fitted = VERTEX_GEMINI.fitted(Operation.COUNT, "m", {}, json.dumps(body).encode())
    assert json.loads(fitted.body) == WHOLE


def google(status: int, word: str, message: str, *details: dict[str, Any]) -> bytes:
    return json.dumps({"error": {"code": status, "message": message, "status": word, "details": details}}).encode()


def anthropic(kind: str, message: str) -> bytes:
    return json.dumps(
        {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_vrtx_1"}
    ).encode()


QUOTA = (
    "Quota exceeded for aiplatform.googleapis.com/online_prediction_input_tokens_per_minute_per_base_model with base "
    "model: anthropic-claude-sonnet-5. Please submit a quota increase request."
)
CASES: list[tuple[int, bytes, Kind]] = [
    (401, google(401, "UNAUTHENTICATED", "Request had invalid authentication credentials."), Kind.AUTHENTICATION),
    (403, google(403, "PERMISSION_DENIED", "Permission 'aiplatform.endpoints.predict' denied on resource"), Kind.PERMISSION),
    (
        403,
        google(403, "PERMISSION_DENIED", "This API method requires billing to be enabled", {"reason": "BILLING_DISABLED"}),
        Kind.BILLING,
    ),
    (403, google(403, "PERMISSION_DENIED", "Vertex AI API has not been used", {"reason": "SERVICE_DISABLED"}), Kind.PERMISSION),
    (404, google(404, "NOT_FOUND", "Publisher Model `projects/1/x` was not found or your project does not have access"), Kind.NOT_FOUND),
    (429, google(429, "RESOURCE_EXHAUSTED", QUOTA), Kind.RATE_LIMIT),
    (429, google(429, "RESOURCE_EXHAUSTED", "Resource exhausted, please try again later."), Kind.OVERLOADED),
    (400, google(400, "INVALID_ARGUMENT", "Unable to submit request because it has an empty text parameter."), Kind.BAD_REQUEST),
    (400, google(400, "FAILED_PRECONDITION", "User location is not supported for the API use."), Kind.PERMISSION),
    (503, google(503, "UNAVAILABLE", "The service is currently unavailable."), Kind.OVERLOADED),
    (504, google(504, "DEADLINE_EXCEEDED", "Deadline expired"), Kind.UPSTREAM),
    (
        400,
        google(400, "INVALID_ARGUMENT", "The input token count (9) exceeds the maximum number of tokens allowed (8)."),
        Kind.CONTEXT_OVERFLOW,
    ),
    (400, b"[" + google(400, "INVALID_ARGUMENT", "no") + b"]", Kind.BAD_REQUEST),
    (413, b"<html>too large</html>", Kind.TOO_LARGE),
]  # fmt: skip
OF_CLAUDE: list[tuple[int, bytes, Kind]] = [
    (400, anthropic("invalid_request_error", "prompt is too long: 9 tokens > 8 maximum"), Kind.CONTEXT_OVERFLOW),
    (400, anthropic("invalid_request_error", "max_tokens: Field required"), Kind.BAD_REQUEST),
    (429, anthropic("rate_limit_error", "slow"), Kind.RATE_LIMIT),
    (529, anthropic("overloaded_error", "Overloaded"), Kind.OVERLOADED),
    (404, anthropic("not_found_error", "model: x"), Kind.NOT_FOUND),
]


@pytest.mark.parametrize(("status", "body", "kind"), CASES)
def test_googles_errors_mean_the_same_before_either_model(status: int, body: bytes, kind: Kind) -> None:
    for failure in (refusal(status, {}, body), DIALECTS["gemini"].decode_failure(status, body)):
        understood = VERTEX_CLAUDE.understood(failure)
        assert understood.kind is kind
        if kind is Kind.CONTEXT_OVERFLOW:
            assert understood.message == "prompt is too long: 9 tokens > 8 maximum"


@pytest.mark.parametrize(("status", "body", "kind"), OF_CLAUDE)
def test_claudes_errors_are_anthropics(status: int, body: bytes, kind: Kind) -> None:
    failure = refusal(status, {}, body)
    assert (failure.kind, failure.dialect, failure.body) == (kind, "anthropic", body)


def test_a_client_of_claude_is_told_googles_errors_in_its_own_shape() -> None:
    failure = refusal(429, {}, google(429, "RESOURCE_EXHAUSTED", QUOTA, {"retryDelay": "26s"}))
    assert failure.retry_after == 26
    told = json.loads(DIALECTS["anthropic"].encode_failure(failure, "req_1"))
    assert told["error"] == {"type": "rate_limit_error", "message": QUOTA}


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"[" * 5000, b"\xff", b'{"type":5}', b'{"type":"error"}'])
def test_an_answer_that_is_neithers_is_read_all_the_same(body: bytes) -> None:
    failure = refusal(500, {}, body)
    assert isinstance(failure, Failure)
    assert failure.kind is Kind.UPSTREAM


def test_of_googles_list_only_gemini_is_offered() -> None:
    listing = VERTEX_GEMINI.listing
    assert listing is not None
    assert VERTEX_CLAUDE.listing is None
    assert listing.address(BASE) == "https://us-east5-aiplatform.googleapis.com/v1beta1/publishers/google/models"
    rows = ["gemini-3-pro", "imagen-4.0-generate", "gemini-embedding-001", "gemini-3-flash", "gemini-3-pro"]
    body = {"publisherModels": [{"name": f"publishers/google/models/{name}", "versionId": "1"} for name in rows] + [5]}
    offer = listing.read(json.dumps({**body, "nextPageToken": "t"}).encode())
    assert offer.models == (Offered("gemini-3-pro"), Offered("gemini-3-flash"))
    assert offer.next == {"pageToken": "t"}
