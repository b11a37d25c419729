"""What the router serves beside messages, and what it says to requests it cannot serve."""

import asyncio
import json
from typing import Any

import httpx2
import pytest

from .answers import anthropic_error, anthropic_message, chat_chunk, chat_completion, chat_stream
from .bodies import claude_code, picture, text, user
from .conftest import CONFIG
from .fake_normalizer import FakeNormalizer, stream, whole
from .running import RunningRouter

COUNT = {"model": "my-model", "messages": [{"role": "user", "content": "foo"}], "tools": []}


def assert_anthropic_error(response: httpx2.Response, status: int, kind: str) -> dict[str, Any]:
    error = response.json()
    assert response.status_code == status
    assert error["type"] == "error"
    assert error["error"]["type"] == kind
    assert error["request_id"] == response.headers["request-id"]
    assert "Traceback" not in response.text
    return error["error"]


BAD_BODIES = {
    "nothing": (b"", "not valid JSON"),
    "half": (b'{"model": "m', "not valid JSON"),
    "a list": (b"[]", "must be a JSON object"),
    "no UTF-8": (b'{"messages": [{"role": "user"}], "model": "\xff"}', "not valid JSON"),
    "too deep": (b'{"model": ' + b"[" * 200 + b"]" * 200 + b"}", "nested deeper than 128"),
    "no model": (json.dumps(claude_code(model=...)).encode(), "model: Field required"),
    "no messages": (json.dumps(claude_code(messages=...)).encode(), "messages: Field required"),
    "empty messages": (json.dumps(claude_code(messages=[])).encode(), "messages"),
    "a model that is a number": (json.dumps(claude_code(model=5)).encode(), "model: Expected `str`"),
    "messages that are text": (json.dumps(claude_code(messages="hi")).encode(), "messages: Expected `array`"),
    "a stream that is text": (json.dumps(claude_code(stream="yes")).encode(), "stream: Expected"),
}


@pytest.mark.parametrize(("body", "message"), BAD_BODIES.values(), ids=BAD_BODIES)
@pytest.mark.parametrize("path", ["/v1/messages", "/v1/messages/count_tokens"])
async def test_a_bad_body_is_refused_with_its_reason(
    normalizer: FakeNormalizer, client: httpx2.AsyncClient, path: str, body: bytes, message: str
) -> None:
    error = assert_anthropic_error(await client.post(path, content=body), 400, "invalid_request_error")
    assert message in error["message"]
    assert normalizer.messages == []


async def test_a_body_that_is_too_large_is_refused(normalizer: FakeNormalizer) -> None:
    config = "{limits: {body_bytes: 1000}}"
    async with RunningRouter(config, normalizer.url) as router, httpx2.AsyncClient() as client:
        body = json.dumps(claude_code()).encode()
        response = await client.post(f"{router.url}/v1/messages", content=body)
        assert_anthropic_error(response, 413, "request_too_large")
        in_parts = (body[start : start + 100] for start in range(0, len(body), 100))

        async def chunked() -> Any:
            for part in in_parts:
                yield part

        assert_anthropic_error(
            await client.post(f"{router.url}/v1/messages", content=chunked()), 413, "request_too_large"
        )


@pytest.mark.parametrize("path", ["/v1/message", "/v1/messages/batches", "/v2/messages", "/x", "/profile/x/", "/v1"])
async def test_a_path_nobody_serves_is_not_found(client: httpx2.AsyncClient, path: str) -> None:
    assert_anthropic_error(await client.post(path, content=b"{}"), 404, "not_found_error")


@pytest.mark.parametrize("path", ["/v1/models/a,b:embedContent", "/v1beta/models/a:batchEmbedContents"])
async def test_what_nobody_does_for_googles_sdks_is_refused_in_their_words(
    client: httpx2.AsyncClient, path: str
) -> None:
    response = await client.post(path, content=b"{}")
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["status"]) == (404, 404, "NOT_FOUND")
    assert error["message"] == f"there is nothing at POST {path}"


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", "/v1/messages", "POST"),
        ("DELETE", "/v1/messages/count_tokens", "POST"),
        ("POST", "/v1/models", "GET, HEAD"),
        ("POST", "/health", "GET, HEAD"),
        ("PUT", "/", "GET, HEAD"),
    ],
)
async def test_a_method_a_path_does_not_take_is_told_which_it_does(
    client: httpx2.AsyncClient, method: str, path: str, allow: str
) -> None:
    response = await client.request(method, path)
    assert (response.status_code, response.headers["allow"]) == (405, allow)
    assert response.json()["error"]["message"] == f"{path} does not take {method}, only {allow}"


@pytest.mark.parametrize("prefix", ["", "/profile/x", "/claude-code", "/ccr/deep/er", "/v1"])
async def test_a_base_url_may_have_a_path(normalizer: FakeNormalizer, client: httpx2.AsyncClient, prefix: str) -> None:
    normalizer.answers["p,native"] = whole(200, anthropic_message())
    response = await client.post(f"{prefix}/v1/messages?beta=true", json=claude_code(stream=False))
    assert response.status_code == 200
    assert normalizer.messages[0].target == "/v1/messages?beta=true"
    assert (await client.get(f"{prefix}/health")).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"), [("HEAD", "/"), ("GET", "/"), ("HEAD", "/api/hello"), ("GET", "/api/hello")]
)
async def test_clients_that_look_whether_anybody_is_there_are_answered(
    client: httpx2.AsyncClient, method: str, path: str
) -> None:
    response = await client.request(method, path)
    assert response.status_code == 200
    assert method == "HEAD" or response.json()["message"] == "fairlead router"


async def test_health_does_not_depend_on_anybody(normalizer: FakeNormalizer, client: httpx2.AsyncClient) -> None:
    await normalizer.stop()
    response = await client.get("/health")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


async def test_ready_says_what_is_missing(normalizer: FakeNormalizer, client: httpx2.AsyncClient) -> None:
    ready = await client.get("/ready")
    assert (ready.status_code, ready.json()) == (200, {"status": "ready", "missing": []})
    await normalizer.stop()
    missing = await client.get("/ready")
    assert missing.status_code == 503
    assert missing.json()["status"] == "not ready"
    assert f"the normalizer at {normalizer.url} does not answer" in missing.json()["missing"][0]


async def test_metrics_count_requests_and_attempts(normalizer: FakeNormalizer, client: httpx2.AsyncClient) -> None:
    normalizer.answers["p,native"] = whole(529, anthropic_error("overloaded_error", "busy"))
    normalizer.answers["p,second"] = whole(200, anthropic_message())
    normalizer.answers["invented,x"] = whole(200, chat_completion())
    await client.post("/v1/messages", json=claude_code(stream=False))
    await client.post("/v1/messages", content=b"{")
    await client.post("/v1/messages", json=claude_code(model="invented,x", stream=False))
    lines = (await client.get("/metrics")).text.splitlines()
    assert 'fairlead_router_requests_total{scenario="default",result="answered"} 2' in lines
    assert 'fairlead_router_requests_total{scenario="",result="bad_request"} 1' in lines
    assert 'fairlead_router_attempts_total{provider="p",result="overloaded"} 1' in lines
    assert 'fairlead_router_attempts_total{provider="p",result="answered"} 1' in lines
    assert not any("invented" in line for line in lines)


async def test_the_time_of_each_layer_is_counted(normalizer: FakeNormalizer, client: httpx2.AsyncClient) -> None:
    normalizer.answers["p,native"] = whole(200, anthropic_message())
    normalizer.answers["p,chat"] = whole(200, chat_completion())
    for model in ("p,native", "p,chat", "p,chat"):
        await client.post("/v1/messages", json=claude_code(model=model, stream=False))
    await client.post("/v1/messages", content=b"{")
    lines = (await client.get("/metrics")).text.splitlines()
    assert "fairlead_router_decision_seconds_count 3" in lines
    assert 'fairlead_router_translation_seconds_count{lane="native"} 1' in lines
    assert 'fairlead_router_translation_seconds_count{lane="openai"} 2' in lines


async def test_counts_of_tokens_are_counted_by_who_made_them(
    normalizer: FakeNormalizer, client: httpx2.AsyncClient
) -> None:
    body = {"model": "p,native", "messages": [{"role": "user", "content": "hi"}]}
    normalizer.answers["p,native"] = whole(200, {"input_tokens": 3})
    await client.post("/v1/messages/count_tokens", json=body)
    normalizer.answers["p,native"] = whole(529, anthropic_error("overloaded_error", "busy"))
    await client.post("/v1/messages/count_tokens", json=body)
    await client.post("/v1/messages/count_tokens", content=b"{")
    lines = (await client.get("/metrics")).text.splitlines()
    for result in ("answered", "estimated", "bad_request"):
        assert f'fairlead_router_counts_total{{result="{result}"}} 1' in lines


@pytest.mark.parametrize("streamed", [False, True])
async def test_what_a_client_could_not_be_told_is_counted(
    normalizer: FakeNormalizer, client: httpx2.AsyncClient, streamed: bool
) -> None:
    made = {"images": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}]}
    completion = chat_completion()
    completion["choices"][0]["message"].update(made)
    first, *rest = chat_stream()
    told = stream(first, chat_chunk(made), *rest) if streamed else whole(200, completion)
    normalizer.answers["p,chat"] = told
    answer = await client.post("/v1/messages", json=claude_code(model="p,chat", stream=streamed))
    assert "which cannot be shown here" in answer.text
    lines = (await client.get("/metrics")).text.splitlines()
    assert 'fairlead_router_answer_losses_total{provider="p",what="image"} 1' in lines


async def test_the_list_of_models_is_the_normalizers(normalizer: FakeNormalizer, client: httpx2.AsyncClient) -> None:
    response = await client.get("/v1/models?limit=1000")
    assert response.json()["data"] == normalizer.models
    assert response.headers["request-id"].startswith("req_")
    assert response.headers["request-id"] == response.headers["x-request-id"]
    normalizer.models.append({"id": "p,new", "provider": "p"})
    assert (await client.get("/v1/models")).json()["last_id"] == "p,new"


async def test_a_single_model_is_told_under_its_own_name(
    normalizer: FakeNormalizer, client: httpx2.AsyncClient
) -> None:
    normalizer.models = [{"id": "p,vendor/x y", "provider": "p"}]
    for name in ("p%2Cvendor%2Fx%20y", "vendor%2Fx%20y"):
        assert (await client.get(f"/v1/models/{name}")).json() == normalizer.models[0]


async def test_without_the_normalizer_the_configured_models_are_listed(normalizer: FakeNormalizer) -> None:
    normalizer.lists = whole(503, {"error": {}})
    async with (
        RunningRouter(CONFIG, normalizer.url) as router,
        httpx2.AsyncClient(base_url=router.url, timeout=10) as client,
    ):
        listed = (await client.get("/v1/models")).json()
        assert [model["id"] for model in listed["data"]] == ["p,native", "p,second", "p,chat", "p,chat2", "p,small"]
        assert (await client.get("/v1/models/p,native")).json()["id"] == "p,native"


async def test_what_the_normalizer_listed_last_stays_when_it_goes(
    normalizer: FakeNormalizer, client: httpx2.AsyncClient
) -> None:
    normalizer.models = [{"id": "p,new", "provider": "p"}]
    listed = (await client.get("/v1/models")).json()
    await normalizer.stop()
    assert (await client.get("/v1/models")).json() == listed


@pytest.mark.parametrize("path", ["../../metrics", "..%2F..%2Fmetrics", "%2e%2e/health", "a/../../b", "."])
async def test_no_path_leads_past_the_models_to_something_else_of_the_normalizers(
    normalizer: FakeNormalizer, router: RunningRouter, path: str
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(router.url.rpartition(":")[2]))
    writer.write(f"GET /v1/models/{path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert {asked.target.partition("?")[0] for asked in normalizer.asked} <= {"/v1/models"}


@pytest.mark.parametrize(
    ("headers", "shape"),
    [
        ({}, {"type", "error", "request_id"}),
        ({"anthropic-version": "2023-06-01", "authorization": "Bearer x"}, {"type", "error", "request_id"}),
        ({"x-api-key": "x"}, {"type", "error", "request_id"}),
        ({"authorization": "Bearer x"}, {"error"}),
        ({"x-goog-api-key": "x"}, {"error"}),
    ],
)
async def test_a_model_nobody_knows_is_not_found_in_the_words_of_the_client(
    headers: dict[str, str], shape: set[str], client: httpx2.AsyncClient
) -> None:
    for path, status in (("/v1/models/x", 404), ("/v1/models?limit=x", 400), ("/v1/models?after_id=x", 400)):
        response = await client.get(path, headers=headers)
        assert response.status_code == status
        assert set(response.json()) == shape


async def test_tokens_are_counted_where_the_message_would_go(
    normalizer: FakeNormalizer, client: httpx2.AsyncClient
) -> None:
    counted = whole(200, {"input_tokens": 42}, x_fairlead_key="1;n=2;r=2")
    normalizer.answers |= {"p,native": counted, "p,chat": counted}
    plain = await client.post("/v1/messages/count_tokens?beta=true", json=COUNT, headers={"anthropic-beta": "b"})
    thinking = await client.post("/v1/messages/count_tokens", json=COUNT | {"thinking": {"type": "adaptive"}})
    assert plain.json() == thinking.json() == {"input_tokens": 42}
    assert "x-fairlead-key" not in plain.headers
    first, second = normalizer.messages
    assert (first.target, first.json["model"]) == ("/v1/messages/count_tokens?beta=true", "p,native")
    assert first.headers["anthropic-beta"] == "b"
    assert (second.target, second.json["model"]) == ("/v1/messages/count_tokens", "p,chat")


@pytest.mark.parametrize(
    "answer",
    [
        whole(404, anthropic_error("not_found_error", "no such path")),
        whole(500, anthropic_error("api_error", "broken")),
        [ConnectionResetError],
    ],
)
async def test_tokens_nobody_counts_are_counted_here(
    normalizer: FakeNormalizer, client: httpx2.AsyncClient, answer: Any
) -> None:
    normalizer.answers["p,native"] = answer
    response = await client.post("/v1/messages/count_tokens", json=COUNT)
    assert response.status_code == 200
    assert 1 <= response.json()["input_tokens"] <= 20


async def test_a_count_that_is_refused_for_its_content_stays_refused(
    normalizer: FakeNormalizer, client: httpx2.AsyncClient
) -> None:
    refusal = anthropic_error("invalid_request_error", "tools.0: bad")
    normalizer.answers["p,native"] = whole(400, refusal)
    response = await client.post("/v1/messages/count_tokens", json=COUNT)
    assert (response.status_code, response.json()) == (400, refusal)


async def test_what_is_too_long_for_every_model_can_still_be_counted(normalizer: FakeNormalizer) -> None:
    normalizer.models[0]["context_window"] = 2
    async with (
        RunningRouter(CONFIG.replace("fallback", "_unused"), normalizer.url) as router,
        httpx2.AsyncClient(base_url=router.url) as client,
    ):
        await client.get("/v1/models")
        response = await client.post("/v1/messages/count_tokens", json=COUNT)
    assert response.status_code == 200
    assert 3 <= response.json()["input_tokens"] <= 20


KEYED = CONFIG[:-1] + 'APIKEY: "canary-key"}'


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/v1/messages"), ("POST", "/v1/messages/count_tokens"), ("GET", "/v1/models")]
)
async def test_without_the_key_nothing_is_served(normalizer: FakeNormalizer, method: str, path: str) -> None:
    async with RunningRouter(KEYED, normalizer.url) as router, httpx2.AsyncClient(base_url=router.url) as client:
        refused = await client.request(method, path, json=claude_code())
        wrong = await client.request(method, path, json=claude_code(), headers={"x-api-key": "canary-kez"})
        health = await client.get("/health")
    for response in (refused, wrong):
        assert_anthropic_error(response, 401, "authentication_error")
        assert response.headers["x-should-retry"] == "false"
    assert health.status_code == 200
    assert normalizer.messages == []


PASSTHROUGH = """{
  APIKEY: "canary-key",
  Providers: [
    {name: "p", api_base_url: "https://p.example/v1", models: ["native"], auth: "passthrough"},
    {name: "q", api_base_url: "https://q.example/v1", models: ["native"], api_key: "$Q"},
  ],
  Router: {default: "p,native"},
}"""


async def test_credentials_go_only_where_they_belong_and_never_into_the_log(normalizer: FakeNormalizer) -> None:
    normalizer.lists_models(native="anthropic")
    normalizer.answers |= {"p,native": whole(200, anthropic_message()), "q,native": whole(200, chat_completion())}
    both = {"x-api-key": "canary-key", "authorization": "Bearer canary-of-the-user"}
    other_way = {"authorization": "Bearer canary-key", "x-api-key": "canary-of-the-user"}
    only_ours = {"authorization": "Bearer canary-key"}
    async with (
        RunningRouter(PASSTHROUGH, normalizer.url, normalizer_key="canary-between") as router,
        httpx2.AsyncClient(base_url=router.url) as client,
    ):
        for model, headers in (("m", both), ("m", other_way), ("m", only_ours), ("q,native", both)):
            body = claude_code(model=model, stream=False)
            assert (await client.post("/v1/messages", json=body, headers=headers)).status_code == 200
        log = json.dumps(router.log.written, default=str)
    sent = [asked.headers for asked in normalizer.messages]
    assert [headers.get("x-fairlead-client-authorization") for headers in sent] == [
        "Bearer canary-of-the-user",
        "canary-of-the-user",
        None,
        None,
    ]
    assert {headers["authorization"] for headers in sent} == {"Bearer canary-between"}
    assert all("x-api-key" not in headers for headers in sent)
    assert not any("canary-key" in value for headers in sent for value in headers.values())
    assert len(router.log.of("request")) == 4
    assert "canary" not in log


async def test_a_request_is_one_line_of_the_log(normalizer: FakeNormalizer, router: RunningRouter) -> None:
    normalizer.answers["p,native"] = whole(529, anthropic_error("overloaded_error", "busy"))
    normalizer.answers["p,second"] = whole(200, anthropic_message())
    async with httpx2.AsyncClient(base_url=router.url) as client:
        response = await client.post("/v1/messages", json=claude_code(stream=False))
    (line,) = router.log.of("request")
    assert line["request_id"] == response.headers["request-id"]
    assert line["decision"] == response.headers["x-fairlead-decision"]
    assert (line["route"], line["attempts"], line["lane"]) == ("p,second", ["overloaded", "answered"], "native")
    assert (line["result"], line["input"], line["output"]) == ("answered", 10, 5)


async def test_a_client_that_left_is_no_failure(normalizer: FakeNormalizer, router: RunningRouter) -> None:
    normalizer.answers["p,native"] = stream(asyncio.Event())
    reader, writer = await asyncio.open_connection("127.0.0.1", router.port)
    body = json.dumps(claude_code()).encode()
    writer.write(b"POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
    await reader.readuntil(b"ping")
    writer.transport.abort()
    await normalizer.gone.wait()
    async with httpx2.AsyncClient(base_url=router.url) as client:
        lines = (await client.get("/metrics")).text
    assert 'result="gone"} 1' in lines


async def test_a_name_of_any_length_leaves_headers_that_clients_can_read(
    normalizer: FakeNormalizer, client: httpx2.AsyncClient
) -> None:
    normalizer.unknown = whole(200, chat_completion())
    model = "p," + "m" * 4_000
    response = await client.post("/v1/messages", json=claude_code(stream=False) | {"model": model})
    assert response.headers["x-fairlead-route"] == model[:512]


async def test_a_given_request_id_is_kept_and_an_odd_one_is_not(
    normalizer: FakeNormalizer, client: httpx2.AsyncClient
) -> None:
    normalizer.answers["p,native"] = whole(200, anthropic_message())
    body = claude_code(stream=False)
    kept = await client.post("/v1/messages", json=body, headers={"x-request-id": "my-id.7"})
    made = await client.post("/v1/messages", json=body, headers={"x-request-id": "no spaces please"})
    assert kept.headers["request-id"] == "my-id.7"
    assert made.headers["request-id"].startswith("req_")


async def test_a_trace_and_a_deadline_of_the_client_go_on(
    normalizer: FakeNormalizer, client: httpx2.AsyncClient
) -> None:
    normalizer.answers["p,native"] = whole(200, anthropic_message())
    trace = "0af7651916cd43dd8448eb211c80319c"
    headers = {"traceparent": f"00-{trace}-b7ad6b7169203331-01", "tracestate": "v=1", "x-fairlead-deadline-ms": "60000"}
    await client.post("/v1/messages", json=claude_code(stream=False), headers=headers)
    sent = normalizer.messages[0].headers
    assert sent["traceparent"].split("-")[1] == trace
    assert sent["traceparent"] != headers["traceparent"]
    assert sent["tracestate"] == "v=1"
    assert 0 < int(sent["x-fairlead-deadline-ms"]) <= 60_000


@pytest.mark.parametrize("digits", [400, 5000])
async def test_a_deadline_beyond_all_time_is_none(
    normalizer: FakeNormalizer, client: httpx2.AsyncClient, digits: int
) -> None:
    normalizer.answers["p,native"] = whole(200, anthropic_message())
    headers = {"x-fairlead-deadline-ms": "9" * digits}
    response = await client.post("/v1/messages", json=claude_code(stream=False), headers=headers)
    assert response.status_code == 200
    assert "x-fairlead-deadline-ms" not in normalizer.messages[0].headers


@pytest.mark.parametrize("model", ["\ud800", "p,\udfff", "p,m\u0000", "p," + "m" * 100_000])
async def test_an_odd_model_name_is_no_fault_of_ours(
    normalizer: FakeNormalizer, client: httpx2.AsyncClient, model: str
) -> None:
    normalizer.unknown = whole(404, anthropic_error("not_found_error", "no such model"))
    response = await client.post("/v1/messages?x=%00&%zz", content=json.dumps(claude_code(model=model, stream=False)))
    assert response.status_code in (400, 404)
    assert response.json()["type"] == "error"


async def test_names_that_cannot_stand_in_a_header_do_no_harm(
    normalizer: FakeNormalizer, client: httpx2.AsyncClient
) -> None:
    normalizer.answers |= {"p,schlüssel\r\nx: y": whole(500, b"no"), "p,second": whole(200, anthropic_message())}
    response = await client.post("/v1/messages", json=claude_code(model="p,schlüssel\r\nx: y", stream=False))
    assert response.headers["x-fairlead-route"] == "p,second"
    normalizer.answers |= {"p,second": whole(500, b"no"), "p,chat": whole(500, b"no")}
    response = await client.post("/v1/messages", json=claude_code(model="p,schlüssel\r\nx: y", stream=False))
    assert response.headers["x-fairlead-route"] == "p,schl?ssel??x: y"
    assert "x" not in response.headers


async def test_a_picture_goes_to_the_model_that_sees(normalizer: FakeNormalizer) -> None:
    config = CONFIG.replace("Router: {", 'Router: {image: "p,second", ')
    normalizer.answers["p,second"] = whole(200, anthropic_message())
    body = claude_code(messages=[user(text("what is this"), picture())], stream=False, thinking={"type": "adaptive"})
    async with RunningRouter(config, normalizer.url) as router, httpx2.AsyncClient(base_url=router.url) as client:
        response = await client.post("/v1/messages", json=body)
    assert response.headers["x-fairlead-scenario"] == "image"


class BrokenOnce:
    """Chance that fails when a decision's id is to be made."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, count: int) -> bytes:
        self.calls += 1
        if self.calls == 3:  # the first is for the dashboard, the second names the request
            raise RuntimeError("canary-detail")
        return bytes(count)


async def test_a_fault_of_ours_is_told_without_its_details(normalizer: FakeNormalizer) -> None:
    normalizer.answers["p,native"] = whole(200, anthropic_message())
    async with (
        RunningRouter(CONFIG, normalizer.url, random_bytes=BrokenOnce()) as router,
        httpx2.AsyncClient(base_url=router.url) as client,
    ):
        broken = await client.post("/v1/messages", json=claude_code(stream=False))
        working = await client.post("/v1/messages", json=claude_code(stream=False))
    error = assert_anthropic_error(broken, 500, "api_error")
    assert "canary" not in error["message"]
    assert working.status_code == 200
    assert [line["result"] for line in router.log.of("request")] == ["broken_off", "answered"]
    (fault,) = router.log.of("fault")
    assert isinstance(fault["exc_info"], RuntimeError)
