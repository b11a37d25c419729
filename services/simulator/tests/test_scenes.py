"""Scenes, round by round."""

import json
from typing import Any

import msgspec
import pytest

from fairlead.simulator.scenes import SCENES, play
from fairlead.simulator.script import RedactedThinking, Script, Stop, Text, Thinking, ToolCall, WebSearch, is_own
from fairlead.simulator.spec import parse
from fairlead.simulator.turn import ANY_TOOL, Call, Sizes, Tool, Turn


def tool(name: str, *fields: str) -> Tool:
    return Tool(name, {"properties": {each: {"type": "string"} for each in fields}, "required": list(fields)})


WRITE = tool("Write", "file_path", "content")
READ = tool("Read", "file_path")
EDIT = tool("Edit", "file_path", "old_string", "new_string")
BASH = tool("Bash", "command")

START = Turn(
    model="m",
    stream=False,
    prompt="hi",
    rounds=(),
    background=("Working directory: /w",),
    tools=(WRITE, READ, EDIT, BASH),
    schema=None,
    forced=None,
    max_tokens=None,
    stops=(),
    sizes=Sizes(0, 0, 0),
    caches=False,
)


def turn(**changes: Any) -> Turn:
    return msgspec.structs.replace(START, **changes)


def text(script: Script) -> str:
    return "".join(step.text for step in script.steps if isinstance(step, Text))


def calls(script: Script) -> list[tuple[str, dict[str, Any]]]:
    return [(step.name, json.loads(step.arguments)) for step in script.steps if isinstance(step, ToolCall)]


def rounds(spec: str, first: Turn = START) -> list[list[tuple[str, dict[str, Any]]]]:
    """The calls of each round until the scene makes none."""
    made: list[list[tuple[str, dict[str, Any]]]] = []
    done: tuple[tuple[Call, ...], ...] = ()
    while found := calls(play(parse(spec), msgspec.structs.replace(first, rounds=done))):
        made.append(found)
        done = (*done, tuple(Call(name, "ok") for name, _ in found))
        assert len(done) < 10
    return made


def test_people_are_told_that_the_answer_is_simulated() -> None:
    script = play(parse("simulated"), turn(prompt="What is 2 + 2?"))
    assert "simulated" in text(script)
    assert "What is 2 + 2?" in text(script)
    assert script.stop is Stop.END


def test_a_plain_wish_for_a_file_is_granted_and_reported() -> None:
    wish = turn(prompt="create hello.txt containing hello world")
    script = play(parse("simulated"), wish)
    assert calls(script) == [("Write", {"file_path": "/w/hello.txt", "content": "hello world"})]
    assert script.stop is Stop.TOOL
    report = play(parse("simulated"), msgspec.structs.replace(wish, rounds=((Call("Write", "File created"),),)))
    assert calls(report) == []
    assert "File created" in text(report)
    assert "simulated" in text(report)


def test_a_failed_tool_is_reported_as_failed() -> None:
    report = play(parse("simulated"), turn(rounds=((Call("Write", "disk full", True),),)))
    assert "The tool Write failed: disk full" in text(report)


def test_a_wish_without_tools_is_answered_in_words() -> None:
    assert calls(play(parse("simulated"), turn(prompt="create a.txt", tools=()))) == []


@pytest.mark.parametrize(("forced", "name"), [("Edit", "Edit"), (ANY_TOOL, "Write")])
def test_a_forced_tool_is_called(forced: str, name: str) -> None:
    assert [called for called, _ in calls(play(parse("simulated"), turn(forced=forced)))] == [name]


def test_the_tool_for_structured_answers_is_called() -> None:
    offered = turn(tools=(BASH, tool("StructuredOutput", "a")))
    assert calls(play(parse("simulated"), offered)) == [("StructuredOutput", {"a": "Simulated a"})]


@pytest.mark.parametrize("name", sorted(SCENES))
def test_structured_output_fits_whatever_the_scene(name: str) -> None:
    schema = {"type": "object", "properties": {"title": {"type": "string"}}}
    assert json.loads(text(play(parse(name), turn(schema=schema)))) == {"title": "Simulated title"}


@pytest.mark.parametrize("name", sorted(SCENES))
def test_every_scene_comes_to_an_end(name: str) -> None:
    if name not in {"bad-json", "single-quotes", "cut-json"}:
        rounds(name)
    assert play(parse(name), turn(rounds=((Call("x", "ok"),),) * 9)).stop is not Stop.TOOL


def test_a_scene_without_its_tool_says_so() -> None:
    assert "offers none" in text(play(parse("write-file"), turn(tools=())))


def test_write_file_takes_the_wish_the_options_or_a_default() -> None:
    written = {"file_path": "/w/a.txt", "content": "b"}
    assert rounds("write-file", turn(prompt="create a.txt with b")) == [[("Write", written)]]
    assert rounds("write-file!path=a.txt,content=b") == [[("Write", written)]]
    default = {"file_path": "/w/simulated.txt", "content": "Written by the simulated provider.\n"}
    assert rounds("write-file") == [[("Write", default)]]


def test_the_loop_writes_reads_edits_and_shows() -> None:
    made = rounds("loop!content=x")
    assert [[name for name, _ in each] for each in made] == [["Write"], ["Read"], ["Edit"], ["Bash"]]
    assert made[2][0][1] == {"file_path": "/w/simulated.txt", "old_string": "x", "new_string": "Edited. x"}


def test_parallel_makes_two_different_calls_in_one_answer() -> None:
    ((first, second),) = rounds("parallel")
    assert first != second
    ((one, other),) = rounds("parallel", turn(tools=(tool("get_weather", "city"),)))
    assert one == other == ("get_weather", {"city": "Simulated city"})


def test_thinking_comes_first_and_is_signed() -> None:
    for name in ("thinking", "thinking-tools", "thinking-only"):
        thought = play(parse(name), START).steps[0]
        assert isinstance(thought, Thinking)
        assert is_own(thought)


def test_redacted_thinking_is_own() -> None:
    secret, *_ = play(parse("redacted"), START).steps
    assert isinstance(secret, RedactedThinking)
    assert is_own(secret)


def test_a_search_is_made_where_it_is_allowed_and_cited() -> None:
    script = play(parse("web-search"), turn(searches=True, prompt="rope?"))
    (search,) = [step for step in script.steps if isinstance(step, WebSearch)]
    assert search.query == "rope?"
    cited = [step.sources for step in script.steps if isinstance(step, Text) and step.sources]
    assert cited == [search.found[:1], search.found]
    assert "does not let it" in text(play(parse("web-search"), START))


def arguments(scene: str, **changes: Any) -> str:
    (call,) = [step for step in play(parse(scene), turn(**changes)).steps if isinstance(step, ToolCall)]
    return call.arguments


def test_arguments_can_be_nearly_json() -> None:
    assert arguments("single-quotes") == "{'command':'echo simulated'}"
    assert arguments("cut-json") == '{"command":"echo simulated'
    assert arguments("cut-json", tools=(tool("get_weather", "city"),)) == '{"city":"Simulated city'


def test_thinking_can_stand_in_the_text() -> None:
    (step,) = play(parse("think-tags"), START).steps
    assert isinstance(step, Text)
    assert step.text.startswith("<think>Simulated thought.</think>")
    assert step.piece < len("<think>")


def test_an_answer_can_be_a_call_of_a_tool_nobody_offers() -> None:
    (made,) = rounds("exit-tool")
    assert made == [("ExitTool", {"response": "Hello from the simulator. This text is streamed in a few pieces."})]


def test_chunks_make_text_of_exactly_that_many_pieces() -> None:
    (step,) = play(parse("text!chunks=200,size=20"), START).steps
    assert isinstance(step, Text)
    assert (len(step.text), step.piece) == (4000, 20)


def test_echo_repeats_the_prompt() -> None:
    assert text(play(parse("echo"), turn(prompt="say this"))) == "say this"


def test_misspelt_calls_are_as_their_names_say() -> None:
    (odd,) = [step for step in play(parse("odd-ids"), START).steps if isinstance(step, ToolCall)]
    assert odd.id == "functions.tool:0"
    first, second = [step for step in play(parse("duplicate-ids"), START).steps if isinstance(step, ToolCall)]
    assert first.id == second.id
    (broken,) = [step for step in play(parse("bad-json"), START).steps if isinstance(step, ToolCall)]
    with pytest.raises(json.JSONDecodeError):
        json.loads(broken.arguments)


def test_an_unknown_scene_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        play(parse("nowhere"), START)
