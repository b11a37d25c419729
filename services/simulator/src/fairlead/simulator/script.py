"""What a simulated model says, before any dialect puts it on the wire."""

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum

import msgspec

from .seals import opened, sealed

BYTES_PER_TOKEN = 4
"""Every token figure of the simulator is a size in bytes over this number, rounded up: repeatable, and near enough."""


class Stop(Enum):
    """Why the simulated model fell silent; each dialect has its own word for it."""

    END = "end"
    TOOL = "tool"
    LENGTH = "length"
    STOP_SEQUENCE = "stop_sequence"
    REFUSAL = "refusal"


class Source(msgspec.Struct, frozen=True):
    """A page that a web search has found; `quote` is what it says."""

    url: str
    title: str
    quote: str


class Text(msgspec.Struct, frozen=True):
    """Visible words, streamed `piece` characters at a time; all of them rest on `sources`, where there are any."""

    text: str
    piece: int = 16
    sources: tuple[Source, ...] = ()


class Thinking(msgspec.Struct, frozen=True):
    """Reasoning that the provider signs; `signature` is opaque to the client."""

    text: str
    signature: str


class RedactedThinking(msgspec.Struct, frozen=True):
    """Reasoning the provider hands out only encrypted."""

    data: str


class ToolCall(msgspec.Struct, frozen=True):
    """A call of a client's tool.

    `arguments` is JSON text, not an object, because a model may write text that is not JSON.
    An `id` of None lets the dialect mint one of its own kind. A `custom` tool takes free text instead of JSON;
    `namespace` is where the tool stands, for the one dialect that has such.
    """

    name: str
    arguments: str
    id: str | None = None
    namespace: str | None = None
    custom: bool = False


class WebSearch(msgspec.Struct, frozen=True):
    """A search that the provider makes itself, in the middle of its answer."""

    query: str
    found: tuple[Source, ...]


Step = Text | Thinking | RedactedThinking | ToolCall | WebSearch


class Script(msgspec.Struct, frozen=True):
    """One whole answer."""

    steps: tuple[Step, ...]
    stop: Stop = Stop.END
    stop_sequence: str | None = None


class Usage(msgspec.Struct, frozen=True):
    """Token figures: `fresh + cache_read + cache_write` is the whole prompt; `output` includes `thinking`."""

    fresh: int
    cache_read: int
    cache_write: int
    output: int
    thinking: int

    @property
    def prompt(self) -> int:
        return self.fresh + self.cache_read + self.cache_write


class Reply(msgspec.Struct, frozen=True):
    """A script with what a dialect needs to put it on the wire; `digest` (hex) is where every id comes from.

    `shows_thinking` and `shows_sources` say whether the client may read what was thought, and the addresses of what was
    found, where that is a matter of asking. `quirks` name
    what this provider does differently from its documentation. `echo` holds request fields that the answer repeats.
    """

    digest: str
    model: str
    script: Script
    usage: Usage
    wants_usage: bool = True
    shows_thinking: bool = True
    shows_sources: bool = False
    quirks: frozenset[str] = frozenset()
    echo: Mapping[str, msgspec.Raw] = msgspec.field(default_factory=dict)


def say(*steps: Step) -> Script:
    """The script of these steps; it stops for its tool calls when it has any."""
    calls = any(isinstance(step, ToolCall) for step in steps)
    return Script(steps, Stop.TOOL if calls else Stop.END)


def signed(text: str) -> Thinking:
    """Thinking with a signature that is a function of its text and as long as a real one."""
    digests = (hashlib.sha512(f"{part}:{text}".encode()).digest() for part in range(4))
    return Thinking(text, base64.b64encode(b"".join(digests)).decode())


def redacted(text: str) -> RedactedThinking:
    """Thinking that nobody but the simulator can read."""
    return RedactedThinking(base64.b64encode(sealed("redacted thinking", text.encode())).decode())


def is_own(thought: Thinking | RedactedThinking) -> bool:
    """Whether this simulator signed or redacted it, and nobody has changed it since."""
    if isinstance(thought, Thinking):
        return thought.signature == signed(thought.text).signature
    try:
        return opened("redacted thinking", base64.b64decode(thought.data, validate=True)) is not None
    except ValueError:
        return False


def tokens(size: int) -> int:
    """The token figure for `size` bytes."""
    return -(-size // BYTES_PER_TOKEN)


def output_tokens(steps: Iterable[Step]) -> tuple[int, int]:
    """All output tokens of these steps, and those among them that are thinking."""
    spoken = thought = 0
    for step in steps:
        match step:
            case Text(text=text):
                spoken += tokens(len(text.encode()))
            case ToolCall(name=name, arguments=arguments):
                spoken += tokens(len(name.encode()) + len(arguments.encode()))
            case Thinking(text=text):
                thought += tokens(len(text.encode()))
            case RedactedThinking(data=data):
                thought += tokens(len(data))
            case WebSearch(query=query):
                spoken += tokens(len(query.encode()))
    return spoken + thought, thought


def pieces(text: str, size: int) -> list[str]:
    """`text` cut into streamed deltas of `size` characters."""
    return [text[start : start + size] for start in range(0, len(text), size)]


def limited(script: Script, max_tokens: int | None, stops: Sequence[str]) -> Script:
    """The script as a provider would end it early: at the first stop sequence, then at `max_tokens`."""
    script = _stopped(script, stops)
    if max_tokens is None or output_tokens(script.steps)[0] <= max_tokens:
        return script
    kept: list[Step] = []
    budget = max_tokens * BYTES_PER_TOKEN
    for step in script.steps:
        if isinstance(step, Text | Thinking) and (fitting := _first_bytes(step.text, budget)) != step.text:
            if fitting:
                kept.append(_cut(step, fitting))
            break
        size = output_tokens((step,))[0] * BYTES_PER_TOKEN
        if size > budget:
            break
        kept.append(step)
        budget -= size
    return Script(tuple(kept), Stop.LENGTH)


def _cut(step: Text | Thinking, text: str) -> Text | Thinking:
    """The beginning of a step; what was signed is signed anew."""
    if isinstance(step, Thinking) and is_own(step):
        return signed(text)
    return msgspec.structs.replace(step, text=text)


def _stopped(script: Script, stops: Sequence[str]) -> Script:
    for position, step in enumerate(script.steps):
        if not isinstance(step, Text):
            continue
        found = [(at, stop) for stop in stops if stop and (at := step.text.find(stop)) >= 0]
        if found:
            at, stop = min(found)
            before = (msgspec.structs.replace(step, text=step.text[:at]),) if at else ()
            return Script((*script.steps[:position], *before), Stop.STOP_SEQUENCE, stop)
    return script


def _first_bytes(text: str, size: int) -> str:
    return text.encode()[:size].decode(errors="ignore")
