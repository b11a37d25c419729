"""Factory: the addresses and headers of its four kinds of models, and what its errors mean."""

import json
from typing import Any

import pytest

from fairlead.normalizer.providers import PROVIDERS, vendor_of
from fairlead.normalizer.providers.base import Occasion
from fairlead.shared.config import parse
from fairlead.shared.failure import Kind
from fairlead.shared.surfaces import Operation

KINDS = {
    "factory-anthropic": "a/v1/messages",
    "factory-openai": "o/v1/responses",
    "factory-common": "o/v1/chat/completions",
    "factory-google": "g/v1/generate",
}
CASES = list(KINDS.items())


@pytest.mark.parametrize(("name", "path"), CASES)
@pytest.mark.parametrize(
    "base", ["", "/", "/api", "/api/llm", "/api/llm/{letter}", "/api/llm/{letter}/v1", "/api/llm/{path}"]
)
def test_its_addresses_follow_from_any_form_of_the_base(base: str, name: str, path: str) -> None:
    configured = f"https://api.factory.ai{base.format(letter=path[0], path=path)}"
    urls = PROVIDERS[name].urls(configured)
    assert urls.of_answer("m", stream=True) == f"https://api.factory.ai/api/llm/{path}"


@pytest.mark.parametrize(("name", "path"), CASES)
def test_a_complete_url_of_another_kind_is_taken_as_it_is(name: str, path: str) -> None:
    own = f"http://relay.example/mine/{path.partition('/')[2]}"
    assert PROVIDERS[name].urls(own).of_answer("m", stream=False) == own


def test_only_anthropics_models_can_be_asked_to_count() -> None:
    counts = {name: PROVIDERS[name].urls("https://api.factory.ai").of_count("m") for name in KINDS}
    assert counts.pop("factory-anthropic") == "https://api.factory.ai/api/llm/a/v1/messages/count_tokens"
    assert set(counts.values()) == {None}


@pytest.mark.parametrize(("name", "path"), CASES)
@pytest.mark.parametrize("host", ["api.factory.ai", "app.factory.ai", "api.eu.factory.ai", "127.0.0.1:4000"])
def test_an_endpoint_is_known_by_its_path(host: str, name: str, path: str) -> None:
    text = f"{{endpoint: [{{name: 'x', base_url: 'http://{host}/api/llm/{path}'}}]}}"
    [provider] = parse(text, {}, file="f").config.providers
    assert (provider.type, vendor_of(provider)) == (name, PROVIDERS[name])


@pytest.mark.parametrize("name", KINDS)
def test_no_list_of_its_models_is_known(name: str) -> None:
    assert PROVIDERS[name].listing is None


@pytest.mark.parametrize(
    ("name", "provider"),
    [
        ("factory-anthropic", "anthropic"),
        ("factory-openai", "openai"),
        ("factory-common", "fireworks"),
        ("factory-google", "google"),
    ],
)
def test_each_kind_has_somebody_who_serves_it(name: str, provider: str) -> None:
    assert PROVIDERS[name].headers({}, native=False)["x-api-provider"] == provider


def marks(user_agent: str) -> dict[str, str]:
    vendor = PROVIDERS["factory-openai"]
    assert vendor.marks is not None
    return dict(vendor.marks(Occasion("s", "m", user_agent)))


def test_it_is_told_who_we_are_unless_something_else_is_configured() -> None:
    ids = {"x-session-id": "s", "x-assistant-message-id": "m"}
    assert marks("fairlead/0.1.0") == {**ids, "x-factory-client": "fairlead", "x-client-version": "0.1.0"}
    assert marks("factory-cli/0.85.0") == {**ids, "x-factory-client": "cli", "x-client-version": "0.85.0"}
    assert marks("somebody") == ids


def test_its_own_clients_headers_are_sent_on_and_no_others() -> None:
    own = {"x-session-id": "s", "x-factory-client": "cli", "x-client-version": "9.9.9", "anthropic-beta": "b"}
    others = {"x-claude-code-session-id": "c", "x-stainless-os": "Linux", "authorization": "Bearer c"}
    sent = PROVIDERS["factory-anthropic"].headers({**own, **others}, native=True)
    assert {**sent, **own} == sent
    assert not sent.keys() & others.keys()


def test_googles_bodies_name_the_model_and_do_not_ask_for_a_stream() -> None:
    vendor = PROVIDERS["factory-google"]
    fitted = vendor.fitted(Operation.ANSWER, "gemini-3", {}, b'{"contents":[ ],"stream":true}')
    assert fitted.body == b'{"contents":[ ],"model":"gemini-3"}'


@pytest.mark.parametrize("name", ["factory-anthropic", "factory-openai", "factory-common"])
def test_other_bodies_are_their_dialects_own(name: str) -> None:
    body = b'{"model":"m", "x":1.0}'
    assert PROVIDERS[name].fitted(Operation.ANSWER, "m", {}, body).body is body


def problem(status: int, detail: str) -> bytes:
    return json.dumps({"detail": detail, "status": status, "title": "T", "requestId": "r"}).encode()


ERRORS: list[tuple[int, dict[str, str], bytes, Kind, int, str]] = [
    (402, {}, problem(402, "No credits left"), Kind.BILLING, 402, "No credits left (the account's allowance"),
    (402, {}, b"", Kind.BILLING, 402, "allowance"),
    (403, {}, problem(403, "Forbidden"), Kind.PERMISSION, 403, "Forbidden (Factory opens no model to this request"),
    (403, {}, b"", Kind.PERMISSION, 403, "system_prompt"),
    (403, {"retry-after": "7"}, problem(403, "Slow down"), Kind.RATE_LIMIT, 429, "Slow down"),
    (403, {"x-ratelimit-reset": "1"}, b"", Kind.RATE_LIMIT, 429, "403"),
    (401, {}, problem(401, "organization has no API key"), Kind.AUTHENTICATION, 401, "organization has no API key"),
    (400, {}, problem(400, "Unable to determine client version"), Kind.BAD_REQUEST, 400, "user_agent"),
    (429, {}, problem(429, "limit"), Kind.RATE_LIMIT, 429, "limit"),
    (404, {}, b"<!doctype html><p>no", Kind.NOT_FOUND, 404, "web page"),
    (500, {}, b"[1]", Kind.UPSTREAM, 500, "500"),
]


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize(("status", "headers", "body", "kind", "told", "words"), ERRORS)
def test_its_errors_say_what_happened_and_what_can_be_done(
    name: str, status: int, headers: dict[str, str], body: bytes, kind: Kind, told: int, words: str
) -> None:
    refusal = PROVIDERS[name].refusal
    assert refusal is not None
    failure = refusal(status, headers, body)
    assert (failure.kind, failure.http_status) == (kind, told)
    assert words in failure.message


def test_an_error_of_the_model_behind_it_keeps_its_wording() -> None:
    refusal = PROVIDERS["factory-anthropic"].refusal
    assert refusal is not None
    sent: dict[str, Any] = {"type": "error", "error": {"type": "invalid_request_error", "message": "messages: no"}}
    failure = refusal(400, {}, json.dumps(sent).encode())
    assert (failure.dialect, json.loads(failure.body or b"")) == ("anthropic", sent)
