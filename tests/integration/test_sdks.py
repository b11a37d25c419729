"""What the official SDKs make of a stream is what they are told of the same answer whole, with any provider behind."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import openai
import pytest
from google import genai
from google.genai import types

from .provider import Provider
from .stack import CLIENT_KEY, ROOT, Stack, required

PROVIDERS = ("native", "chat", "responses", "gemini")
SCENES = ("sim-text", "sim-unicode", "sim-parallel", "sim-thinking-tools")
MODELS = [f"{behind},{scene}" for behind in PROVIDERS for scene in SCENES]
OLDER_SDKS = ("0.125.0", "1.17.0")
"""The last `anthropic` SDKs of the generations before the one that is installed with the project."""
PARAMETERS: dict[str, Any] = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
STOP_AFTER = 180.0

# What containers could add here is shown by the tests of each SDK.
pytestmark = [
    pytest.mark.parametrize("stack", ["processes"], indirect=True, scope="session"),
    pytest.mark.parametrize("model", MODELS),
]
Told = tuple[object, object]
"""What an answer is to a client, made of a stream and of a whole."""


def python_of(version: str) -> str:
    """The Python that has this version of the SDK, or the end of the test where there is none."""
    folder = Path(os.environ.get("FAIRLEAD_CLIENTS", ROOT / ".clients"))
    python = folder / f"anthropic-{version}" / "bin" / "python"
    if not python.exists():
        absent = f"anthropic {version} is not installed: neither in .clients nor where FAIRLEAD_CLIENTS says"
        if required("other-clients"):
            pytest.fail(absent)
        pytest.skip(absent)
    return str(python)


@pytest.fixture(scope="module")
def anthropic_messages(stack: Stack) -> Callable[[str], Mapping[str, Any]]:
    """Model → what `anthropic_talk.py` prints of it, by the Python that has the SDK. To import one takes seconds."""

    @cache
    def told_by(python: str) -> Mapping[str, Any]:
        talk = [python, str(Path(__file__).with_name("anthropic_talk.py")), stack.router, CLIENT_KEY, *MODELS]
        done = subprocess.run(talk, capture_output=True, text=True, timeout=STOP_AFTER, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        return dict(zip(MODELS, map(json.loads, done.stdout.splitlines()), strict=True))

    return told_by


def test_anthropic(anthropic_messages: Callable[[str], Mapping[str, Any]], model: str) -> None:
    told = anthropic_messages(sys.executable)[model]
    assert told["streamed"] == told["whole"]
    assert told["whole"]["content"]


@pytest.mark.parametrize("version", OLDER_SDKS)
def test_anthropic_of_older_generations(
    anthropic_messages: Callable[[str], Mapping[str, Any]], version: str, model: str
) -> None:
    told = anthropic_messages(python_of(version))[model]
    newest = anthropic_messages(sys.executable)[model]
    assert told["sdk"] == version
    assert told["streamed"] == told["whole"]
    assert [block["type"] for block in told["whole"]["content"]] == [
        block["type"] for block in newest["whole"]["content"]
    ]


def chat(client: openai.OpenAI, model: str) -> Told:
    asked: dict[str, Any] = {
        "model": model,
        "messages": [{"role": "user", "content": "hello"}],
        "tools": [{"type": "function", "function": {"name": "weather", "parameters": PARAMETERS}}],
        "reasoning_effort": "low",
    }
    with client.chat.completions.stream(**asked) as stream:
        streamed = stream.get_final_completion()
    whole = client.chat.completions.create(**asked)

    def told(completion: Any) -> object:
        [choice] = completion.choices
        calls = [(call.function.name, call.function.arguments) for call in choice.message.tool_calls or ()]
        return choice.finish_reason, choice.message.content, calls

    return told(streamed), told(whole)


def responses(client: openai.OpenAI, model: str) -> Told:
    asked: dict[str, Any] = {
        "model": model,
        "input": "hello",
        "tools": [{"type": "function", "name": "weather", "parameters": PARAMETERS, "strict": False}],
        "reasoning": {"effort": "low", "summary": "auto"},
        "store": False,
    }
    with client.responses.stream(**asked) as stream:
        streamed = stream.get_final_response()
    whole = client.responses.create(**asked)

    def told(response: Any) -> object:
        kinds = [item.type for item in response.output if item.type != "reasoning" or item.summary]
        calls = [(item.name, item.arguments) for item in response.output if item.type == "function_call"]
        return response.status, kinds, response.output_text, calls

    return told(streamed), told(whole)


@pytest.mark.parametrize("ask", [chat, responses], ids=lambda ask: ask.__name__)
def test_openai(ask: Callable[[openai.OpenAI, str], Told], stack: Stack, provider: Provider, model: str) -> None:
    with openai.OpenAI(api_key=CLIENT_KEY, base_url=f"{stack.router}/v1", max_retries=0, timeout=30) as client:
        streamed, whole = ask(client, model)
    assert streamed == whole


def test_google_genai(stack: Stack, provider: Provider, model: str) -> None:
    options = types.HttpOptions(base_url=stack.router, timeout=30_000)
    declared = types.FunctionDeclaration(name="weather", parameters_json_schema=PARAMETERS)
    config = types.GenerateContentConfig(tools=[types.Tool(function_declarations=[declared])])
    with genai.Client(api_key=CLIENT_KEY, http_options=options) as client:
        pieces = list(client.models.generate_content_stream(model=model, contents="hello", config=config))
        whole = client.models.generate_content(model=model, contents="hello", config=config)

    def parts(answers: list[types.GenerateContentResponse]) -> list[types.Part]:
        contents = [answer.candidates[0].content for answer in answers if answer.candidates]
        return [part for content in contents if content for part in content.parts or ()]

    def told(found: list[types.Part]) -> object:
        calls = [(part.function_call.name, part.function_call.args) for part in found if part.function_call]
        text = "".join(part.text or "" for part in found if not part.thought)
        thought = "".join(part.text or "" for part in found if part.thought)
        return text, thought, calls

    assert told(parts(pieces)) == told(parts([whole]))
    assert told(parts([whole])) != ("", "", [])
