"""Several keys over real sockets, before a provider that takes only one of them."""

from pathlib import Path

import pytest

from fairlead.shared.failure import Kind
from fairlead.shared.key_told import read
from fairlead.simulator import Canned, Simulator

from ..conftest import CANARY, normalizer
from ..talk import CHAT, MESSAGES, TEXT, body, text_of, text_of_stream, told

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONFIG = """{{Providers: [
  {{name: "two", api_base_url: "{url}/v1", api_keys: ["wrong-key", "{key}"], models: ["sim-text"]}},
  {{name: "file", api_base_url: "{url}/v1/messages", api_key_file: "{file}", models: ["sim-text"]}},
]}}"""


@pytest.mark.parametrize("path", [CHAT, MESSAGES])
async def test_whoever_asks_is_answered_and_the_wrong_key_is_tried_once(
    path: str, simulator: Simulator, tmp_path: Path
) -> None:
    config = CONFIG.format(url=simulator.url, key=CANARY, file=tmp_path / "none")
    async with normalizer(config) as client:
        for number in range(12):
            session = {"x-session-id": f"s{number}"}
            whole = await client.post(path, json=body("two,sim-text"), headers=session)
            streamed = await client.post(path, json=body("two,sim-text", stream=True), headers=session)
            assert (text_of(path, whole.json()), text_of_stream(path, streamed.text)) == (TEXT, TEXT)
        two = (await client.get("/api/credentials")).json()["credentials"][:2]
    assert len(simulator.requests) == 25
    assert [one["state"] for one in two] == ["refused", "ok"]


async def test_when_every_key_is_at_its_limit_the_client_is_told_when_to_come_back(tmp_path: Path) -> None:
    async with Simulator() as simulator:
        for seconds in ("30", "40"):
            wait = (("retry-after", seconds),)
            simulator.enqueue(Canned(status=429, headers=wait, body=b'{"error":{"message":"slow"}}'))
        config = CONFIG.format(url=simulator.url, key=CANARY, file=tmp_path / "none")
        async with normalizer(config) as client:
            first = await client.post(CHAT, json=body("two,sim-text"))
            second = await client.post(CHAT, json=body("two,sim-text"))
        assert len(simulator.requests) == 2
    assert (first.status_code, second.status_code) == (429, 429)
    assert 20 <= int(second.headers["retry-after"]) <= 30
    assert "all 2 keys of the provider two are at their limits" in told(second)[1]


async def test_a_key_in_a_file_is_exchanged_without_a_restart(simulator: Simulator, tmp_path: Path) -> None:
    file = tmp_path / "key"
    async with normalizer(CONFIG.format(url=simulator.url, key=CANARY, file=file)) as client:
        missing = await client.post(MESSAGES, json=body("file,sim-text"))
        assert (missing.status_code, str(file) in told(missing)[1]) == (401, True)
        for text, status in (("wrong", 401), (f"{CANARY}\n", 200)):
            file.write_text(text)
            assert (await client.post(MESSAGES, json=body("file,sim-text"))).status_code == status


async def test_the_router_is_told_by_label_which_key_it_was_and_how_the_others_stand(tmp_path: Path) -> None:
    config = """{{Providers: [
      {{name: "three", api_base_url: "{url}/v1", api_keys: ["key-a", "key-b", "{key}"], models: ["sim-text"]}},
    ]}}"""
    async with Simulator() as simulator, normalizer(config.format(url=simulator.url, key=CANARY)) as client:
        for seconds in ("30", "40"):
            wait = (("retry-after", seconds),)
            simulator.enqueue(Canned(status=429, headers=wait, body=b'{"error":{"message":"slow"}}'))
        router = {"x-fairlead-attempt": "1", "x-session-id": "s"}
        refused = await client.post(CHAT, json=body("three,sim-text"), headers=router)
        state = read(refused.headers["x-fairlead-key"].encode())
        assert state is not None
        assert (refused.status_code, state.keys, state.ready, [one.kind for one in state.failed]) == (
            (429, 3, 1, [Kind.RATE_LIMIT])
        )
        assert state.back is not None
        assert 20 < state.back <= 30
        third = ({"1", "2", "3"} - {state.label, state.failed[0].label}).pop()
        shown = (await client.get("/api/credentials")).json()["credentials"]
        direct = await client.post(CHAT, json=body("three,sim-text"), headers={"x-session-id": "s"})
    assert [one["label"] for one in shown] == ["1", "2", "3"]
    assert [one["label"] for one in shown if one["state"] == "ok"] == [third]
    assert "x-fairlead-key" not in direct.headers
    assert "key-" not in refused.headers["x-fairlead-key"]


async def test_what_a_provider_says_in_our_name_of_keys_is_not_passed_on() -> None:
    config = '{{Providers: [{{name: "p", api_base_url: "{url}/v1", api_key: "{key}", models: ["sim-text"]}}]}}'
    async with Simulator() as simulator, normalizer(config.format(url=simulator.url, key=CANARY)) as client:
        simulator.enqueue(Canned(status=429, headers=(("x-fairlead-key", "9;n=9;r=9"),), body=b"{}"))
        refused = await client.post(CHAT, json=body("p,sim-text"), headers={"x-fairlead-attempt": "1"})
    assert refused.headers["x-fairlead-key"].startswith("1;n=1;r=0;t=")
