"""Names and values that clients choose never become a path, a host, a header or a line of a request to a provider."""

from urllib.parse import quote

import httpx2
import pytest

from fairlead.simulator import Simulator

from ..conftest import CANARY, normalizer
from ..talk import CHAT, MESSAGES, body, told

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONFIG = """{{Providers: [
  {{name: "gem", api_base_url: "{url}/v1beta/models/", api_key: "{key}", models: ["sim-text"]}},
  {{name: "ant", api_base_url: "{url}/v1/messages", auth: "passthrough", models: ["sim-text"]}},
]}}"""

CLIMBING = [
    "..",
    ".",
    "../files",
    "a/../../files",
    "%2e%2e/files",
    "..%2ffiles",
    ".%2E/x",
    "..\\files",
    "a\r\nb",
    "a\x00",
]
ODD = [
    "a?key=1",
    "a#b",
    "a&b",
    "a%2fb",
    "a:b",
    "a;b",
    "a b",
    "//evil.example/x",
    "@evil.example",
    "http://evil.example/",
]


@pytest.fixture(params=["chat", "gemini"])
def surface(request: pytest.FixtureRequest) -> str:
    """How the model is named: in the body, or in the path."""
    return str(request.param)


async def asked(simulator: Simulator, surface: str, model: str) -> httpx2.Response:
    async with normalizer(CONFIG.format(url=simulator.url, key=CANARY)) as client:
        if surface == "chat":
            return await client.post(CHAT, json=body(f"gem,{model}"))
        path = f"/v1beta/models/{quote(f'gem,{model}', safe='')}:generateContent"
        return await client.post(path, json={"contents": [{"role": "user", "parts": [{"text": "hi"}]}]})


@pytest.mark.parametrize("model", CLIMBING)
async def test_a_model_name_that_climbs_out_of_its_path_is_refused(
    model: str, surface: str, simulator: Simulator
) -> None:
    refused = await asked(simulator, surface, model)
    if "\n" in model and surface == "gemini":
        assert refused.status_code == 404, "no path of ours goes on over two lines"
    else:
        assert refused.status_code == 400
        assert "model: not the name of a model" in refused.text
    assert simulator.requests == []


@pytest.mark.parametrize("model", ODD)
async def test_a_model_name_is_one_segment_of_its_path_whatever_it_holds(
    model: str, surface: str, simulator: Simulator
) -> None:
    await asked(simulator, surface, model)
    assert [one.target for one in simulator.requests] == [f"/v1beta/models/{quote(model, safe='')}:generateContent"]


@pytest.mark.parametrize("name", ["x-session-id", "x-request-id", "anthropic-beta", "x-api-key"])
async def test_a_client_cannot_put_a_line_into_a_header(name: str, simulator: Simulator) -> None:
    """What a client sends in one line stays in one: no other character than those of one is let in."""
    async with normalizer(CONFIG.format(url=simulator.url, key=CANARY)) as client:
        value = "\x85a\u2028b\tc".encode()
        headers = {name.encode(): value, **({} if name == "x-api-key" else {b"x-api-key": b"k"})}
        answer = await client.post(MESSAGES, json=body("ant,sim-text"), headers=headers)
    assert answer.status_code in (200, 400, 401)
    for one in simulator.requests:
        assert all("\r" not in text and "\n" not in text for pair in one.headers for text in pair)
        assert not any("injected" in key for key, _ in one.headers)


async def test_no_address_in_a_request_is_ever_called(simulator: Simulator) -> None:
    """Addresses of providers come from the configuration; pictures and files are the provider's to fetch."""
    elsewhere = simulator.url.replace("127.0.0.1", "localhost")
    picture = {"type": "image", "source": {"type": "url", "url": f"{elsewhere}/picture.png"}}
    async with normalizer(CONFIG.format(url=simulator.url, key=CANARY)) as client:
        for provider in ("gem", "ant"):
            await client.post(
                MESSAGES,
                json=body(
                    f"{provider},sim-text",
                    messages=[{"role": "user", "content": [picture, {"type": "text", "text": "what is this"}]}],
                    base_url=elsewhere,
                    api_base=elsewhere,
                    proxy=elsewhere,
                ),
                headers={
                    "x-api-key": "k",
                    "x-forwarded-host": "evil.example",
                    "x-base-url": elsewhere,
                    "x-forwarded-for": "169.254.169.254",
                },
            )
    assert simulator.requests
    for one in simulator.requests:
        assert one.method == "POST"
        assert one.header("host") == simulator.url.removeprefix("http://")
        assert not any(key.lower().startswith(("x-forwarded", "x-base")) for key, _ in one.headers)


@pytest.mark.parametrize("target", ["http://evil.example/v1/messages", "//evil.example/v1/messages"])
async def test_a_whole_url_as_the_target_of_a_request_is_no_more_than_its_path(
    target: str, simulator: Simulator
) -> None:
    async with normalizer(CONFIG.format(url=simulator.url, key=CANARY)) as client:
        request = client.build_request("POST", "/", json=body("ant,sim-text"))
        request.extensions["target"] = target.encode()
        answer = await client.send(request)
    assert answer.status_code in (401, 404)
    assert told(answer)[1]
    assert simulator.requests == []
