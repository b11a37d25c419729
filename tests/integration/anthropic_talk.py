"""Asks each model for a message twice, streamed and whole, with whatever version of the `anthropic` SDK runs this.

    PYTHON_OF_THE_SDK anthropic_talk.py URL KEY MODEL …

prints a line `{"sdk": its version, "streamed": message, "whole": message}` for each. Nothing of the project may be imported here.
"""

import json
import sys

import anthropic

WEATHER = {
    "name": "weather",
    "description": "The weather in a city.",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
TOLD = ("role", "content", "stop_reason", "usage")


def message(answer):
    """What is told of an answer. An id is made anew for each; the other fields of usage differ between versions; a
    signature without a thought stands where the provider put it, which is not the same place in a stream."""
    told = {key: value for key, value in json.loads(answer.to_json()).items() if key in TOLD}
    told["usage"] = {key: told["usage"][key] for key in ("input_tokens", "output_tokens")}
    told["content"] = [block for block in told["content"] if block["type"] != "thinking" or block["thinking"]]
    for block in told["content"]:
        block.pop("id", None)
        block.pop("signature", None)
    return told


def main(url, key, *models):
    client = anthropic.Anthropic(api_key=key, base_url=url, max_retries=0, timeout=30)
    for model in models:
        print(json.dumps({"sdk": anthropic.__version__, **both(client, model)}))


def both(client, model):
    asked = {
        "model": model,
        "max_tokens": 3000,
        "messages": [{"role": "user", "content": "hello"}],
        "tools": [WEATHER],
        "thinking": {"type": "enabled", "budget_tokens": 2000},
    }
    with client.messages.stream(**asked) as stream:
        streamed = stream.get_final_message()
    whole = client.messages.create(**asked)
    return {"streamed": message(streamed), "whole": message(whole)}


main(*sys.argv[1:])
