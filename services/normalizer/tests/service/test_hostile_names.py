"""Names and values that clients choose never become a path, a host, a header or a line of a request to a provider."""

from collections.abc import AsyncIterator
from urllib.parse import quote

import httpx2
import pytest
import pytest_asyncio

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


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(running_simulator: Simulator) -> AsyncIterator[httpx2.AsyncClient]:
    async with normalizer(CONFIG.format(url=running_simulator.url, key=CANARY)) as client:
        yield client


@pytest.fixture(params=["chat", "gemini"])
def surface(request: pytest.FixtureRequest) -> str:
    """How the model is named: in the body, or in the path."""
    return str(request.param)


async def asked(client: httpx2.AsyncClient, surface: str, model: str) -> httpx2.Response:
    if surface == "chat":
        return await client.post(CHAT, json=body(f"gem,{model}"))
    path = f"/v1beta/models/{quote(f'gem,{model}', safe='')}:generateContent"
    return await client.post(path, json={"contents": [{"role": "user", "parts": [{"text": "hi"}]}]})


@pytest.mark.parametrize("model", CLIMBING)
async def test_a_model_name_that_climbs_out_of_its_path_is_refused(
    model: str, surface: str, client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    refused = await asked(client, surface, model)
    if "\n" in model and surface == "gemini":
        assert refused.status_code == 404, "no path of ours goes on over two lines"
    else:
        assert refused.status_code == 400
        assert "model: not the name of a model" in refused.text
    assert simulator.requests == []


@pytest.mark.parametrize("model", ODD)
async def test_a_model_name_is_one_segment_of_its_path_whatever_it_holds(
    model: str, surface: str, client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    await asked(client, surface, model)
    assert [one.target for one in simulator.requests] == [f"/v1beta/models/{quote(model, safe='')}:generateContent"]


@pytest.mark.parametrize("name", ["anthropic-beta", "x-api-key", "authorization"])
@pytest.mark.parametrize("between", [b"\t", b"\x1c", b"\x85", "\u2028".encode(), b"%0d%0a", b"\\r\\n"])
async def test_a_header_of_a_client_is_one_line_at_the_provider_too(
    name: str, between: bytes, client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    """These are ends of lines to some readers, if not to HTTP's."""
    sent = {b"x-api-key": b"k", name.encode(): b"Bearer a%bx-injected: b" % between}
    plain = await client.post(MESSAGES, json=body("ant,sim-text"), headers={**sent, name.encode(): b"Bearer a"})
    odd = await client.post(MESSAGES, json=body("ant,sim-text"), headers=sent)
    assert plain.status_code in (200, 401)
    names = [[key for key, _ in one.headers] for one in simulator.requests]
    assert names == [names[0]] * len(names)
    assert len(names) == 2 or odd.status_code == 400


async def test_no_address_in_a_request_is_ever_called(client: httpx2.AsyncClient, simulator: Simulator) -> None:
    """Addresses of providers come from the configuration; pictures and files are the provider's to fetch."""
    elsewhere = simulator.url.replace("127.0.0.1", "localhost")
    picture = {"type": "image", "source": {"type": "url", "url": f"{elsewhere}/picture.png"}}
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
    target: str, client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    request = client.build_request("POST", "/", json=body("ant,sim-text"))
    request.extensions["target"] = target.encode()
    answer = await client.send(request)
    assert answer.status_code in (401, 404)
    assert told(answer)[1]
    assert simulator.requests == []
