"""Request bodies shaped like an agent's: what Claude Code re-sends every turn, made up on the fly and repeatable.

Proportions are those of its real requests: three system blocks, about two dozen tools, a history of tool calls with
thinking before them, and cache marks on the system prompt and on the last turn.
"""

import json
import random
import uuid
from typing import Any

from msgspec import Struct

from fairlead.simulator import signed

Json = dict[str, Any]

TOOLS = 25
_TOOL_BYTES = 2_600
_SYSTEM_BYTES = 14_000

_PROSE = (
    "the file a test of router which reads stream and parser then returns when buffer is empty because handler must "
    "keep order before it writes config value into cache so that every request finds its own session without waiting "
    "for lock → “quoted” naïve résumé … check `make build` or `git status` first"
)
_WORDS = _PROSE.split()
_NAMES = ["buffer", "session", "cache", "index", "reader", "handler", "payload", "cursor", "config", "stream", "token"]


class Body(Struct, frozen=True):
    """A request before its model is known; `label` tells its size to people. `session` is the id it carries."""

    label: str
    session: str
    fields: Json

    def encoded(self, model: str, *, stream: bool) -> bytes:
        """As a JavaScript client writes it: no spaces, no escapes that are not needed, `stream` last."""
        fields = {"model": model, **self.fields, "stream": stream}
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


def small(variant: int) -> Body:
    """One question, no tools: under 200 bytes."""
    question = f"Say in one sentence what a fairlead is for. ({variant})"
    return Body("small", _session("small", variant), {"max_tokens": 1024, "messages": [_says("user", question)]})


def agent(label: str, size: int, variant: int) -> Body:
    """A turn in a long conversation: `TOOLS` tools and as much history as makes about `size` bytes."""
    dice = random.Random(f"{label} {variant}")  # noqa: S311 - repeatable, not secret
    session = _session(label, variant)
    fields: Json = {
        "messages": [],
        "system": _system(dice),
        "tools": [_tool(dice, number) for number in range(TOOLS)],
        "metadata": {"user_id": json.dumps({"device_id": "5f" * 32, "account_uuid": "", "session_id": session})},
        "max_tokens": 32000,
        "thinking": {"type": "adaptive"},
        "output_config": {"effort": "high"},
    }
    fields["messages"] = _history(dice, size - _size(fields))
    return Body(label, session, fields)


def _session(label: str, variant: int) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"fairlead-bench/{label}/{variant}"))


def _size(value: object) -> int:
    return len(json.dumps(value, ensure_ascii=False).encode())


def _says(role: str, content: object) -> Json:
    return {"role": role, "content": content}


def _text(text: str, *, cached: bool = False) -> Json:
    block: Json = {"type": "text", "text": text}
    return block | {"cache_control": {"type": "ephemeral"}} if cached else block


def _prose(dice: random.Random, size: int) -> str:
    """Lines of words, with what prompts are full of: line ends, backticks, quotes, a few signs beyond ASCII."""
    lines: list[str] = []
    length = 0
    while length < size:
        line = " ".join(dice.choices(_WORDS, k=dice.randint(6, 18)))
        lines.append(f"- {line}" if dice.random() < 0.3 else line)
        length += len(line) + 1
    return "\n".join(lines)[:size].rstrip()


def _code(dice: random.Random, size: int) -> str:
    """Lines of a program, numbered as a file-reading tool shows them."""
    lines: list[str] = []
    length = 0
    while length < size:
        name, other = dice.choice(_NAMES), dice.choice(_NAMES)
        line = f'{len(lines) + 1:6}→    {name} = {other}.get("{name}_{dice.randint(0, 999)}", {dice.random():.3f})'
        lines.append(line)
        length += len(line) + 1
    return "\n".join(lines)[:size]


def _system(dice: random.Random) -> list[Json]:
    return [
        _text("x-anthropic-billing-header: cc_version=2.1.328.0; cc_entrypoint=sdk-cli;"),
        _text("You are a coding agent that works in a terminal.", cached=True),
        _text(_prose(dice, _SYSTEM_BYTES), cached=True),
    ]


def _tool(dice: random.Random, number: int) -> Json:
    properties = {
        f"{name}_{number}": {"type": dice.choice(("string", "number", "boolean")), "description": _prose(dice, 80)}
        for name in dice.sample(_NAMES, 5)
    }
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": properties,
        "required": list(properties)[:2],
        "additionalProperties": False,
    }
    return {"name": f"Tool{number}", "description": _prose(dice, _TOOL_BYTES - _size(schema)), "input_schema": schema}


def _history(dice: random.Random, size: int) -> list[Json]:
    """A wish, a reminder in the middle as a system message, and rounds of tool use; the last result is marked."""
    wish = [_text(f"<system-reminder>\n{_prose(dice, 600)}\n</system-reminder>"), _text(_prose(dice, 300))]
    messages = [_says("user", wish), _says("system", _prose(dice, 400))]
    left = size - _size(messages)
    number = 0
    while left > 0 or number == 0:
        called, answered = _round(dice, number)
        messages += [called, answered]
        left -= _size([called, answered])
        number += 1
    messages[-1]["content"][-1]["cache_control"] = {"type": "ephemeral"}
    return messages


def _round(dice: random.Random, number: int) -> tuple[Json, Json]:
    """One or two calls and their results; thinking is signed by the provider that is asked."""
    thought = signed(_prose(dice, 300))
    said: list[Json] = [
        {"type": "thinking", "thinking": thought.text, "signature": thought.signature},
        _text(_prose(dice, 120)),
    ]
    results: list[Json] = []
    for call in range(1 + number % 2):
        identity = f"toolu_{number:06}{call}{dice.randbytes(8).hex()}"
        name = f"Tool{dice.randrange(TOOLS)}"
        arguments = {"path": f"/home/dev/project/src/{dice.choice(_NAMES)}.py", "text": _code(dice, 400)}
        said.append({"type": "tool_use", "id": identity, "name": name, "input": arguments})
        results.append(_result(dice, identity, as_list=number % 3 == 0))
    return _says("assistant", said), _says("user", results)


def _result(dice: random.Random, identity: str, *, as_list: bool) -> Json:
    text = _code(dice, dice.randint(300, 4_500))
    return {"type": "tool_result", "tool_use_id": identity, "content": [_text(text)] if as_list else text}
