"""Several keys over real sockets, before a provider that takes only one of them."""

from pathlib import Path

import pytest

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
