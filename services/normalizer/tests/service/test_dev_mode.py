"""What is said is in the log word for word where `dev_mode` asks for it, and nowhere else; secrets never are."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
import pytest_asyncio
import structlog

from fairlead.normalizer.transcript import SHOWN
from fairlead.simulator import Simulator

from ..conftest import CANARY, normalizer
from ..talk import CHAT, MESSAGES, body

pytestmark = pytest.mark.asyncio(loop_scope="module")

FILE = """{{
  endpoint: [{{name: "anthropic", base_url: "{url}/v1/messages"}}, {{name: "common", base_url: "{url}/v1/chat/completions"}}],
  models: [{{id: "sim-text", type: "anthropic"}}, {{id: "sim-echo", type: "common"}}],
  dev_mode: {dev_mode},
}}"""
PROMPT = "the words that were said"
Logged = list[structlog.typing.EventDict]


@pytest_asyncio.fixture(loop_scope="module", params=[True, False])
async def dev_mode(request: pytest.FixtureRequest) -> bool:
    mode: bool = request.param
    return mode


@pytest_asyncio.fixture(loop_scope="module")
async def client(running_simulator: Simulator, dev_mode: bool) -> AsyncIterator[httpx2.AsyncClient]:
    text = FILE.format(url=running_simulator.url, dev_mode=str(dev_mode).lower())
    async with normalizer(text) as client:
        client.headers["authorization"] = f"Bearer {CANARY}"
        yield client


def asked(model: str, prompt: str, **more: Any) -> dict[str, Any]:
    return body(model, messages=[{"role": "user", "content": prompt}], **more)


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("path", [CHAT, MESSAGES])
async def test_bodies_are_logged_only_when_that_is_asked_for(
    client: httpx2.AsyncClient, dev_mode: bool, path: str, stream: bool, logged: Logged
) -> None:
    response = await client.post(path, json=asked("sim-echo", PROMPT, stream=stream), headers={"x-request-id": "r-1"})
    assert response.status_code == 200
    told = {str(entry["event"]): entry for entry in logged if PROMPT.split()[-1] in str(entry.get("body"))}
    assert list(told) == (["said by the client", "sent to the provider", "told to the client"] if dev_mode else [])
    assert {entry["request_id"] for entry in told.values()} <= {"r-1"}
    if not dev_mode:
        assert PROMPT not in str(logged)


@pytest.mark.parametrize("dev_mode", [True], indirect=True)
async def test_no_credential_is_logged_though_the_conversation_repeats_it(
    client: httpx2.AsyncClient, logged: Logged
) -> None:
    response = await client.post(CHAT, json=asked("sim-echo", f"my key is {CANARY}"))
    assert CANARY in response.text
    assert "my key is ***" in str(logged)
    assert CANARY not in str(logged)


@pytest.mark.parametrize("dev_mode", [True], indirect=True)
async def test_of_a_large_body_the_beginning_is_logged(client: httpx2.AsyncClient, logged: Logged) -> None:
    await client.post(MESSAGES, json=asked("sim-text", "x" * (2 * SHOWN)))
    bodies = [str(entry["body"]) for entry in logged if entry["event"] == "said by the client"]
    assert [len(text) < SHOWN + 40 and text.endswith("bytes)") for text in bodies] == [True]


async def test_what_there_is_to_ask_stands_at_the_root(client: httpx2.AsyncClient) -> None:
    about = (await client.get("/")).json()
    assert about["name"] == "fairlead normalizer"
    assert {"GET /v1/models", f"POST {MESSAGES}", f"POST {CHAT}", "POST /v1/responses", "POST /v1/generate"} <= set(
        about["endpoints"]
    )
    assert len(set(about["endpoints"])) == len(about["endpoints"])
    assert "canary" not in json.dumps(about)
