"""The real Claude Code works through both tiers, on both lanes, and what goes wrong behind them is told or mended."""

import base64
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from fairlead.simulator import signed

from .claude_code import ClaudeCode, Installed, Run, present, versions
from .provider import Provider
from .stack import CLIENT_KEY, Stack

pytestmark = pytest.mark.claude_code

LANES = {"native": "/v1/messages", "chat": "/v1/chat/completions"}
"""A provider of each lane, and where its requests arrive."""
COMPLETE = "Hello from the simulator. This text is streamed in a few pieces."


@pytest.fixture(params=versions())
def claude(request: pytest.FixtureRequest, stack: Stack, tmp_path: Path, project: Path) -> ClaudeCode:
    found: Installed | None = request.param
    home = tmp_path / "home"
    home.mkdir()
    return ClaudeCode(present(found), stack.router, CLIENT_KEY, home, project)


@pytest.fixture(params=LANES)
def lane(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def bodies(provider: Provider, path: str) -> list[dict[str, Any]]:
    return [json.loads(record["body"]) for record in provider.requests(path)]


def statuses(provider: Provider) -> list[int | None]:
    return [record["status"] for record in provider.requests()]


def assert_succeeded(run: Run) -> None:
    assert run.succeeded, f"{run.result}\n{run.complaints}"
    assert run.retries == []
    assert run.failed_tools == []


def events(*told: dict[str, Any]) -> list[str]:
    """The bytes of an Anthropic stream."""
    return [f"event: {each['type']}\ndata: {json.dumps(each)}\n\n" for each in told]


def block_of(index: int, block: dict[str, Any], *deltas: dict[str, Any]) -> list[dict[str, Any]]:
    """The events of one content block."""
    said = [{"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas]
    start = {"type": "content_block_start", "index": index, "content_block": block}
    return [start, *said, {"type": "content_block_stop", "index": index}]


def calling(tool: str, arguments: dict[str, Any], *, model: str, thought: str = "", signature: str = "") -> list[str]:
    """An answer on the native lane that calls one tool, after some signed thinking."""
    usage = {"input_tokens": 1, "output_tokens": 1}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": model, "content": [], "usage": usage}
    thinking = block_of(
        0,
        {"type": "thinking", "thinking": "", "signature": ""},
        {"type": "thinking_delta", "thinking": thought},
        {"type": "signature_delta", "signature": signature},
    )
    call = block_of(
        1 if thought else 0,
        {"type": "tool_use", "id": "toolu_1", "name": tool, "input": {}},
        {"type": "input_json_delta", "partial_json": json.dumps(arguments)},
    )
    ended = {"stop_reason": "tool_use", "stop_sequence": None}
    return events(
        {"type": "message_start", "message": {**message, "stop_reason": None, "stop_sequence": None}},
        *(thinking if thought else []),
        *call,
        {"type": "message_delta", "delta": ended, "usage": {"output_tokens": 9}},
        {"type": "message_stop"},
    )


# --- what it is for -------------------------------------------------------------------------------------------------


def test_a_file_is_written_with_a_tool_call(claude: ClaudeCode, provider: Provider, lane: str) -> None:
    run = claude.run("Create a file hello.txt containing hello world", model=f"{lane},some-model")
    assert_succeeded(run)
    assert run.tools == ["Write"]
    assert (claude.project / "hello.txt").read_text().strip() == "hello world"
    assert [record["target"].partition("?")[0] for record in provider.requests()] == [LANES[lane]] * 2


def test_a_file_is_written_read_edited_and_shown(claude: ClaudeCode, provider: Provider, lane: str) -> None:
    run = claude.run("go", model=f"{lane},sim-loop")
    assert_succeeded(run)
    assert run.tools == ["Write", "Read", "Edit", "Bash"]
    assert (claude.project / "simulated.txt").read_text() == "Edited. Written by the simulated provider.\n"
    assert "Edited. Written by the simulated provider." in run.result["result"]
    assert statuses(provider) == [200] * 5


def test_parallel_calls_are_all_carried_out(claude: ClaudeCode, provider: Provider, lane: str) -> None:
    run = claude.run("go", model=f"{lane},sim-parallel")
    assert_succeeded(run)
    assert run.tools == ["Write", "Write"]
    assert {file.name: file.read_text() for file in claude.project.glob("parallel-*")} == {
        "parallel-one.txt": "one\n",
        "parallel-two.txt": "two\n",
    }
    assert len({block["id"] for block in run.blocks("assistant", "tool_use")}) == 2


def test_calls_under_one_id_are_told_apart(claude: ClaudeCode, provider: Provider) -> None:
    run = claude.run("go", model="chat,sim-duplicate-ids")
    assert_succeeded(run)
    assert run.tools == ["Bash", "Bash"]
    assert len({block["id"] for block in run.blocks("assistant", "tool_use")}) == 2


def test_signed_thinking_goes_back_as_it_came(claude: ClaudeCode, provider: Provider) -> None:
    thought = signed("Where am I?")
    answer = calling(
        "Bash", {"command": "pwd"}, model="claude-think", thought=thought.text, signature=thought.signature
    )
    provider.answers_next({"chunks": answer})
    run = claude.run("go", model="claude-think")
    assert_succeeded(run)
    assert run.tools == ["Bash"]
    shown = {"type": "thinking", "thinking": thought.text, "signature": thought.signature}
    assert run.blocks("assistant", "thinking") == [shown]
    last = bodies(provider, "/messages")[-1]["messages"]
    assert [message["content"][0] for message in last if message["role"] == "assistant"] == [shown]
    assert statuses(provider) == [200, 200]


def test_a_client_whose_thinking_is_refused_mends_its_request(claude: ClaudeCode, provider: Provider) -> None:
    """It knows what to do by the provider's own words, which must reach it."""
    answer = calling("Bash", {"command": "pwd"}, model="claude-think", thought="Where am I?", signature="c2lnbmVk")
    provider.answers_next({"chunks": answer})
    run = claude.run("go", model="claude-think")
    assert_succeeded(run)
    assert statuses(provider) == [200, 400, 200]


def test_thinking_of_a_chat_model_is_shown_before_each_step(claude: ClaudeCode, provider: Provider) -> None:
    run = claude.run("go", model="chat,sim-thinking-tools")
    assert_succeeded(run)
    assert [block["thinking"] for block in run.blocks("assistant", "thinking")] == [
        f"This is simulated thinking, step {step}." for step in (1, 2, 3)
    ]
    assert run.tools == ["Write", "Bash"]
    assert statuses(provider) == [200] * 3


def test_a_picture_that_a_tool_reads_reaches_the_model(claude: ClaudeCode, provider: Provider, lane: str) -> None:
    pixel = base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"
    )
    (claude.project / "pixel.png").write_bytes(pixel)
    run = claude.run("go", model=f"{lane},sim-read-file!path=pixel.png")
    assert_succeeded(run)
    assert run.tools == ["Read"]
    shown = run.blocks("user", "tool_result")[0]["content"][0]["source"]["data"]
    last = provider.requests(LANES[lane])[-1]
    assert last["status"] == 200
    assert shown in last["body"]


def test_an_answer_that_must_fit_a_schema_fits_it(claude: ClaudeCode, provider: Provider, lane: str) -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    run = claude.run("go", "--json-schema", json.dumps(schema), model=f"{lane},some-model")
    assert_succeeded(run)
    assert isinstance(run.result["structured_output"]["city"], str)


def test_the_context_is_counted_and_nothing_is_asked_for_it(claude: ClaudeCode, provider: Provider, lane: str) -> None:
    run = claude.run("/context", model=f"{lane},some-model")
    assert_succeeded(run)
    assert "Tokens:" in run.result["result"]
    counted = provider.requests("/count_tokens")
    assert provider.requests() == counted
    assert len(counted) >= 14 if lane == "native" else counted == []


def test_a_small_errand_goes_to_the_model_for_small_errands(claude: ClaudeCode, provider: Provider) -> None:
    errand = {"description": "look", "prompt": "Say hello.", "subagent_type": "general-purpose", "model": "haiku"}
    provider.answers_next({"chunks": calling("Agent", errand, model="some-model")})
    run = claude.run("go", model="native,some-model")
    assert_succeeded(run)
    asked = bodies(provider, "/chat/completions")
    assert {body["model"] for body in asked} == {"gpt-small"}
    assert "Say hello." in json.dumps(asked[0]["messages"])
    assert {body["model"] for body in bodies(provider, "/messages")} == {"some-model"}


# --- what goes wrong behind the tiers ---------------------------------------------------------------------------------

OVERLOADED = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
FAILURES: dict[str, dict[str, Any]] = {
    "529": {"status": 529, "body": OVERLOADED},
    "500": {"status": 500, "body": "<html>Internal Server Error</html>"},
    "429": {"status": 429, "headers": {"retry-after": "30"}, "body": {"error": {"message": "slow down"}}},
    "reset": {"status": 200, "body": "{}", "fault": "reset=0"},
    "cut": {"status": 200, "chunks": ["event: ping\ndata: {}\n\n"]},
    "error-event": {"status": 200, "chunks": events(OVERLOADED)},
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
@pytest.mark.parametrize(
    ("model", "asked"),
    [
        ("claude-opus-4-8", ["claude-think", "gpt-think"]),
        ("claude-haiku-4-5", ["gpt-small", "claude-small"]),
    ],
    ids=["native-first", "chat-first"],
)
def test_a_target_that_fails_before_it_says_anything_is_not_noticed(
    claude: ClaudeCode, provider: Provider, model: str, asked: Sequence[str], failure: dict[str, Any]
) -> None:
    provider.answers_next(failure)
    run = claude.run("Create a file hello.txt containing hello world", model=model)
    assert_succeeded(run)
    assert (claude.project / "hello.txt").read_text().strip() == "hello world"
    models = [json.loads(record["body"])["model"] for record in provider.requests()]
    assert models == [*asked, asked[0]]


@pytest.mark.parametrize("fault", ["cut", "reset", "drop"])
def test_an_answer_that_breaks_off_is_no_success(claude: ClaudeCode, provider: Provider, lane: str, fault: str) -> None:
    model = f"{lane},sim-text!chunks=60,delay-at=1200:0.1,{fault}=1600"
    run = claude.run("go", model=model, CLAUDE_CODE_MAX_RETRIES="0")
    assert run.code == 1
    assert run.result["is_error"] is True
    assert "API Error" in run.result["result"]


@pytest.mark.parametrize("fault", ["cut", "reset"])
def test_an_answer_that_breaks_off_after_a_finished_block_is_said_again_or_told(
    claude: ClaudeCode, provider: Provider, lane: str, fault: str
) -> None:
    """Some versions go on from the block they have, others give up; none may take half an answer for a whole one."""
    run = claude.run("go", model=f"{lane},sim-thinking!delay-at=e5:0.1,{fault}=e6,fail-first=1")
    if run.succeeded:
        assert run.result["result"] == COMPLETE
        assert len(provider.requests()) > 1
    else:
        assert run.code == 1
        assert "API Error" in run.result["result"]


def test_a_prompt_that_is_too_long_is_told_in_words_the_client_knows(
    claude: ClaudeCode, provider: Provider, lane: str
) -> None:
    run = claude.run("go", model=f"{lane},sim-text!overflow")
    assert (run.code, run.result["api_error_status"]) == (1, 400)
    assert run.result["result"].startswith("Prompt is too long")
    assert len(provider.requests()) == 1


OVERFLOWS: dict[str, dict[str, Any]] = {
    "native": {
        "type": "error",
        "error": {"type": "invalid_request_error", "message": "prompt is too long: 210000 tokens > 200000 maximum"},
    },
    "chat": {
        "error": {
            "message": "This model's maximum context length is 128000 tokens. However, your messages resulted in "
            "210000 tokens. Please reduce the length of the messages.",
            "type": "invalid_request_error",
            "param": "messages",
            "code": "context_length_exceeded",
        }
    },
}


def test_a_conversation_that_is_too_long_is_compacted_and_goes_on(
    claude: ClaudeCode, provider: Provider, lane: str
) -> None:
    model = f"{lane},some-model"
    assert_succeeded(claude.run("hello", model=model))
    assert_succeeded(claude.run("hello again", "--continue", model=model))
    provider.reset()
    provider.answers_next({"status": 400, "body": OVERFLOWS[lane]})
    run = claude.run("and once more", "--continue", model=model)
    assert_succeeded(run)
    assert [event["compact_metadata"]["trigger"] for event in run.events if "compact_metadata" in event] == ["auto"]
    assert "and once more" in run.result["result"]


def test_a_key_that_is_wrong_is_told(stack: Stack, claude: ClaudeCode, provider: Provider) -> None:
    run = claude.run("go", model="native,some-model", ANTHROPIC_AUTH_TOKEN="wrong", CLAUDE_CODE_MAX_RETRIES="0")
    assert (run.code, run.result["api_error_status"]) == (1, 401)
    assert provider.requests() == []


def test_a_provider_that_is_away_is_told(claude: ClaudeCode, provider: Provider) -> None:
    run = claude.run("go", model="gone,claude-gone", CLAUDE_CODE_MAX_RETRIES="0")
    assert (run.code, run.result["api_error_status"]) == (1, 502)
    assert "gone" in run.result["result"]
