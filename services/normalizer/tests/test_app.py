"""The whole service over real sockets: every pair of dialects, every bad request, every way a provider fails."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from fairlead.normalizer.app import World
from fairlead.simulator import Canned, Simulator

from .conftest import CANARY, CONFIG, normalizer

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHAT, MESSAGES = "/v1/chat/completions", "/v1/messages"
PROMPT = [{"role": "user", "content": "hi"}]
TEXT = "Hello from the simulator. This text is streamed in a few pieces."
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOLS = {
    CHAT: [{"type": "function", "function": {"name": "get_weather", "description": "Weather.", "parameters": SCHEMA}}],
    MESSAGES: [{"name": "get_weather", "description": "Weather.", "input_schema": SCHEMA}],
}
PAIRS = [(path, provider) for path in (CHAT, MESSAGES) for provider in ("ant", "oai")]
UPSTREAM = {"ant": "/v1/messages", "oai": "/v1/chat/completions"}


def body(model: str, **more: Any) -> dict[str, Any]:
    return {"model": model, "max_tokens": 500, "messages": PROMPT, **more}


def events(text: str) -> list[dict[str, Any]]:
    """The JSON of each event of a stream."""
    lines = [line.removeprefix("data: ") for line in text.splitlines() if line.startswith("data: ")]
    return [json.loads(line) for line in lines if line != "[DONE]"]


def text_of(path: str, answer: dict[str, Any]) -> str:
    if path == CHAT:
        return answer["choices"][0]["message"]["content"]
    return "".join(block["text"] for block in answer["content"] if block["type"] == "text")


def text_of_stream(path: str, text: str) -> str:
    if path == CHAT:
        deltas = [choice["delta"] for event in events(text) for choice in event["choices"]]
        return "".join(delta.get("content") or "" for delta in deltas)
    return "".join(event["delta"].get("text", "") for event in events(text) if event["type"] == "content_block_delta")


def calls_of(path: str, answer: dict[str, Any]) -> list[tuple[str, Any]]:
    if path == CHAT:
        calls = answer["choices"][0]["message"]["tool_calls"]
        return [(call["function"]["name"], json.loads(call["function"]["arguments"])) for call in calls]
    return [(block["name"], block["input"]) for block in answer["content"] if block["type"] == "tool_use"]


@pytest.mark.parametrize(("path", "provider"), PAIRS)
async def test_every_dialect_is_answered_by_every_provider(
    path: str, provider: str, client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    response = await client.post(path, json=body(f"{provider},sim-text"))
    assert response.status_code == 200
    assert text_of(path, response.json()) == TEXT
    assert simulator.requests[0].target == UPSTREAM[provider]
    assert json.loads(simulator.requests[0].body)["model"] == "sim-text"


@pytest.mark.parametrize(("path", "provider"), PAIRS)
async def test_every_dialect_is_streamed_by_every_provider(
    path: str, provider: str, client: httpx2.AsyncClient
) -> None:
    response = await client.post(path, json=body(f"{provider},sim-text", stream=True))
    assert response.headers["content-type"].startswith("text/event-stream")
    assert text_of_stream(path, response.text) == TEXT
    assert response.text.rstrip().endswith('data: {"type":"message_stop"}' if path == MESSAGES else "data: [DONE]")


@pytest.mark.parametrize(("path", "provider"), PAIRS)
async def test_tools_are_called_across_every_pair(path: str, provider: str, client: httpx2.AsyncClient) -> None:
    response = await client.post(path, json=body(f"{provider},sim-tool", tools=TOOLS[path]))
    calls = calls_of(path, response.json())
    assert [name for name, _ in calls] == ["get_weather"]
    assert isinstance(calls[0][1]["city"], str)


@pytest.mark.parametrize(
    ("path", "model", "rest"),
    [
        (MESSAGES, b"ant-only", b'"max_tokens":9,"messages":[{"role":"user", "content":"h\\u00e9"}],"tags":1.50'),
        (CHAT, b"oai-only", b'"messages":[{"role":"user", "content":"h\\u00e9"}],"x":1.50'),
    ],
)
async def test_a_request_in_the_providers_dialect_arrives_byte_for_byte_from_a_client_and_from_the_router(
    path: str, model: bytes, rest: bytes, client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    unchanged = b'{ "model" : "' + model + b'", ' + rest + b"}\n"
    named = b'{"model":"' + model[:3] + b"," + model + b'",' + rest + b"}"
    await client.post(path, content=unchanged)
    await client.post(path, content=named, headers={"x-fairlead-attempt": "1", "x-fairlead-lane": "native"})
    assert [record.body for record in simulator.requests] == [unchanged, b'{"model":"' + model + b'",' + rest + b"}"]


@pytest.mark.parametrize(
    ("path", "provider", "control"), [(MESSAGES, "ant", "sim-thinking"), (CHAT, "oai", "sim-unicode")]
)
@pytest.mark.parametrize("stream", [False, True])
async def test_an_answer_in_the_clients_dialect_comes_back_byte_for_byte(
    path: str, provider: str, control: str, stream: bool, client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    request = body(control, stream=stream)
    headers = {"anthropic-version": "2023-06-01"} if path == MESSAGES else {}
    async with httpx2.AsyncClient(base_url=simulator.url, headers=headers) as direct:
        expected = await direct.post(path, json=request, headers={"x-api-key": CANARY})
    response = await client.post(path, json={**request, "model": f"{provider},{control}"})
    assert response.content == expected.content


async def test_a_chat_client_gets_usage_in_a_stream_only_when_it_asks(client: httpx2.AsyncClient) -> None:
    quiet = await client.post(CHAT, json=body("ant,sim-text", stream=True))
    asking = await client.post(CHAT, json=body("ant,sim-text", stream=True, stream_options={"include_usage": True}))
    assert not any(event.get("usage") for event in events(quiet.text))
    assert events(asking.text)[-1]["usage"]["completion_tokens"] > 0


async def test_losses_are_shown_to_who_wants_to_see_them(client: httpx2.AsyncClient) -> None:
    lossy = body("ant,sim-text", seed=1)
    shown = await client.post(CHAT, json=lossy, headers={"x-fairlead-show-losses": "1"})
    assert shown.headers["x-fairlead-losses"] == "1"
    assert "x-fairlead-losses" not in (await client.post(CHAT, json=lossy)).headers


async def test_a_request_keeps_its_id_and_tells_the_providers(client: httpx2.AsyncClient) -> None:
    response = await client.post(MESSAGES, json=body("ant,sim-text"), headers={"x-request-id": "req_mine"})
    assert response.headers["request-id"] == "req_mine"
    assert response.headers["x-fairlead-upstream-id"].startswith("req_")


async def test_anthropics_headers_reach_anthropic_and_nothing_else_does(
    client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    headers = {
        "anthropic-beta": "a,b",
        "anthropic-unheard-of": "1",
        "x-claude-code-session-id": "s",
        "x-app": "cli",
        "x-fairlead-attempt": "1",
        "authorization": "Bearer of-the-client",
        "cookie": "c=1",
    }
    await client.post(MESSAGES, json=body("ant,sim-text"), headers=headers)
    assert {name.lower() for name, _ in simulator.requests[0].headers} == {
        "host", "content-length", "content-type", "accept", "accept-encoding", "user-agent", "x-api-key",
        "anthropic-version", "anthropic-beta", "anthropic-unheard-of", "x-claude-code-session-id",
    }  # fmt: skip
    assert simulator.requests[0].header("user-agent") == "fairlead/0.1.0"


# Bad requests ----------------------------------------------------------------------------------------------------------


def told(response: httpx2.Response) -> tuple[str, str]:
    """The dialect an error is told in, and its message."""
    error = response.json()
    if error.get("type") == "error":
        assert set(error) == {"type", "error", "request_id"}
        return "anthropic", error["error"]["message"]
    assert set(error["error"]) == {"message", "type", "param", "code"}
    return "openai", error["error"]["message"]


@pytest.mark.parametrize(("path", "dialect"), [(CHAT, "openai"), (MESSAGES, "anthropic")])
@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        (b"", 400, "not valid JSON"),
        (b"{", 400, "not valid JSON"),
        (b"[1]", 400, "must be a JSON object"),
        (b"{}", 400, "model: Field required"),
        (b'{"model":1}', 400, "model: "),
        (b'{"model":"nothing","messages":[]}', 404, "nothing is not served here"),
        (b'{"model":"ant,sim-text","stream":"x","max_tokens":1,"messages":[]}', 400, "stream"),
        (b'{"model":"sim-text","messages":[]}', 400, "several providers"),
        (b"[" * 100_000, 400, ""),
        (b'{"a":' + b"[" * 2_000 + b"]" * 2_000 + b"}", 400, "nested deeper"),
    ],
)
async def test_a_bad_request_is_refused_in_the_clients_words(
    path: str, dialect: str, content: bytes, status: int, words: str, client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    response = await client.post(path, content=content)
    assert response.status_code == status
    spoken, message = told(response)
    assert spoken == dialect
    assert words in message
    assert simulator.requests == []


@pytest.mark.parametrize(("path", "provider"), [(CHAT, "ant"), (MESSAGES, "oai")])
@pytest.mark.parametrize("messages", [7, [7], [{"role": "user"}], [{"role": "nobody", "content": "x"}]])
async def test_a_request_that_cannot_be_translated_is_refused(
    path: str, provider: str, messages: object, client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    response = await client.post(path, json=body(f"{provider},sim-text", messages=messages))
    assert response.status_code == 400
    assert "messages" in told(response)[1]
    assert simulator.requests == []


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "dialect"),
    [
        ("GET", "/v1/nothing", {}, 404, "openai"),
        ("GET", "/v1/nothing", {"anthropic-version": "2023-06-01"}, 404, "anthropic"),
        ("POST", "/v1/messages/nothing", {}, 404, "anthropic"),
        ("GET", CHAT, {}, 405, "openai"),
        ("PUT", MESSAGES, {}, 405, "anthropic"),
        ("GET", "/v1/messages/count_tokens", {}, 405, "anthropic"),
        ("POST", "/v1/models", {}, 405, "openai"),
        ("DELETE", "/health", {}, 405, "openai"),
        ("GET", "/v1/models/nothing", {"anthropic-version": "2023-06-01"}, 404, "anthropic"),
        ("GET", "/v1/models?limit=x", {}, 400, "openai"),
    ],
)
async def test_paths_and_methods_that_are_not_there(
    method: str, path: str, headers: dict[str, str], status: int, dialect: str, client: httpx2.AsyncClient
) -> None:
    response = await client.request(method, path, headers=headers)
    assert response.status_code == status
    assert told(response)[0] == dialect
    assert ("allow" in response.headers) == (status == 405)


async def test_a_body_that_is_too_large_is_refused(simulator: Simulator) -> None:
    async with normalizer(CONFIG.format(url=simulator.url, key=CANARY, more=", limits: {body_bytes: 1000}")) as client:
        response = await client.post(MESSAGES, json=body("ant,sim-text", pad="x" * 2_000))
    assert response.status_code == 413
    assert response.json()["error"]["type"] == "request_too_large"


async def test_only_the_client_key_opens_what_costs_money(simulator: Simulator, logged: object) -> None:
    async with normalizer(CONFIG.format(url=simulator.url, key=CANARY, more=', APIKEY: "client-key"')) as client:
        shut = [await client.post(MESSAGES, json=body("ant,sim-text")), await client.get("/v1/models")]
        keyed = {"authorization": "Bearer client-key"}
        opened = [
            await client.post(MESSAGES, json=body("ant,sim-text"), headers=keyed),
            await client.get("/v1/models", headers={"x-api-key": "client-key"}),
            await client.get("/health"),
        ]
    assert [response.status_code for response in shut] == [401, 401]
    assert {response.headers["x-should-retry"] for response in shut} == {"false"}
    assert [response.status_code for response in opened] == [200, 200, 200]
    assert len(simulator.requests) == 1


@pytest.mark.parametrize("stream", [False, True])
async def test_a_fault_of_ours_is_told_without_its_trace(stream: bool, simulator: Simulator, logged: list[Any]) -> None:
    def broken() -> float:
        raise RuntimeError("a detail nobody must see")

    config = CONFIG.format(url=simulator.url, key=CANARY, more="")
    async with normalizer(config, World(chance=broken)) as client:
        response = await client.post(MESSAGES, json=body("down,m", stream=stream))
    assert response.status_code == 500
    assert told(response)[0] == "anthropic"
    assert "detail" not in response.text
    assert [entry["event"] for entry in logged if entry["log_level"] == "error"] == ["internal error"]


# Failing providers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("path", "provider"), PAIRS)
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("status=400,message=odd", "bad_request"),
        ("status=401", "authentication"),
        ("status=429,retry-after=60", "rate_limit"),
        ("status=500", "upstream_error"),
        ("status=529", "overloaded"),
        ("html", "malformed"),
        ("overflow", "context_overflow"),
        ("error-200", "upstream_error"),
    ],
)
async def test_a_failing_provider_is_told_by_status_kind_and_words(
    fault: str, kind: str, path: str, provider: str, stream: bool, client: httpx2.AsyncClient
) -> None:
    response = await client.post(path, json=body(f"{provider},sim-text!{fault}", stream=stream))
    assert response.status_code >= 400
    assert response.headers["x-fairlead-failure"] == kind
    assert told(response)[0] == ("openai" if path == CHAT else "anthropic")
    assert response.headers.get("retry-after") == ("60" if "retry-after" in fault else None)


async def test_a_context_overflow_is_told_so_that_claude_code_compacts(client: httpx2.AsyncClient) -> None:
    response = await client.post(MESSAGES, json=body("oai,sim-text!overflow"))
    assert response.status_code == 400
    assert told(response)[1].startswith("prompt is too long")


async def test_a_rate_limit_that_passes_is_waited_for_unless_somebody_else_can_take_the_request(
    client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    model = "ant,sim-text!fail-first=1,status=429"
    first = await client.post(MESSAGES, json=body(model), headers={"x-fairlead-attempt": "1"})
    again = await client.post(MESSAGES, json=body(model.replace("429", "429,key=second")))
    assert (first.status_code, again.status_code) == (429, 200)
    assert len(simulator.requests) == 3


@pytest.mark.parametrize("stream", [False, True])
async def test_a_provider_that_is_down_is_said_to_be(stream: bool, client: httpx2.AsyncClient) -> None:
    response = await client.post(MESSAGES, json=body("down,m", stream=stream))
    assert response.status_code == 502
    assert response.headers["x-fairlead-failure"] == "unreachable"
    assert "down" in told(response)[1]


@pytest.mark.parametrize("fault", ["cut=e2", "reset=e2", "error-event=2,delay-at=e1:0.05"])
@pytest.mark.parametrize(("path", "provider"), PAIRS)
async def test_a_stream_that_breaks_off_ends_with_an_error_in_the_clients_words(
    fault: str, path: str, provider: str, client: httpx2.AsyncClient
) -> None:
    response = await client.post(path, json=body(f"{provider},sim-text!{fault}", stream=True))
    assert response.status_code == 200
    assert text_of_stream_so_far(path, response.text)
    last = events(response.text)[-1]
    assert "error" in last
    assert '"message_stop"' not in response.text


def text_of_stream_so_far(path: str, text: str) -> bool:
    kind = "choices" if path == CHAT else "delta"
    return any(kind in event for event in events(text))


@pytest.mark.parametrize(("path", "provider"), PAIRS)
async def test_an_answer_of_the_other_kind_is_turned_into_what_was_asked_for(
    path: str, provider: str, client: httpx2.AsyncClient
) -> None:
    whole = await client.post(path, json=body(f"{provider},sim-text!sse-for-json"))
    stream = await client.post(path, json=body(f"{provider},sim-text!json-for-sse", stream=True))
    assert text_of(path, whole.json()) == TEXT
    assert text_of_stream(path, stream.text) == TEXT


async def test_no_credential_shows_in_logs_errors_metrics_or_headers(
    client: httpx2.AsyncClient, simulator: Simulator, logged: list[Any]
) -> None:
    echo = b'{"type":"error","error":{"type":"authentication_error","message":"bad key: %s"}}' % CANARY.encode()
    simulator.enqueue(Canned(status=401, body=echo), Canned(status=401, body=echo))
    own = "canary-9d2e-of-the-client"
    responses = [
        await client.post(path, json=body("ant,sim-text"), headers={"authorization": f"Bearer {own}"})
        for path in (MESSAGES, CHAT)
    ]
    for path in ("/", "/health", "/ready", "/metrics", "/v1/models"):
        responses.append(await client.get(path, headers={"authorization": f"Bearer {own}"}))
    responses.append(await client.post(MESSAGES, json=body("down,m"), headers={"x-api-key": own}))
    shown = "".join(f"{response.text}{response.headers}" for response in responses) + repr(logged)
    assert [response.status_code for response in responses[:2]] == [401, 401]
    assert len(logged) >= 3
    assert "canary" not in shown


# A client that leaves --------------------------------------------------------------------------------------------------


class Hanging:
    """A provider that says something, or nothing, and then waits for its client to go."""

    def __init__(self, says: bytes) -> None:
        self._says = says
        self.asked = asyncio.Event()
        self.abandoned = asyncio.Event()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(self._says)
        self.asked.set()
        while await reader.read(65_536):
            pass
        self.abandoned.set()
        writer.close()


@pytest_asyncio.fixture(loop_scope="module")
async def hanging(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Hanging, str]]:
    hanging = Hanging(request.param)
    async with await asyncio.start_server(hanging, "127.0.0.1", 0) as server:
        yield hanging, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


BEGUN = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
    b'event: message_start\ndata: {"type":"message_start","message":{"id":"m","type":"message","role":"assistant",'
    b'"model":"x","content":[],"usage":{"input_tokens":1,"output_tokens":1}}}\n\n'
    b'event: content_block_start\ndata: {"type":"content_block_start","index":0,'
    b'"content_block":{"type":"text","text":""}}\n\n'
)


@pytest.mark.parametrize("hanging", [b"", BEGUN], indirect=True, ids=["before the answer", "in mid-stream"])
@pytest.mark.parametrize("path", [CHAT, MESSAGES])
async def test_a_client_that_leaves_takes_the_upstream_with_it(
    path: str, hanging: tuple[Hanging, str], logged: list[Any]
) -> None:
    provider, url = hanging
    async with normalizer(CONFIG.format(url=url, key=CANARY, more="")) as client:
        asking = asyncio.create_task(client.post(path, json=body("ant,sim-text", stream=True)))
        async with asyncio.timeout(10):
            await provider.asked.wait()
            asking.cancel()
            await provider.abandoned.wait()
        await asyncio.gather(asking, return_exceptions=True)
    assert [entry["outcome"] for entry in logged if entry["event"] == "answered"] == ["client_gone"]


# Counting --------------------------------------------------------------------------------------------------------------


async def test_a_provider_that_counts_is_asked(client: httpx2.AsyncClient, simulator: Simulator) -> None:
    response = await client.post(
        "/v1/messages/count_tokens?beta=true", json={"model": "ant,sim-text", "messages": PROMPT}
    )
    assert response.status_code == 200
    assert response.json()["input_tokens"] > 0
    assert simulator.requests[0].target == "/v1/messages/count_tokens"


@pytest.mark.parametrize("status", [404, 405, 501])
async def test_where_the_provider_cannot_count_we_do(
    status: int, client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    counted = {
        model: await client.post(
            "/v1/messages/count_tokens",
            json={"model": model, "messages": [{"role": "user", "content": "hello world " * 50}], "tools": []},
        )
        for model in ("oai,sim-text", f"ant,sim-text!status={status}")
    }
    assert [response.status_code for response in counted.values()] == [200, 200]
    assert [response.json() for response in counted.values()] == [{"input_tokens": 108}] * 2
    assert [record.target for record in simulator.requests] == ["/v1/messages/count_tokens"]


@pytest.mark.parametrize(
    ("request_body", "status"),
    [
        ({"model": "ant,sim-text!status=429", "messages": PROMPT}, 429),
        ({"model": "oai,sim-text"}, 400),
        ({"model": "nothing", "messages": PROMPT}, 404),
    ],
)
async def test_what_cannot_be_counted_is_refused(
    request_body: dict[str, Any], status: int, client: httpx2.AsyncClient
) -> None:
    response = await client.post("/v1/messages/count_tokens", json=request_body)
    assert response.status_code == status
    assert told(response)[0] == "anthropic"


# The cold paths --------------------------------------------------------------------------------------------------------


async def test_models_are_listed_and_found_one_by_one(client: httpx2.AsyncClient) -> None:
    listed = (await client.get("/v1/models?limit=2")).json()
    assert [model["id"] for model in listed["data"]] == ["ant,sim-text", "ant,sim-tool"]
    assert listed["has_more"] is True
    one = await client.get("/v1/models/ant%2Csim-tool")
    assert one.json() == listed["data"][1]


@pytest.mark.parametrize("path", ["/", "/health", "/ready"])
async def test_the_service_says_how_it_is_without_asking_a_provider(
    path: str, client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    assert (await client.get(path)).status_code == 200
    assert (await client.head(path)).status_code == 200
    assert simulator.requests == []


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("{}", "no provider is configured"),
        ('{Providers:[{name:"a",api_base_url:"http://h.example/v1",models:["m"],enabled:false}]}', "none of the"),
    ],
)
async def test_a_service_that_can_serve_nobody_is_live_but_not_ready(
    config: str, words: str, logged: list[Any]
) -> None:
    async with normalizer(config) as client:
        assert (await client.get("/health")).status_code == 200
        ready = await client.get("/ready")
    assert ready.status_code == 503
    assert words in ready.json()["missing"][0]
    assert any(words in entry.get("missing", "") for entry in logged)


async def test_what_happened_is_counted(simulator: Simulator) -> None:
    async with normalizer(CONFIG.format(url=simulator.url, key=CANARY, more="")) as client:
        await client.post(CHAT, json=body("ant,sim-text", seed=1))
        await client.post(MESSAGES, json=body("ant,sim-text!status=500"))
        await client.post(MESSAGES, content=b"{")
        lines = (await client.get("/metrics")).text.splitlines()
    assert 'fairlead_requests_total{client="openai",provider="ant",outcome="ok"} 1' in lines
    assert 'fairlead_requests_total{client="anthropic",provider="ant",outcome="upstream_error"} 1' in lines
    assert 'fairlead_failures_total{provider="ant",kind="upstream_error"} 1' in lines
    assert 'fairlead_failures_total{provider="-",kind="bad_request"} 1' in lines
    assert 'fairlead_losses_total{provider="ant",what="seed"} 1' in lines
    assert any(line.startswith('fairlead_tokens_total{provider="ant",kind="output"}') for line in lines)
