"""Transformers that users wrote, in JavaScript and Python: each in a real process, between the normalizer and a
provider."""

import asyncio
import json
import os
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio
import structlog

from fairlead.normalizer.custom import Chain, Workshop
from fairlead.normalizer.custom.worker import command_of
from fairlead.shared.config.schema import CustomTransformer, Provider, TransformerUse
from fairlead.shared.failure import FailureError
from fairlead.shared.runtime.http import AiohttpTransport
from fairlead.simulator import Canned, Simulator, Text, say

from ..conftest import CANARY, normalizer
from ..talk import CHAT, MESSAGES, TEXT, body, events, text_of, text_of_stream, told

pytestmark = pytest.mark.asyncio(loop_scope="module")

if shutil.which("node") is None:
    if "node" in os.environ.get("FAIRLEAD_REQUIRE", "").split(","):
        raise RuntimeError("FAIRLEAD_REQUIRE names node, but there is none")
    pytest.skip("there is no node on this machine: no transformer in JavaScript is tested", allow_module_level=True)

DOCUMENTED = re.search(
    r"```js\n(.*?)```", (Path(__file__).parents[4] / "docs/transformers.md").read_text(encoding="utf-8"), re.DOTALL
)
PYTHON = """
name = "python"

def transform_request_in(request, provider, context):
    print("seen", provider.name)
    request["seen_by"] = request.get("seen_by", []) + ["python"]
    return {"body": request, "config": {"headers": {"x-from-python": provider.apiKey[:6]}}}

def transform_response_out(answer, context):
    if not answer.get("choices"):
        return answer
    said = answer["choices"][0]["delta" if context.stream else "message"]
    if said.get("content") == "(nothing)":
        return None
    if said.get("content"):
        said["content"] = said["content"].upper()
    return answer
"""
SCRIPTS = {
    "broken.mjs": "export default class { name = 'broken'; transformRequestIn() { throw new Error('no luck') } }",
    "wild.js": """
      module.exports = class {
        name = "wild";
        constructor(options) { this.options = options }
        async transformRequestIn(request, provider, context) {
          this.logger.info("asked for", request.model);
          const headers = { "x-options": JSON.stringify(this.options), authorization: this.options.b ? "Bearer " + provider.apiKey : undefined };
          const seen_by = [...(request.seen_by || []), "wild"];
          return { body: { ...request, seen_by }, config: { url: new URL("/v1/chat/completions?elsewhere=1", provider.baseUrl), headers } };
        }
      };""",
    "stuck.js": """
      module.exports = class {
        name = "stuck";
        async transformResponseOut(response) { while (true); }
      };""",
    "gone.js": "module.exports = class { name = 'gone'; transformRequestIn() { process.exit(3) } };",
    "empty.js": "module.exports = class { name = 'empty'; transformResponseOut() { return null } };",
    "no.js": "module.exports = class { name = 'no';",
    "deepseek.js": "module.exports = class { name = 'deepseek'; auth() {} transformRequestIn(r) { return {...r, own: 1} } };",
    "python.py": PYTHON,
}
PROVIDERS = """{{transformers: [{files}], Providers: [
  {{name: "lab", {at}, transformer: {{use: ["thoughts"], special: {{use: ["wild"]}}}}}},
  {{name: "py", {at}, transformer: {{use: ["python"]}}}},
  {{name: "two", {at}, transformer: {{use: [["wild", {{b: 2}}], "Python"]}}}},
  {{name: "broken", {at}, transformer: {{use: ["broken"]}}}},
  {{name: "gone", {at}, transformer: {{use: ["gone"]}}}},
  {{name: "empty", {at}, transformer: {{use: ["empty"]}}}},
  {{name: "own", {at}, transformer: {{use: ["DeepSeek"]}}}},
  {{name: "typo", {at}, transformer: {{use: ["thoughs"]}}}},
  {{name: "exact", {elsewhere}, transformer: {{use: ["thoughts"]}}}},
  {{name: "plain", {elsewhere}}},
]}}"""


def files(folder: Path, *names: str) -> str:
    assert DOCUMENTED is not None
    (folder / "thoughts.js").write_text(DOCUMENTED[1])
    for name, text in SCRIPTS.items():
        (folder / name).write_text(text)
    rows = [{"path": str(folder / name), "options": {"a": 1, "team": "core"}} for name in names]
    return ",".join(json.dumps({**row, "name": "deepseek"} if "deepseek" in row["path"] else row) for row in rows)


def at(simulator: Simulator) -> str:
    return f'api_base_url: "{simulator.url}/v1/chat/completions", api_key: "{CANARY}", models: ["m", "special"]'


def config(rows: str, simulator: Simulator) -> str:
    chat = at(simulator)
    return PROVIDERS.format(files=rows, at=chat, elsewhere=chat.replace("/v1/chat/completions", "/v1/messages"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(
    running_simulator: Simulator, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[httpx2.AsyncClient]:
    names = ("thoughts.js", "wild.js", "python.py", "broken.mjs", "gone.js", "empty.js", "deepseek.js")
    rows = files(tmp_path_factory.mktemp("plugins"), *names)
    async with normalizer(config(rows, running_simulator)) as client:
        yield client


def sent(simulator: Simulator) -> dict[str, Any]:
    return json.loads(simulator.requests[-1].body)


def answer(**message: Any) -> Canned:
    whole = {"id": "c", "object": "chat.completion", "created": 1, "model": "m"}
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", **message}}
    headers = (("content-type", "application/json"), ("x-ratelimit-remaining-requests", "7"))
    return Canned(headers=headers, body=json.dumps({**whole, "choices": [choice]}).encode())


def stream(*deltas: dict[str, Any], cut: bool = False) -> Canned:
    choices = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    last = [] if cut else [{"index": 0, "delta": {}, "finish_reason": "stop"}]
    chunks = [f"data: {json.dumps({'id': 'c', 'model': 'm', 'choices': [one]})}\n\n" for one in [*choices, *last]]
    end = [] if cut else ["data: [DONE]\n\n"]
    whole = "".join([*chunks, *end]).encode()
    # In pieces that heed neither lines nor characters.
    pieces = tuple(whole[at : at + 17] for at in range(0, len(whole), 17))
    return Canned(headers=(("content-type", "text/event-stream"),), chunks=pieces)


@pytest.mark.parametrize(
    ("thinking", "told_as"),
    [({"type": "enabled", "budget_tokens": 2_000}, True), ({"type": "disabled"}, False), (None, False)],
)
async def test_the_documented_one_changes_requests(
    thinking: Any, told_as: bool, client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    simulator.enqueue(answer(content="Yes."))
    more = {} if thinking is None else {"thinking": thinking}
    response = await client.post(MESSAGES, json=body("lab,m", **more))
    assert response.status_code == 200, response.text
    assert sent(simulator)["chat_template_kwargs"] == {"thinking": told_as}
    assert "reasoning" not in sent(simulator)
    assert sent(simulator)["messages"] == [{"role": "user", "content": "hi"}]
    assert dict(simulator.requests[-1].headers)["x-team"] == "core"


async def test_the_documented_one_reads_whole_answers(client: httpx2.AsyncClient, simulator: Simulator) -> None:
    simulator.enqueue(answer(content="Grüße.", thoughts="Hm, 🎈."))
    response = await client.post(MESSAGES, json=body("lab,m"))
    kinds = [(block["type"], block.get("thinking") or block.get("text")) for block in response.json()["content"]]
    assert kinds == [("thinking", "Hm, 🎈."), ("text", "Grüße.")]
    assert response.headers["x-ratelimit-remaining-requests"] == "7"


@pytest.mark.parametrize("path", [MESSAGES, CHAT])
async def test_the_documented_one_reads_streams(path: str, client: httpx2.AsyncClient, simulator: Simulator) -> None:
    simulator.enqueue(stream({"thoughts": "Hm, "}, {"thoughts": "🎈."}, {"content": "Grüße "}, {"content": "an alle."}))
    response = await client.post(path, json=body("lab,m", stream=True))
    assert text_of_stream(path, response.text) == "Grüße an alle."
    if path == MESSAGES:
        deltas = [event["delta"] for event in events(response.text) if event["type"] == "content_block_delta"]
        assert "".join(delta.get("thinking", "") for delta in deltas) == "Hm, 🎈."
        assert '"type":"message_stop"' in response.text


async def test_a_stream_that_breaks_off_is_told_as_such(client: httpx2.AsyncClient, simulator: Simulator) -> None:
    simulator.enqueue(stream({"content": "Half of"}, cut=True))
    response = await client.post(MESSAGES, json=body("lab,m", stream=True))
    assert text_of_stream(MESSAGES, response.text) == "Half of"
    assert "event: error" in response.text
    assert '"type":"message_stop"' not in response.text


async def test_an_error_of_the_provider_is_the_providers(client: httpx2.AsyncClient, simulator: Simulator) -> None:
    simulator.enqueue(Canned(status=400, body=b'{"error": {"message": "that is too much"}}'))
    response = await client.post(MESSAGES, json=body("lab,m"))
    assert (response.status_code, told(response)[1]) == (400, "that is too much")


async def test_a_chain_of_a_model_comes_after_its_providers(client: httpx2.AsyncClient, simulator: Simulator) -> None:
    simulator.enqueue(say(Text(TEXT)))
    await client.post(MESSAGES, json=body("lab,special"))
    request = simulator.requests[-1]
    assert request.target == "/v1/chat/completions?elsewhere=1"
    headers = dict(request.headers)
    assert json.loads(headers["x-options"]) == {"a": 1, "team": "core"}
    assert "authorization" not in headers
    assert "chat_template_kwargs" in sent(simulator)


async def test_one_in_python_changes_requests_and_answers(client: httpx2.AsyncClient, simulator: Simulator) -> None:
    simulator.enqueue(
        answer(content="Yes."), stream({"content": "(nothing)"}, {"content": "Grüße "}, {"content": "an alle."})
    )
    response = await client.post(MESSAGES, json=body("py,m"))
    assert text_of(MESSAGES, response.json()) == "YES."
    assert dict(simulator.requests[-1].headers)["x-from-python"] == CANARY[:6]
    streamed = await client.post(MESSAGES, json=body("py,m", stream=True))
    assert text_of_stream(MESSAGES, streamed.text) == "GRÜSSE AN ALLE."


@pytest.mark.parametrize("provider", ["lab", "py"])
async def test_what_ends_lines_elsewhere_ends_none_between_us(
    provider: str, client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    simulator.enqueue(answer(content="Yes."))
    said = "one\u2028two\u2029three\x85four\r\nfive"
    response = await client.post(MESSAGES, json=body(f"{provider},m", messages=[{"role": "user", "content": said}]))
    assert response.status_code == 200, response.text
    assert sent(simulator)["messages"] == [{"role": "user", "content": said}]


async def test_several_work_in_their_order_each_with_its_options(
    client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    simulator.enqueue(stream({"content": "a"}))
    response = await client.post(MESSAGES, json=body("two,m", stream=True))
    assert text_of_stream(MESSAGES, response.text) == "A"
    assert sent(simulator)["seen_by"] == ["wild", "python"]
    assert json.loads(dict(simulator.requests[-1].headers)["x-options"]) == {"a": 1, "team": "core", "b": 2}


async def test_many_streams_at_once_stay_apart(client: httpx2.AsyncClient, simulator: Simulator) -> None:
    simulator.enqueue(*[stream(*[{"content": f"{word} "}] * 50) for word in "abcdefgh"])
    asked = [client.post(MESSAGES, json=body("lab,m", stream=True)) for _ in "abcdefgh"]
    texts = [text_of_stream(MESSAGES, response.text) for response in await asyncio.gather(*asked)]
    assert sorted(texts) == [f"{word} " * 50 for word in "abcdefgh"]


@pytest.mark.parametrize(
    ("provider", "says"),
    [
        ("broken", r"the transformer broken \(\S+/broken\.mjs\) failed: Error: no luck"),
        ("gone", r"the transformer gone \(\S+/gone\.js\) (?:ended|Connection lost|.*reset.*)"),
        ("empty", r"the transformer empty \(\S+/empty\.js\) failed: Error: transformResponseOut returns no Response"),
    ],
)
async def test_what_is_wrong_is_told_with_the_name_and_the_file(
    provider: str, says: str, client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    simulator.enqueue(say(Text(TEXT)))
    response = await client.post(MESSAGES, json=body(f"{provider},m"))
    assert response.status_code == 500
    assert response.headers["x-fairlead-failure"] == "upstream_error"
    assert re.fullmatch(says, told(response)[1]), told(response)


async def test_one_that_is_named_as_a_built_in_one_takes_its_place(
    client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    simulator.enqueue(say(Text(TEXT)))
    await client.post(MESSAGES, json=body("own,m", max_tokens=20_000))
    assert sent(simulator)["own"] == 1
    assert sent(simulator)["max_tokens"] == 20_000


async def test_a_name_of_nobody_is_left_out(client: httpx2.AsyncClient, simulator: Simulator) -> None:
    simulator.enqueue(say(Text(TEXT)))
    response = await client.post(MESSAGES, json=body("typo,m"))
    assert text_of(MESSAGES, response.json()) == TEXT


async def test_chat_is_sent_to_the_very_url_that_is_configured(
    client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    simulator.enqueue(answer(content="Yes."))
    response = await client.post(MESSAGES, json=body("exact,m", system="s"))
    assert text_of(MESSAGES, response.json()) == "Yes."
    assert simulator.requests[-1].target == "/v1/messages"
    assert sent(simulator)["messages"][0] == {"role": "system", "content": "s"}


async def test_others_are_not_touched(client: httpx2.AsyncClient, simulator: Simulator) -> None:
    await client.post(MESSAGES, json=body("plain,m", system="s"))
    assert (simulator.requests[-1].target, sent(simulator)["system"]) == ("/v1/messages", "s")


async def test_one_that_hangs_is_ended_and_the_others_go_on(
    tmp_path: Path, running_simulator: Simulator, simulator: Simulator
) -> None:
    files(tmp_path)
    paths = [CustomTransformer(str(tmp_path / name), {"team": "x"}) for name in ("stuck.js", "thoughts.js")]
    log = structlog.get_logger()
    workshop, wire = Workshop(paths, lambda: 0.0, log, patience=1), AiohttpTransport()
    provider = Provider("lab", running_simulator.url, "openai", "openai")

    async def asked(name: str) -> httpx2.Response:
        simulator.enqueue(answer(content="Yes."))
        url = f"{running_simulator.url}/v1/chat/completions"
        request = httpx2.Request("POST", url, headers={"authorization": f"Bearer {CANARY}"}, json={"model": "m"})
        return await Chain(wire, [TransformerUse(name, custom=True)], workshop, provider).handle_async_request(request)

    try:
        with pytest.raises(FailureError, match=r"the transformer stuck \(\S+\) said nothing for 1 s"):
            await asked("stuck")
        with pytest.raises(FailureError, match="a moment ago, and is not asked again yet"):
            await asked("stuck")
        response = await asked("thoughts")
        assert b"Yes." in await response.aread()
        await response.aclose()
    finally:
        await workshop.aclose()
        await wire.aclose()


async def until(told: AsyncIterator[bytes], words: bytes) -> None:
    """Reads as far as there."""
    read = b""
    while words not in read:
        read += await anext(told)


async def test_a_stream_is_told_as_it_comes(tmp_path: Path) -> None:
    files(tmp_path)
    read, left = asyncio.Event(), asyncio.Event()
    pieces = [f"data: {json.dumps({'choices': [{'delta': {'thoughts': word}}]})}\n\n".encode() for word in "ab"]

    class Waiting(httpx2.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield pieces[0]
            await read.wait()
            yield pieces[1]
            await asyncio.Event().wait()

        async def aclose(self) -> None:
            left.set()

    def serve(_request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers={"content-type": "text/event-stream"}, stream=Waiting())

    workshop = Workshop([CustomTransformer(str(tmp_path / "thoughts.js"))], lambda: 0.0, structlog.get_logger())
    way = Chain(
        httpx2.MockTransport(serve),
        [TransformerUse("thoughts", custom=True)],
        workshop,
        Provider("lab", "http://h", "openai", "openai"),
    )
    try:
        response = await way.handle_async_request(httpx2.Request("POST", "http://h", json={}))
        told = aiter(response.stream)  # type: ignore[arg-type]
        await until(told, b'"thinking":{"content":"a"}')
        read.set()
        await until(told, b'"thinking":{"content":"b"}')
        await response.aclose()
        assert left.is_set()
    finally:
        await workshop.aclose()


async def test_what_cannot_be_run_is_told_at_the_start_and_refused(
    tmp_path: Path, running_simulator: Simulator, logged: list[structlog.typing.EventDict]
) -> None:
    rows = files(tmp_path, "no.js", "absent.js", "python.py")
    async with normalizer(config(rows, running_simulator)) as client:
        response = await client.post(MESSAGES, json=body("lab,m"))
        assert (response.status_code, response.headers["x-fairlead-failure"]) == (501, "unsupported")
        said = told(response)[1]
        assert "the transformer thoughts cannot be used:" in said
        assert f"there is no file {tmp_path}/absent.js" in said
        assert "SyntaxError" in said
        (tmp_path / "no.js").write_text("module.exports = class { name = 'thoughts' };")
        assert "SyntaxError" not in told(await client.post(MESSAGES, json=body("broken,m")))[1]
        assert (await client.post(MESSAGES, json=body("lab,m"))).status_code == 200
    lines = [str(line.get("message")) for line in logged if line["event"] == "transformer"]
    assert any("SyntaxError" in line for line in lines)
    assert any("absent.js" in line for line in lines)


async def test_a_process_ends_with_who_started_it_whatever_timers_it_has(tmp_path: Path) -> None:
    script = tmp_path / "ticking.js"
    script.write_text("setInterval(() => {}, 1000); module.exports = class { name = 'ticking' };")
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command_of(CustomTransformer(str(script))), stdin=pipe, stdout=pipe)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b'{"id": 1, "do": "load", "options": {}}\n')
    assert b"ticking" in await process.stdout.readline()
    process.stdin.close()
    assert await process.wait() == 0
