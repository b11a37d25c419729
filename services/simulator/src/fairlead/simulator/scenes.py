"""Picks what the simulated model says: a scene by name, played on with the conversation so far."""

import shlex
from collections.abc import Callable, Mapping

import msgspec

from . import hands
from .fitting import fitting
from .script import Script, Source, Stop, Text, ToolCall, WebSearch, redacted, say, signed
from .spec import DEFAULT_SCENE, Spec
from .turn import ANY_TOOL, Tool, Turn
from .wishes import FileWish, file_wish

DEFAULT_CONTENT = "Written by the simulated provider.\n"
_QUOTED = 400
"""Characters of a tool's result that an answer repeats."""

Play = Callable[[Turn, Spec], Script]
Deed = Callable[[Turn, Spec], tuple[ToolCall, ...]]


class Scene(msgspec.Struct, frozen=True):
    """One way to answer; `what` is told in the list of models."""

    what: str
    play: Play


def play(spec: Spec, turn: Turn) -> Script:
    """The answer of the chosen scene; a request for structured output gets it whatever the scene.

    Raises KeyError when there is no such scene.
    """
    scene = SCENES[spec.scene or DEFAULT_SCENE]
    if turn.schema is not None:
        return say(Text(msgspec.json.encode(fitting(turn.schema)).decode()))
    if spec.chunks is not None:
        return say(Text(_filled(spec.chunks * spec.size), piece=spec.size))
    return scene.play(turn, spec)


def _filled(length: int) -> str:
    words = "the simulated model goes on talking "
    return (words * (length // len(words) + 1))[:length]


def _said(text: str) -> Play:
    return lambda _turn, _spec: say(Text(text))


def _fixed(script: Script) -> Play:
    return lambda _turn, _spec: script


def _echo(turn: Turn, _: Spec) -> Script:
    return say(Text(turn.prompt or "(no prompt)"))


# --- the scene for people -------------------------------------------------------------------------------------------


def _simulated(turn: Turn, _: Spec) -> Script:
    """Answers plainly, grants a plain wish for a file, does what the client forces it to."""
    if turn.rounds:
        return _report(turn)
    if tool := _owed(turn):
        return say(hands.any_call(turn, tool))
    wish = file_wish(turn.prompt)
    call = hands.write(turn, wish.name, _content(wish)) if wish else None
    if wish and call:
        return say(Text(f"I am simulated, but I can do this: I will create {wish.name}."), call)
    return say(Text(_introduction(turn)))


def _content(wish: FileWish) -> str:
    return DEFAULT_CONTENT if wish.content is None else wish.content


def _owed(turn: Turn) -> Tool | None:
    """The tool that must be called now: forced, or the one some agents take their final answer from."""
    if turn.forced == ANY_TOOL:
        return next(iter(turn.tools), None)
    wanted = turn.forced or "StructuredOutput"
    return next((tool for tool in turn.tools if tool.name == wanted), None)


def _introduction(turn: Turn) -> str:
    said = f" You wrote: “{_short(turn.prompt)}”." if turn.prompt else ""
    return (
        "This answer is simulated: it comes from the built-in simulated provider, and no model has read your message."
        f"{said} It can do one thing for real: ask plainly for a file, such as “create hello.txt containing hello "
        "world”, and it calls your client's tool for it. For real answers, configure a provider and its key."
    )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _QUOTED else f"{line[:_QUOTED]}…"


def _report(turn: Turn) -> Script:
    """What the tools called last have answered."""
    parts = []
    for call in turn.rounds[-1]:
        if call.result is None:
            parts.append(f"The tool {call.name} has not answered.")
        elif call.is_error:
            parts.append(f"The tool {call.name} failed: {_short(call.result)}")
        else:
            parts.append(f"The tool {call.name} is done and answered: {_short(call.result) or '(nothing)'}")
    return say(Text("\n".join([*parts, "This answer is simulated; no model took part."])))


# --- scenes that call tools -----------------------------------------------------------------------------------------


def _loop(*deeds: Deed) -> Play:
    """One deed a round, those left out for which the client offers no tool; at the end a report."""

    def scene(turn: Turn, spec: Spec) -> Script:
        calls = [made for deed in deeds if (made := deed(turn, spec))]
        done = len(turn.rounds)
        if done < len(calls):
            return say(Text(f"Simulated step {done + 1} of {len(calls)}."), *calls[done])
        return (
            _report(turn) if turn.rounds else say(Text("This scene calls a tool, and the request offers none for it."))
        )

    return scene


def _thoughtful(inner: Play) -> Play:
    """The same scene with signed thinking before each answer."""

    def scene(turn: Turn, spec: Spec) -> Script:
        script = inner(turn, spec)
        thought = signed(f"This is simulated thinking, step {len(turn.rounds) + 1}.")
        return msgspec.structs.replace(script, steps=(thought, *script.steps))

    return scene


def _one(call: ToolCall | None) -> tuple[ToolCall, ...]:
    return (call,) if call else ()


def _wanted(turn: Turn, spec: Spec) -> tuple[str, str]:
    wish = file_wish(turn.prompt) or FileWish("simulated.txt", None)
    content = spec.content if spec.content is not None else _content(wish)
    return spec.path or wish.name, content


def _write(turn: Turn, spec: Spec) -> tuple[ToolCall, ...]:
    return _one(hands.write(turn, *_wanted(turn, spec)))


def _read(turn: Turn, spec: Spec) -> tuple[ToolCall, ...]:
    return _one(hands.read(turn, _wanted(turn, spec)[0]))


def _edit(turn: Turn, spec: Spec) -> tuple[ToolCall, ...]:
    path, content = _wanted(turn, spec)
    return _one(hands.edit(turn, path, content, f"Edited. {content}"))


def _show(turn: Turn, spec: Spec) -> tuple[ToolCall, ...]:
    return _one(hands.run(turn, f"cat {shlex.quote(hands.absolute(_wanted(turn, spec)[0], turn))}"))


def _bash(turn: Turn, _: Spec) -> tuple[ToolCall, ...]:
    return _one(hands.run(turn, "echo simulated"))


def _parallel(turn: Turn, _: Spec) -> tuple[ToolCall, ...]:
    """Two calls in one answer: two files, or else the first tool twice."""
    files = [hands.write(turn, f"parallel-{name}.txt", f"{name}\n") for name in ("one", "two")]
    calls = tuple(call for call in files if call)
    return calls or tuple(hands.any_call(turn, tool) for tool in turn.tools[:1] * 2)


def _first_tool(turn: Turn, _: Spec) -> tuple[ToolCall, ...]:
    tool = _owed(turn) or next(iter(turn.tools), None)
    return _one(hands.any_call(turn, tool) if tool else None)


def _misspelt(*ids: str, broken: bool = False) -> Deed:
    """Calls of a shell, or else the first tool, under ids of its own, or with arguments that are cut off."""

    def deed(turn: Turn, spec: Spec) -> tuple[ToolCall, ...]:
        return tuple(
            ToolCall(call.name, '{"unfinished": "' if broken else call.arguments, identity)
            for identity in ids
            for call in _bash(turn, spec) or _first_tool(turn, spec)
        )

    return deed


def _web_search(turn: Turn, _: Spec) -> Script:
    """Searches once where the client lets the provider search, and answers from what it has found."""
    if not turn.searches:
        return say(Text("This scene searches the web, and the request does not let it."))
    return say(
        Text("I will look that up. "),
        WebSearch(_short(turn.prompt) or "anything", _FOUND),
        Text("Results are in: "),
        Text("a fairlead guides a rope", sources=_FOUND[:1]),
        Text(", and "),
        Text("es schont die Leine, für lange Zeit", sources=_FOUND),
        Text("."),
    )


# --- scenes of models that misbehave --------------------------------------------------------------------------------


def _single_quoted(call: ToolCall) -> str:
    return call.arguments.replace('"', "'")


def _cut_short(call: ToolCall) -> str:
    """Without the closing of the last string and of the object."""
    return call.arguments[:-2]


def _miswritten(write: Callable[[ToolCall], str]) -> Deed:
    """A call of a shell, or else the first tool, with arguments written in another way."""

    def deed(turn: Turn, spec: Spec) -> tuple[ToolCall, ...]:
        made = _bash(turn, spec) or _first_tool(turn, spec)
        return tuple(msgspec.structs.replace(call, arguments=write(call)) for call in made)

    return deed


def _exit_tool(turn: Turn, _: Spec) -> Script:
    """Answers with a tool that stands for an answer, even if nobody offers it."""
    if turn.rounds:
        return _report(turn)
    return say(ToolCall("ExitTool", msgspec.json.encode({"response": _TEXT}).decode()))


_FOUND = (
    Source("https://example.com/fairlead", "Fairlead", "A fairlead guides a rope."),
    Source("https://example.org/leine", "Über Leinen", "Es schont die Leine, für lange Zeit."),
)
_TEXT = "Hello from the simulator. This text is streamed in a few pieces."
_UNICODE = 'Grüße, 你好, שלום, नमस्ते: 👩‍👩‍👧 é é \u2028 and \\ " \t done.'

SCENES: Mapping[str, Scene] = {
    DEFAULT_SCENE: Scene("answers plainly; creates a file when asked to", _simulated),
    "text": Scene("a short text", _said(_TEXT)),
    "echo": Scene("repeats the last prompt", _echo),
    "unicode": Scene("text that splits badly", _said(_UNICODE)),
    "empty": Scene("no content at all", _fixed(Script(()))),
    "max-tokens": Scene(
        "text that ends at the token limit", _fixed(Script((Text("This sentence is not fin"),), Stop.LENGTH))
    ),
    "refusal": Scene("declines", _fixed(Script((Text("I cannot help with that."),), Stop.REFUSAL))),
    "thinking": Scene("signed thinking, then text", _thoughtful(_said(_TEXT))),
    "thinking-only": Scene("signed thinking and nothing visible", _thoughtful(_fixed(Script(())))),
    "redacted": Scene(
        "redacted and signed thinking, then text",
        _fixed(say(redacted("Simulated secret thinking."), signed("Simulated thinking."), Text(_TEXT))),
    ),
    "write-file": Scene("writes a file with a tool, then reports", _loop(_write)),
    "read-file": Scene("reads a file with a tool, then reports", _loop(_read)),
    "bash": Scene("runs a shell command, then reports", _loop(_bash)),
    "loop": Scene("writes, reads, edits and shows a file in four rounds", _loop(_write, _read, _edit, _show)),
    "parallel": Scene("two tool calls in one answer, then reports", _loop(_parallel)),
    "thinking-tools": Scene("signed thinking before each step of a loop", _thoughtful(_loop(_write, _show))),
    "tool": Scene("calls the forced or the first tool, then reports", _loop(_first_tool)),
    "odd-ids": Scene("a tool call under an id some providers refuse", _loop(_misspelt("functions.tool:0"))),
    "duplicate-ids": Scene("two tool calls under one id", _loop(_misspelt("call_twice", "call_twice"))),
    "web-search": Scene("searches the web at the provider's, and cites what it found", _web_search),
    "think-tags": Scene(
        "thinking between tags in the text", _fixed(say(Text(f"<think>Simulated thought.</think>\n\n{_TEXT}", piece=5)))
    ),
    "single-quotes": Scene("a tool call in single quotes, then reports", _loop(_miswritten(_single_quoted))),
    "cut-json": Scene("a tool call whose last string is not closed, then reports", _loop(_miswritten(_cut_short))),
    "exit-tool": Scene("calls ExitTool with its answer", _exit_tool),
    "bad-json": Scene("a tool call whose arguments are not JSON", _loop(_misspelt("call_broken", broken=True))),
}
