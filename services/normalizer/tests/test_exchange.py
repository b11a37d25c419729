"""One attempt: what is sent to the provider, what comes back, and when the same call is made again."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx2
import pytest
from msgspec import structs

from fairlead.normalizer.authorization import Credential, Scheme
from fairlead.normalizer.catalog import Catalog
from fairlead.normalizer.counters import Counters
from fairlead.normalizer.credentials import CredentialSource, Surroundings
from fairlead.normalizer.exchange import Asked, Exchange
from fairlead.normalizer.lane import Wanted
from fairlead.normalizer.retry import Patience
from fairlead.normalizer.upstreams import upstreams
from fairlead.shared.codec import peek
from fairlead.shared.config import parse
from fairlead.shared.config.schema import Secret
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.failure import FailureError, Kind
from fairlead.shared.known_models import KnownModels
from fairlead.shared.runtime.attempt import Flowing, Limits, Refused, Whole
from fairlead.shared.surfaces import SURFACES

SURFACE = {one.dialect: one for one in reversed(SURFACES)}
CONFIG = """{Providers: [
  {name: "claude", api_base_url: "https://h.example/v1/messages", api_key: "secret-key-of-claude", models: ["c"]},
  {name: "chat", api_base_url: "https://h.example/v1", api_key: "secret-key-of-chat", models: ["g"],
   timeouts: {connect: 3, first_byte: 60}},
  {name: "open", api_base_url: "http://127.0.0.1:1/v1", models: ["o"]},
  {name: "few", api_base_url: "https://h.example/v1/messages", api_key: "k", models: ["f"], limits: {rpm: 1}},
  {name: "off", api_base_url: "https://h.example/v1", models: ["x"], enabled: false},
]}"""
ANSWER = json.dumps(
    {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "c",
        "content": [{"type": "text", "text": "Hello"}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 3, "output_tokens": 1},
    }
).encode()
LIMITED = (429, [(b"retry-after", b"1")], b'{"type":"error","error":{"type":"rate_limit_error","message":"slow"}}')
Reply = tuple[int, list[tuple[bytes, bytes]], bytes]


class Body(httpx2.AsyncByteStream):
    def __init__(self, data: bytes) -> None:
        self._data = data

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._data


class Provider(httpx2.AsyncBaseTransport):
    """Answers with what stands next on its list, the last again and again; an exception is raised."""

    def __init__(self, *replies: Reply | Exception) -> None:
        self._replies = list(replies)
        self.requests: list[httpx2.Request] = []
        self.bodies: list[bytes] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        self.bodies.append(await request.aread())
        reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        if isinstance(reply, Exception):
            raise reply
        status, headers, body = reply
        return httpx2.Response(status, headers=headers, stream=Body(body), request=request)


class Time:
    """A clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class Scene:
    """An exchange with one faked provider."""

    def __init__(self, *replies: Reply | Exception, source: CredentialSource | None = None) -> None:
        config = parse(CONFIG, {}, file="config.json").config
        self.provider = Provider(*replies)
        self.time = Time()
        self.counters = Counters()
        shell = Surroundings(self.provider, self.time, lambda: 1_700_000_000.5, lambda: 0.0, self.time.sleep)
        usable, unusable = upstreams(config, DIALECTS, "us/1", shell)
        if source is not None:
            usable = {name: structs.replace(one, source=source) for name, one in usable.items()}
        self.exchange = Exchange(
            Catalog(config, usable, 0, KnownModels()), usable, unusable, Limits(), shell, self.counters
        )

    async def ask(self, asked: Asked) -> tuple[Refused | Whole | Flowing, int]:
        return await self.exchange.answer(asked, self.exchange.plan(asked))


def ok(body: bytes = ANSWER) -> Reply:
    return 200, [(b"content-type", b"application/json")], body


def asked(model: str, dialect: str = "anthropic", **more: Any) -> Asked:
    fields = {"model": model, "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
    body = json.dumps(fields | more.get("fields", {})).encode()
    return Asked(
        wanted=Wanted(DIALECTS[dialect], SURFACE[dialect], peek(body), body, own_words=True),
        headers=more.get("headers", {}),
        request_id="req_1",
        credential=more.get("credential"),
        affinity="session",
        patience=more.get("patience", Patience(3)),
    )


def sent(scene: Scene, number: int = 0) -> Mapping[str, str]:
    return dict(scene.provider.requests[number].headers)


async def test_a_native_request_goes_out_with_its_own_bytes_and_headers_and_comes_back_untouched() -> None:
    scene = Scene(ok())
    request = asked("c", headers={"anthropic-beta": "b", "cookie": "no"})
    answer, attempts = await scene.ask(request)
    assert isinstance(answer, Whole)
    assert (answer.body, attempts) == (ANSWER, 1)
    assert scene.provider.bodies == [request.wanted.body]
    assert str(scene.provider.requests[0].url) == "https://h.example/v1/messages"
    headers = sent(scene)
    assert headers["x-api-key"] == "secret-key-of-claude"
    assert headers["anthropic-beta"] == "b"
    assert headers["user-agent"] == "us/1"
    assert headers["accept"] == "application/json"
    assert "cookie" not in headers


async def test_a_translated_request_is_answered_in_the_clients_words() -> None:
    scene = Scene(ok())
    answer, _ = await scene.ask(asked("claude,c", "openai"))
    assert isinstance(answer, Whole)
    told = json.loads(answer.body)
    assert told["choices"][0]["message"]["content"] == "Hello"
    assert told["created"] == 1_700_000_000
    assert json.loads(scene.provider.bodies[0])["model"] == "c"


async def test_losses_are_counted() -> None:
    scene = Scene(ok())
    scene.exchange.plan(asked("claude,c", "openai", fields={"seed": 1}))
    assert scene.counters.losses.total("claude", "seed") == 1


async def test_a_provider_that_asks_for_patience_gets_it() -> None:
    scene = Scene(LIMITED, httpx2.ConnectError("refused"), ok())
    answer, attempts = await scene.ask(asked("c"))
    assert isinstance(answer, Whole)
    assert attempts == 3
    assert scene.time.slept == [1.0, 0.0]
    assert scene.counters.retries.total("claude", "rate_limit") == 1
    assert scene.provider.bodies[0] == scene.provider.bodies[2]


async def test_patience_ends() -> None:
    scene = Scene(LIMITED)
    answer, attempts = await scene.ask(asked("c"))
    assert isinstance(answer, Refused)
    assert (answer.failure.kind, attempts) == (Kind.RATE_LIMIT, 3)


async def test_a_caller_who_tries_again_himself_gets_the_first_answer() -> None:
    scene = Scene(LIMITED, ok())
    answer, attempts = await scene.ask(asked("c", patience=Patience(1)))
    assert isinstance(answer, Refused)
    assert (attempts, scene.time.slept) == (1, [])


async def test_no_wait_for_an_answer_is_longer_than_the_callers_own() -> None:
    scene = Scene(ok())
    await scene.ask(asked("g", "openai", patience=Patience(1, deadline=2.5)))
    timeouts = scene.provider.requests[0].extensions["timeout"]
    assert (timeouts["connect"], timeouts["first_byte"], timeouts["read"]) == (2.5, 2.5, 300.0)


@pytest.mark.parametrize("model", ["c", "claude,c"])
async def test_an_error_of_the_clients_own_dialect_keeps_its_body(model: str) -> None:
    body = b'{"type":"error","error":{"type":"invalid_request_error","message":"messages.1: odd"},"more":1}'
    scene = Scene((400, [], body))
    answer, _ = await scene.ask(asked(model))
    assert isinstance(answer, Refused)
    assert DIALECTS["anthropic"].encode_failure(answer.failure, "req_1") == body


async def test_a_secret_that_the_provider_repeats_goes_no_further() -> None:
    body = b'{"type":"error","error":{"type":"authentication_error","message":"secret-key-of-claude is not valid"}}'
    scene = Scene((401, [], body))
    answer, _ = await scene.ask(asked("c"))
    assert isinstance(answer, Refused)
    told = DIALECTS["anthropic"].encode_failure(answer.failure, "req_1")
    assert answer.failure.kind is Kind.AUTHENTICATION
    assert b"*** is not valid" in told
    assert b"secret-key" not in told
    assert "secret-key" not in answer.failure.message


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Limit reached in organization org-a1B2c3D4 on tokens", "Limit reached in organization *** on tokens"),
        ("Project `proj_a1B2c3D4e5` has no access", "Project `***` has no access"),
        ("arn:aws:iam::123456789012:user/me is not allowed", "*** is not allowed"),
        ("Quota of consumer 'projects/4711' is spent", "Quota of consumer '***' is spent"),
        ("no answer from http://me:pw@inner/v1", "no answer from http://***@inner/v1"),
        ("an org-wide limit: m\u00fcde", "an org-wide limit: m\u00fcde"),
    ],
)
@pytest.mark.parametrize("model", ["o", "c"])
async def test_whose_account_it_is_is_nobodys_business(model: str, said: str, told: str) -> None:
    error = {"type": "error", "error": {"type": "rate_limit_error", "message": said}}
    scene = Scene((429, [(b"retry-after", b"60")], json.dumps(error, ensure_ascii=False).encode()))
    client = "openai" if model == "o" else "anthropic"
    answer, _ = await scene.ask(asked(model, client))
    assert isinstance(answer, Refused)
    assert answer.failure.message == told
    assert told in DIALECTS[client].encode_failure(answer.failure, "req_1").decode()


@pytest.mark.parametrize("key", ["x", "none", "EMPTY"])
async def test_a_stand_in_for_a_key_takes_nothing_out_of_words(key: str) -> None:
    message = f"max_tokens: {key} is not a number below the maximum"
    body = json.dumps({"type": "error", "error": {"type": "invalid_request_error", "message": message}}).encode()
    scene = Scene((400, [], body))
    answer, _ = await scene.ask(asked("o", "openai", credential=Credential(Scheme.BEARER, Secret(key))))
    assert isinstance(answer, Refused)
    assert answer.failure.body == body


async def test_a_provider_that_wants_a_credential_nobody_gave_is_explained() -> None:
    scene = Scene((401, [], b"who are you?"))
    answer, _ = await scene.ask(asked("o", "openai"))
    assert isinstance(answer, Refused)
    assert "api_key of open" in answer.failure.message
    assert "authorization" not in sent(scene)


async def test_a_clients_own_credential_reaches_a_provider_without_a_key() -> None:
    scene = Scene(ok())
    await scene.ask(asked("o", "openai", credential=Credential(Scheme.BEARER, Secret("sk-own"))))
    assert sent(scene)["authorization"] == "Bearer sk-own"


async def test_a_missing_credential_is_refused_without_asking() -> None:
    scene = Scene(ok())
    config = CONFIG.replace('name: "open"', 'name: "open", auth: "passthrough"')
    parsed = parse(config, {}, file="config.json").config
    shell = Surroundings(scene.provider, scene.time, scene.time, scene.time, scene.time.sleep)
    usable, unusable = upstreams(parsed, DIALECTS, "us/1", shell)
    exchange = Exchange(Catalog(parsed, usable, 0, KnownModels()), usable, unusable, Limits(), shell, Counters())
    request = asked("o", "openai")
    answer, attempts = await exchange.answer(request, exchange.plan(request))
    assert isinstance(answer, Refused)
    assert (answer.failure.kind, attempts, scene.provider.requests) == (Kind.AUTHENTICATION, 0, [])


def test_a_disabled_provider_is_refused_with_its_reason() -> None:
    with pytest.raises(FailureError, match="enabled is false") as refused:
        Scene(ok()).exchange.plan(asked("off,x"))
    assert refused.value.failure.kind is Kind.UNSUPPORTED


async def test_a_provider_counts_tokens_at_its_own_address() -> None:
    scene = Scene(ok(b'{"input_tokens":42}'))
    answer = await scene.exchange.count_tokens(asked("c"))
    assert isinstance(answer, Whole)
    assert answer.body == b'{"input_tokens":42}'
    assert str(scene.provider.requests[0].url) == "https://h.example/v1/messages/count_tokens"


async def test_a_provider_of_another_dialect_is_not_asked_to_count() -> None:
    scene = Scene(ok())
    assert await scene.exchange.count_tokens(asked("g")) is None
    assert scene.provider.requests == []


async def test_a_limit_of_ours_that_passes_soon_is_waited_for() -> None:
    scene = Scene(ok())
    await scene.ask(asked("f"))
    scene.time.now += 56
    answer, attempts = await scene.ask(asked("f"))
    assert isinstance(answer, Whole)
    assert (scene.time.slept, attempts) == ([pytest.approx(4)], 2)
