"""A preset beside the configuration, through both services: its own provider and Router, for HTTP and for Claude Code."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest

from fairlead.simulator.recorder import fingerprint

from .claude_code import ClaudeCode, Installed, present, versions
from .conftest import keyed
from .processes import POLL, ProcessStack, process_stack
from .provider import Provider, header
from .stack import CLIENT_KEY, PROVIDER_KEY
from .test_claude_code import assert_succeeded

WITHIN = 20.0
OWN_KEY = "canary-preset-key-2f7d"
CONFIG = """{
  APIKEY: "${CLIENT_KEY}",
  Providers: [{name: "p", type: "anthropic", api_base_url: "${SIMULATOR_URL}/v1/messages", api_key: "${PROVIDER_KEY}",
               models: ["sim-text"]}],
  Router: {default: "p,sim-text"},
}"""
PRESET = """{
  name: "work", version: "1.0.0",
  schema: [{id: "key", type: "password"}, {id: "model", type: "select", defaultValue: "claude-main"}],
  userValues: {key: "OWN_KEY"},
  template: {
    Providers: [{name: "own", api_base_url: "${SIMULATOR_URL}/v1/chat/completions", api_key: "#{key}", models: []}],
    Router: {default: "own,#{model}"},
  },
  configMappings: [{target: "Providers[0].models[0]", value: "#{model}"}],
}""".replace("OWN_KEY", OWN_KEY)
ASKED = {"model": "claude-x", "max_tokens": 50, "stream": True, "messages": [{"role": "user", "content": "hi"}]}


def install(folder: Path, name: str, text: str) -> None:
    (folder / "presets" / name).mkdir(parents=True)
    (folder / "presets" / name / "manifest.json").write_text(text)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("presets")
    (made / "config.json").write_text(CONFIG)
    install(made, "work", PRESET)
    install(made, "keyless", PRESET.replace(OWN_KEY, "$NOBODY_SETS_IT"))
    install(made, "broken", "{\nRouter: {default: 'nobody,m'}}")
    return made


@pytest.fixture(scope="module")
def stack(folder: Path) -> Iterator[ProcessStack]:
    with process_stack(folder, folder / "config.json", demands=()) as running:
        yield running


@pytest.fixture
def provider(stack: ProcessStack) -> Iterator[Provider]:
    made = Provider(stack.simulator)
    made.reset()
    yield made
    made.close()


@pytest.fixture
async def router(stack: ProcessStack) -> AsyncIterator[httpx2.AsyncClient]:
    async with keyed(stack.router) as client:
        yield client


async def test_a_presets_request_goes_to_its_provider_with_its_key(
    router: httpx2.AsyncClient, provider: Provider
) -> None:
    answer = await router.post("/preset/work/v1/messages", json=ASKED)
    assert (answer.status_code, answer.headers["x-fairlead-route"]) == (200, "work/own,claude-main")
    assert answer.text.rstrip().endswith('{"type":"message_stop"}')
    [sent] = provider.requests()
    assert (sent["target"], json.loads(sent["body"])["model"]) == ("/v1/chat/completions", "claude-main")
    assert header(sent, "authorization") == fingerprint(f"Bearer {OWN_KEY}")


async def test_all_others_are_served_as_before(router: httpx2.AsyncClient, provider: Provider) -> None:
    answer = await router.post("/v1/messages", json=ASKED)
    assert answer.headers["x-fairlead-route"] == "p,sim-text"
    assert header(provider.requests()[0], "x-api-key") == fingerprint(PROVIDER_KEY)


async def test_its_tokens_are_counted(router: httpx2.AsyncClient) -> None:
    answer = await router.post("/preset/work/v1/messages/count_tokens", json=ASKED)
    assert answer.json()["input_tokens"] > 0


async def test_models_are_listed_where_they_can_be_asked_for(router: httpx2.AsyncClient) -> None:
    for base, models in (("", ["p,sim-text"]), ("/preset/work", ["work/own,claude-main"])):
        listed = (await router.get(f"{base}/v1/models")).json()["data"]
        assert [one["id"] for one in listed] == models


async def test_a_preset_with_a_mistake_is_told_with_its_line_and_those_that_are_served(
    stack: ProcessStack, router: httpx2.AsyncClient
) -> None:
    assert "broken/manifest.json:2" in stack.log("router")
    assert "(the preset broken is not served)" in stack.log("normalizer")
    answer = await router.post("/preset/nothing/v1/messages", json=ASKED)
    assert answer.status_code == 404
    assert answer.json()["error"]["message"] == "there is no preset nothing; there is keyless, work"


async def test_a_preset_whose_variable_is_not_set_says_so_to_who_asks_for_it(router: httpx2.AsyncClient) -> None:
    answer = await router.post("/preset/keyless/v1/messages", json=ASKED | {"stream": False})
    assert answer.status_code >= 400
    assert "the variable NOBODY_SETS_IT is not set" in answer.json()["error"]["message"]


async def test_a_preset_that_is_put_there_is_served_without_a_restart(folder: Path, router: httpx2.AsyncClient) -> None:
    install(folder, "later", PRESET)
    deadline = time.monotonic() + WITHIN
    while (answer := await router.post("/preset/later/v1/messages", json=ASKED)).status_code != 200:
        assert time.monotonic() < deadline, answer.text
        await asyncio.sleep(POLL)
    assert answer.headers["x-fairlead-route"] == "later/own,claude-main"


async def test_no_secret_of_a_preset_is_in_a_log(stack: ProcessStack) -> None:
    assert not any(OWN_KEY in stack.log(service) for service in ("router", "normalizer"))


@pytest.mark.claude_code
@pytest.mark.parametrize("found", versions()[-1:])
def test_claude_code_works_below_a_presets_path(
    stack: ProcessStack, provider: Provider, found: Installed | None, tmp_path: Path, project: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    claude = ClaudeCode(present(found), f"{stack.router}/preset/work", CLIENT_KEY, home, project)
    run = claude.run("Create a file hello.txt containing hello world", model="claude-opus-5-5")
    assert_succeeded(run)
    assert (project / "hello.txt").read_text().strip() == "hello world"
    assert {json.loads(record["body"])["model"] for record in provider.requests()} == {"claude-main"}
