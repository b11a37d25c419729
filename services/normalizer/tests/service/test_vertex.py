"""Vertex over real sockets: tokens of every kind of login, and a provider that checks addresses, bodies and betas."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio

from fairlead.simulator import Canned, Simulator

from ..conftest import CANARY, normalizer
from ..credentials.google_server import DELETED, GoogleServer, service_account, written
from ..talk import CHAT, MESSAGES, TEXT, TOOLS, body, calls_of, events, text_of, text_of_stream, told
from .google_world import GoogleWorld, google_world
from .logins import process

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONFIG = """{{Providers: [
  {{name: "claude", type: "vertex-claude", api_base_url: "{url}", models: ["sim-text", "sim-tool", "sim-thinking-tools"],
    auth: {{type: "google", credentials_file: "{file}", location: "us-east5"}}}},
  {{name: "gemini", type: "vertex-gemini", api_base_url: "{url}", models: ["sim-text", "sim-tool", "sim-thinking-tools"],
    auth: {{type: "google", credentials_file: "{file}"}}}},
  {{name: "ccr", api_base_url: "{url}/v1/projects/my-project-2/locations/us-west1/publishers/anthropic/models",
    api_key: "{file}", models: ["sim-text"], transformer: {{use: ["vertex-claude"]}}}},
  {{name: "key", type: "vertex-gemini", api_base_url: "{url}", api_key: "{key}", models: ["sim-text"]}},
  {{name: "wrong", type: "vertex-claude", api_base_url: "{url}", models: ["sim-text"],
    auth: {{type: "google", credentials_file: "{other}", project: "my-project-3"}}}},
]}}"""
ANTHROPIC, GOOGLE = "publishers/anthropic/models", "publishers/google/models"
AT = {
    "claude": f"/v1/projects/my-project-1/locations/us-east5/{ANTHROPIC}",
    "gemini": f"/v1beta1/projects/my-project-1/locations/global/{GOOGLE}",
}
VERBS = {"claude": ("rawPredict", "streamRawPredict"), "gemini": ("generateContent", "streamGenerateContent?alt=sse")}
BOTH = pytest.mark.parametrize("provider", ["claude", "gemini"])
FILES = [
    {"name": name, "input_schema": {"type": "object", "properties": {each: {"type": "string"} for each in fields}}}
    for name, fields in (("Write", ("file_path", "content")), ("Bash", ("command",)))
]
PATHS = pytest.mark.parametrize("path", [MESSAGES, CHAT])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def google() -> AsyncIterator[GoogleWorld]:
    async with google_world(GoogleServer(CANARY)) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(
    running_simulator: Simulator, google: GoogleWorld, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[httpx2.AsyncClient]:
    folder = tmp_path_factory.mktemp("google")
    file = written(folder, service_account(f"{google.url}/token"))
    # Whose name is none is no signature of Google's.
    deleted = service_account(f"{google.url}/token", client_email=DELETED)
    other = written(folder, deleted, "other.json")
    config = CONFIG.format(url=running_simulator.url, key=CANARY, file=file, other=other)
    async with normalizer(config) as client:
        yield client


@PATHS
@BOTH
async def test_whoever_asks_is_answered(
    path: str, provider: str, client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    response = await client.post(path, json=body(f"{provider},sim-text"))
    assert response.status_code == 200, response.text
    assert text_of(path, response.json()) == TEXT
    assert simulator.requests[0].target == f"{AT[provider]}/sim-text:{VERBS[provider][0]}"


@PATHS
@BOTH
async def test_a_stream_comes_by_another_method(
    path: str, provider: str, client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    response = await client.post(path, json=body(f"{provider},sim-text", stream=True))
    assert response.headers["content-type"].startswith("text/event-stream")
    assert text_of_stream(path, response.text) == TEXT
    assert simulator.requests[0].target == f"{AT[provider]}/sim-text:{VERBS[provider][1]}"


@PATHS
@BOTH
async def test_tools_are_called(path: str, provider: str, client: httpx2.AsyncClient) -> None:
    response = await client.post(path, json=body(f"{provider},sim-tool", tools=TOOLS[path]))
    assert [name for name, _ in calls_of(path, response.json())] == ["get_weather"]


@BOTH
async def test_what_is_thought_is_streamed_before_the_tool_it_leads_to(
    provider: str, client: httpx2.AsyncClient
) -> None:
    thinking = {"type": "enabled", "budget_tokens": 2000}
    asked = body(f"{provider},sim-thinking-tools", tools=FILES, thinking=thinking, stream=True)
    response = await client.post(MESSAGES, json={**asked, "max_tokens": 4000})
    starts = [
        event["content_block"]["type"] for event in events(response.text) if event["type"] == "content_block_start"
    ]
    assert starts[0] == "thinking", response.text
    assert "tool_use" in starts
    assert any(event.get("delta", {}).get("type") == "signature_delta" for event in events(response.text))


async def test_claudes_bytes_are_the_clients_but_for_the_declared_fields(
    client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    sent = b'{"model":"claude,sim-text", "max_tokens":50,"messages":[{"role":"user", "content":"h\\u00e9 1.0"}], "stream":true}'
    betas = {"anthropic-beta": "context-1m-2025-08-07,effort-2025-11-24"}
    response = await client.post(MESSAGES, content=sent, headers=betas)
    assert response.status_code == 200
    assert simulator.requests[0].body == (
        b'{"max_tokens":50,"messages":[{"role":"user", "content":"h\\u00e9 1.0"}], "stream":true,'
        b'"anthropic_version":"vertex-2023-10-16"}'
    )
    headers = {name.lower(): value for name, value in simulator.requests[0].headers}
    assert headers["anthropic-beta"] == "context-1m-2025-08-07"
    assert "anthropic-version" not in headers


@PATHS
async def test_claude_code_routers_form_works(path: str, client: httpx2.AsyncClient, simulator: Simulator) -> None:
    response = await client.post(path, json=body("ccr,sim-text"))
    assert response.status_code == 200, response.text
    expected = f"/v1/projects/my-project-2/locations/us-west1/{ANTHROPIC}/sim-text:rawPredict"
    assert simulator.requests[0].target == expected


async def test_an_api_key_does_without_a_project(client: httpx2.AsyncClient, simulator: Simulator) -> None:
    response = await client.post(CHAT, json=body("key,sim-text"))
    assert response.status_code == 200, response.text
    assert simulator.requests[0].target == f"/v1beta1/{GOOGLE}/sim-text:generateContent"
    assert "authorization" not in {name.lower() for name, _ in simulator.requests[0].headers}


@BOTH
async def test_tokens_are_counted_there(provider: str, client: httpx2.AsyncClient, simulator: Simulator) -> None:
    asked = {"model": f"{provider},sim-text", "messages": [{"role": "user", "content": "hi"}], "tools": TOOLS[MESSAGES]}
    response = await client.post(f"{MESSAGES}/count_tokens", json=asked)
    assert response.json()["input_tokens"] > 0
    place = "count-tokens:rawPredict" if provider == "claude" else "sim-text:countTokens"
    assert simulator.requests[0].target == f"{AT[provider]}/{place}"


async def test_a_client_of_gemini_is_counted_for_and_answered(client: httpx2.AsyncClient, simulator: Simulator) -> None:
    contents = {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}
    url = "/v1beta/models/gemini%2Csim-text"
    counted = await client.post(
        f"{url}:countTokens", json={"generateContentRequest": {"model": "models/x", **contents}}
    )
    assert counted.json()["totalTokens"] > 0, counted.text
    assert json.loads(simulator.requests[0].body) == contents
    answered = await client.post(f"{url}:streamGenerateContent?alt=sse", json={**contents, "store": False})
    assert events(answered.text)[-1]["candidates"][0]["finishReason"] == "STOP"


async def test_a_login_that_google_refuses_says_what_to_do_and_calls_nobody(
    client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    response = await client.post(MESSAGES, json=body("wrong,sim-text"))
    assert response.status_code == 401
    assert "gcloud auth application-default login" in told(response)[1]
    assert "canary" not in response.text
    assert simulator.requests == []


async def test_a_token_that_the_provider_refuses_is_exchanged_once_a_while(
    client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    refused = {"error": {"code": 401, "message": f"bad token {CANARY}", "status": "UNAUTHENTICATED"}}
    for status in (200, 401):
        simulator.enqueue(Canned(status=401, body=json.dumps(refused).encode()))
        response = await client.post(MESSAGES, json=body("gemini,sim-text"))
        assert response.status_code == status
        assert CANARY not in response.text
    assert len(simulator.requests) == 3


@pytest.mark.parametrize(
    ("options", "status", "kind"),
    [
        ("overflow", 400, "invalid_request_error"),
        ("status=429", 429, "rate_limit_error"),
        ("status=429,message=Resource exhausted%2C please try again later.", 529, "overloaded_error"),
        ("status=403", 403, "permission_error"),
        ("status=404", 404, "not_found_error"),
        ("status=529", 529, "overloaded_error"),
    ],
)
@BOTH
async def test_errors_are_told_in_the_clients_words(
    provider: str, options: str, status: int, kind: str, client: httpx2.AsyncClient
) -> None:
    response = await client.post(MESSAGES, json=body(f"{provider},sim-text!{options}", stream=True))
    assert (response.status_code, response.json()["error"]["type"]) == (status, kind), response.text
    if options == "overflow":
        assert told(response)[1].startswith("prompt is too long: ")


@PATHS
@BOTH
async def test_a_stream_that_breaks_is_told_as_broken(path: str, provider: str, client: httpx2.AsyncClient) -> None:
    for options in ("error-event=2", "cut=e2", "drop=e2"):
        response = await client.post(path, json=body(f"{provider},sim-text!{options}", stream=True))
        last = events(response.text)[-1] if response.status_code == 200 else response.json()
        assert "error" in last, response.text
        assert "message_stop" not in response.text
        assert "[DONE]" not in response.text


MACHINE = """{{Providers: [{{name: "claude", type: "vertex-claude", api_base_url: "{url}", models: ["sim-text"]}}]}}"""


async def test_a_machine_of_googles_has_its_own_token(
    simulator: Simulator, google: GoogleWorld, tmp_path: Path
) -> None:
    host = google.url.removeprefix("http://")
    env = {"GCE_METADATA_HOST": host, "GCE_METADATA_IP": host, "GOOGLE_CLOUD_PROJECT": "my-project-1"}
    async with process(tmp_path, MACHINE.format(url=simulator.url), **env) as running:
        response = await running.ask("sim-text")
        assert response.status_code == 200, response.text + running.log
    assert simulator.requests[0].target == f"/v1/projects/my-project-1/locations/global/{ANTHROPIC}/sim-text:rawPredict"
    assert CANARY not in running.log


async def test_gcloud_login_is_found_where_gcloud_puts_it(
    simulator: Simulator, google: GoogleWorld, tmp_path: Path
) -> None:
    folder = tmp_path / ".config" / "gcloud"
    folder.mkdir(parents=True)
    login = service_account(f"{google.url}/token")
    written(folder, login, "application_default_credentials.json")
    env = {"GOOGLE_CLOUD_PROJECT": "my-project-1", "NO_GCE_CHECK": "true"}
    async with process(tmp_path, MACHINE.format(url=simulator.url), **env) as running:
        response = await running.ask("sim-text")
        assert response.status_code == 200, response.text + running.log
    assert "canary" not in running.log
    assert "PRIVATE" not in running.log
