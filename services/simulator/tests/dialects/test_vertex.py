"""Vertex: what is around the dialects of Gemini and Claude, in addresses, requests and errors."""

import json
from typing import Any

import pytest

from fairlead.simulator.delivery import Delivery, Write
from fairlead.simulator.http1 import Request
from fairlead.simulator.provider import Provider

ASK = {
    "anthropic_version": "vertex-2023-10-16",
    "max_tokens": 900,
    "messages": [{"role": "user", "content": "hi"}],
}
CONTENTS = {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}
TOKEN = (("authorization", "Bearer ya29.x"),)
PLACE = "/v1/projects/my-project-1/locations/global"


def respond(
    body: dict[str, Any],
    verb: str = "rawPredict",
    model: str = "sim-text",
    headers: tuple[tuple[str, str], ...] = TOKEN,
    place: str = PLACE,
    publisher: str = "anthropic",
    key: str | None = None,
) -> Delivery:
    path = f"{place}/publishers/{publisher}/models/{model}:{verb}"
    return Provider(key).respond(Request("POST", path, headers, json.dumps(body).encode(), chunked_answers=False))


def gemini(body: dict[str, Any] = CONTENTS, verb: str = "generateContent", **more: Any) -> Delivery:
    return respond(body, verb, publisher="google", **more)


def body_of(delivery: Delivery) -> str:
    sent = b"".join(each.data for each in delivery.actions if isinstance(each, Write))
    return sent.partition(b"\r\n\r\n")[2].decode()


def refused(delivery: Delivery) -> tuple[int, str, str]:
    """The status, whose words it is in, and the message."""
    told = json.loads(body_of(delivery))
    speaker = "anthropic" if told.get("type") == "error" else "google"
    return delivery.status, speaker, told["error"]["message"]


def test_claude_answers_whole_and_in_a_stream() -> None:
    assert json.loads(body_of(respond(ASK)))["type"] == "message"
    streamed = respond({**ASK, "stream": True}, "streamRawPredict")
    assert body_of(streamed).startswith("event: message_start\n")


def test_gemini_answers_whole_and_in_a_stream() -> None:
    assert json.loads(body_of(gemini()))["candidates"]
    assert body_of(gemini(verb="streamGenerateContent?alt=sse")).startswith("data: {")


@pytest.mark.parametrize("place", [PLACE, "/a/proxy" + PLACE, PLACE.replace("v1", "v1beta1")])
def test_an_address_may_stand_below_others(place: str) -> None:
    assert respond(ASK, place=place).status == 200


def test_an_api_key_does_without_a_project_and_nothing_else_does() -> None:
    key = (("x-goog-api-key", "k"),)
    assert gemini(headers=key, place="/v1").status == 200
    assert refused(gemini(place="/v1"))[0] == 401


@pytest.mark.parametrize("headers", [(), (("authorization", "Basic x"),), (("x-api-key", "k"),)])
def test_whoever_shows_no_token_is_refused_in_googles_words(headers: tuple[tuple[str, str], ...]) -> None:
    for delivery in (respond(ASK, headers=headers), gemini(headers=headers)):
        status, speaker, message = refused(delivery)
        assert (status, speaker) == (401, "google")
        assert "Expected OAuth 2 access token" in message


def test_a_wrong_token_is_refused_where_one_is_set() -> None:
    assert refused(respond(ASK, key="right"))[:2] == (401, "google")
    assert respond(ASK, headers=(("authorization", "Bearer right"),), key="right").status == 200


@pytest.mark.parametrize("project", ["-", "UPPER-CASE", "a"])
def test_a_project_that_cannot_be_is_refused(project: str) -> None:
    assert refused(respond(ASK, place=f"/v1/projects/{project}/locations/global"))[0] == 400


@pytest.mark.parametrize(
    ("change", "verb", "message"),
    [
        ({"anthropic_version": "2023-06-01"}, "rawPredict", "anthropic_version: Field required"),
        ({"model": "sim-text"}, "rawPredict", "model: Extra inputs are not permitted"),
        ({"stream": True}, "rawPredict", "stream: does not go with the method"),
        ({}, "streamRawPredict", "stream: does not go with the method"),
        ({"messages": []}, "rawPredict", "messages: at least one message is required"),
    ],
)
def test_a_body_for_another_api_is_refused_in_anthropics_words(change: dict[str, Any], verb: str, message: str) -> None:
    status, speaker, told = refused(respond({**ASK, **change}, verb))
    assert (status, speaker) == (400, "anthropic")
    assert told.startswith(message)


def test_betas_that_are_not_known_are_refused() -> None:
    known = (*TOKEN, ("anthropic-beta", "context-1m-2025-08-07, interleaved-thinking-2025-05-14"))
    assert respond(ASK, headers=known).status == 200
    status, _, message = refused(respond(ASK, headers=(*TOKEN, ("anthropic-beta", "effort-2025-11-24"))))
    assert (status, message) == (400, "Unexpected value(s) `effort-2025-11-24` for the `anthropic-beta` header.")


@pytest.mark.parametrize("field", ["serviceTier", "store"])
def test_fields_that_only_the_other_api_has_are_refused(field: str) -> None:
    assert field in refused(gemini({**CONTENTS, field: "x"}))[2]


def test_tokens_are_counted_by_the_model_in_the_body_and_by_the_one_in_the_path() -> None:
    asked = {name: value for name, value in ASK.items() if name != "max_tokens"}
    counted = respond({"model": "sim-text", **asked}, model="count-tokens")
    assert json.loads(body_of(counted))["input_tokens"] > 0
    assert json.loads(body_of(gemini(verb="countTokens")))["totalTokens"] > 0
    assert refused(gemini({"generateContentRequest": CONTENTS}, verb="countTokens"))[0] == 400


@pytest.mark.parametrize(("status", "speaker"), [(401, "google"), (404, "google"), (429, "google"), (529, "anthropic")])
def test_what_stands_before_the_model_speaks_googles_words(status: int, speaker: str) -> None:
    assert refused(respond(ASK, model=f"sim-text!status={status}"))[:2] == (status, speaker)


@pytest.mark.parametrize("publisher", ["google", "anthropic"])
def test_models_are_listed_by_their_publisher(publisher: str) -> None:
    path = f"/v1beta1/publishers/{publisher}/models"
    told = json.loads(body_of(Provider().respond(Request("GET", path, TOKEN, b"", chunked_answers=False))))
    assert told["publisherModels"][0]["name"].startswith(f"publishers/{publisher}/models/")


def test_nobody_else_publishes_here() -> None:
    assert respond(ASK, publisher="meta").status == 404
