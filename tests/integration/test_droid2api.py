"""A droid2api user's file starts the normalizer as it stands, and his clients go on working."""

import json
from collections.abc import Iterator
from pathlib import Path

import openai
import pytest

from .other_clients import CLIENTS, ask
from .processes import Process
from .provider import Provider, header
from .stack import CLIENT_KEY, PROVIDER_KEY, Service, Stack, free_ports
from .test_other_clients import here

IDENTITY = "You are Droid, an AI software engineering agent built by Factory.\n\n"
ENDPOINTS = {
    "openai": "/api/llm/o/v1/responses",
    "anthropic": "/api/llm/a/v1/messages",
    "google": "/api/llm/g/v1/generate",
    "common": "/api/llm/o/v1/chat/completions",
}
MODELS = {
    "claude-opus-4-6": "anthropic",
    "gpt-5.4": "openai",
    "glm-5": "common",
    "gemini-3-flash-preview": "google",
}

# What containers could add here is shown by the other tests.
pytestmark = pytest.mark.parametrize("stack", ["processes"], indirect=True, scope="session")


class Droid2api:
    """The normalizer alone, where droid2api stood: to clients of either service it is the one that is there."""

    name = "droid2api"

    def __init__(self, process: Process, simulator: str) -> None:
        self.router = self.normalizer = process.url
        self.simulator = simulator
        self._process = process

    def stop(self, service: Service) -> int:
        return self._process.stop()

    def start(self, service: Service) -> None:
        self._process.start()

    def log(self, service: Service) -> str:
        return self._process.log.read_text()


@pytest.fixture(scope="module")
def droid(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Droid2api]:
    folder = tmp_path_factory.mktemp("droid2api")
    config = folder / "config.json"
    config.write_text(
        json.dumps(
            {
                "port": 3000,
                "model_redirects": {"claude-sonnet-4-5": "claude-opus-4-6"},
                "endpoint": [{"name": name, "base_url": stack.simulator + path} for name, path in ENDPOINTS.items()],
                "proxies": [],
                "models": [
                    {"name": id, "id": id, "type": kind, "reasoning": "auto", "provider": "factory"}
                    for id, kind in MODELS.items()
                ],
                "system_prompt": IDENTITY,
                "user_agent": "factory-cli/0.85.0",
                "dev_mode": False,
            }
        )
    )
    [port] = free_ports(1)
    env = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "FACTORY_API_KEY": PROVIDER_KEY}
    command = ["fairlead.normalizer", "--port", str(port), "--config", str(config)]
    process = Process("normalizer", command, env, folder / "normalizer.log", f"http://127.0.0.1:{port}")
    process.start()
    try:
        yield Droid2api(process, stack.simulator)
    finally:
        process.stop()


def test_it_starts_without_a_complaint(droid: Droid2api) -> None:
    levels = {json.loads(line)["level"] for line in droid.log("normalizer").splitlines()}
    assert levels == {"info"}


@pytest.mark.parametrize("model", [*MODELS, "claude-sonnet-4-5"])
def test_the_openai_sdk_is_answered(model: str, droid: Droid2api, provider: Provider) -> None:
    with openai.OpenAI(api_key=CLIENT_KEY, base_url=f"{droid.normalizer}/v1", max_retries=0, timeout=30) as client:
        whole = client.chat.completions.create(model=model, messages=[{"role": "user", "content": "hi"}])
        with client.responses.stream(model=model, input="hi") as stream:
            streamed = stream.get_final_response()
        assert model in {one.id for one in client.models.list()}
    assert whole.choices[0].message.content
    assert streamed.output_text == whole.choices[0].message.content


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("codex", "claude-opus-4-6"),
        ("codex", "gpt-5.4"),
        ("opencode, chat", "gpt-5.4"),
        ("opencode, chat", "gemini-3-flash-preview"),
        ("opencode, messages", "glm-5"),
        ("opencode, responses", "claude-opus-4-6"),
        ("gemini-cli", "gemini-3-flash-preview"),
    ],
)
def test_an_agent_writes_a_file(
    name: str, model: str, droid: Droid2api, provider: Provider, tmp_path: Path, project: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    done = ask(here(CLIENTS[name]), droid, model, home, project)
    written = project / "wanted.txt"
    assert written.is_file(), f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    assert written.read_text().startswith("hello from afar")
    records = provider.requests(ENDPOINTS[MODELS[model]])
    assert {record["status"] for record in records} == {200}
    assert all(header(record, "x-session-id") for record in records)
