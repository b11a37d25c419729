"""Every level, to every vendor, in the field that it has there: one table, and the same on both lanes."""

import json
from typing import Any

import pytest

from fairlead.normalizer.lane import Prepared, Wanted, prepare
from fairlead.normalizer.reasoning import Wish, wish_of
from fairlead.normalizer.upstreams import Upstream, upstreams
from fairlead.shared.codec import peek
from fairlead.shared.config import parse
from fairlead.shared.config.schema import Provider
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.levels import REASONING_LEVELS
from fairlead.shared.surfaces import SURFACES, Operation

from .world import NOBODY

LEVELS = ("off", "minimal", "low", "medium", "high", "xhigh", "max")

# What goes to the provider; "." is: no such field. Where a model has no word for a level it gets the vendor's own
# substitute, or else the nearest lower one, or the lowest. "off" takes the client's fields out, and tells a model that
# thinks by itself not to, if it can be told.
TABLE = """
vendor            model                  field                            off           minimal   low       medium    high      xhigh     max
----------------- ---------------------- -------------------------------- ------------- --------- --------- --------- --------- --------- ---------
anthropic         claude-3-5-haiku       thinking.type                    .             .         .         .         .         .         .
anthropic         claude-opus-4-1        thinking.type                    .             enabled   enabled   enabled   enabled   enabled   enabled
anthropic         claude-opus-4-1        thinking.budget_tokens           .             1024      4096      12288     24576     27904     27904
anthropic         claude-sonnet-4-5      thinking.type                    .             enabled   enabled   enabled   enabled   enabled   enabled
anthropic         claude-sonnet-4-5      thinking.budget_tokens           .             1024      4096      12288     24576     40960     59904
anthropic         claude-opus-4-5        thinking.type                    .             enabled   enabled   enabled   enabled   enabled   enabled
anthropic         claude-opus-4-5        thinking.budget_tokens           .             1024      4096      12288     24576     40960     59904
anthropic         claude-sonnet-4-6      thinking.type                    .             adaptive  adaptive  adaptive  adaptive  adaptive  adaptive
anthropic         claude-sonnet-4-6      output_config.effort             .             low       low       medium    high      high      max
anthropic         claude-opus-4-8        thinking.type                    .             adaptive  adaptive  adaptive  adaptive  adaptive  adaptive
anthropic         claude-opus-4-8        output_config.effort             .             low       low       medium    high      xhigh     max
anthropic         claude-sonnet-5        thinking.type                    disabled      adaptive  adaptive  adaptive  adaptive  adaptive  adaptive
anthropic         claude-sonnet-5        output_config.effort             .             low       low       medium    high      xhigh     max
anthropic         claude-sonnet-5-5      thinking.type                    between_tools adaptive  adaptive  adaptive  adaptive  adaptive  adaptive
anthropic         claude-sonnet-5-5      output_config.effort             .             low       low       medium    high      xhigh     max
anthropic         claude-opus-5-5        thinking.type                    .             adaptive  adaptive  adaptive  adaptive  adaptive  adaptive
anthropic         claude-opus-5-5        output_config.effort             .             low       low       medium    high      xhigh     max
anthropic         minimax-m2.5           thinking.type                    .             enabled   enabled   enabled   enabled   enabled   enabled
anthropic         minimax-m2.5           thinking.budget_tokens           .             1024      4096      12288     24576     40960     40960

api.openai.com    gpt-4o                 reasoning_effort                 .             .         .         .         .         .         .
api.openai.com    o3                     reasoning_effort                 .             low       low       medium    high      high      high
api.openai.com    gpt-5                  reasoning_effort                 .             minimal   low       medium    high      high      high
api.openai.com    gpt-5.1                reasoning_effort                 .             low       low       medium    high      high      high
api.openai.com    gpt-5.2                reasoning_effort                 .             low       low       medium    high      xhigh     xhigh
api.openai.com    gpt-5.6-sol            reasoning_effort                 none          low       low       medium    high      xhigh     max
api.openai.com    gpt-6-astra            reasoning_effort                 .             low       low       medium    high      xhigh     max
openai-responses  gpt-5                  reasoning.effort                 .             minimal   low       medium    high      high      high
openai-responses  gpt-5                  reasoning.summary                .             auto      auto      auto      auto      auto      auto
openai-responses  gpt-5.2-codex          reasoning.effort                 .             low       low       medium    high      xhigh     xhigh
openai-responses  gpt-5.2-codex          reasoning.summary                .             auto      auto      auto      auto      auto      auto
openai-responses  gpt-5.6-sol            reasoning.effort                 none          low       low       medium    high      xhigh     max
openai-responses  gpt-5.6-sol            reasoning.summary                .             auto      auto      auto      auto      auto      auto

gemini            gemini-2.0-flash       thinkingConfig.thinkingBudget    .             .         .         .         .         .         .
gemini            gemini-2.5-pro         thinkingConfig.thinkingBudget    .             512       1024      8192      24576     32768     32768
gemini            gemini-2.5-flash       thinkingConfig.thinkingBudget    0             512       1024      8192      24576     24576     24576
gemini            gemini-3-pro           thinkingConfig.thinkingLevel     .             LOW       LOW       HIGH      HIGH      HIGH      HIGH
gemini            gemini-3.1-pro         thinkingConfig.thinkingLevel     .             LOW       LOW       MEDIUM    HIGH      HIGH      HIGH
gemini            gemini-3-flash         thinkingConfig.thinkingLevel     .             MINIMAL   LOW       MEDIUM    HIGH      HIGH      HIGH

openai            glm-4.6                reasoning_effort                 .             minimal   low       medium    high      xhigh     max
deepseek          deepseek-v4            thinking.type                    disabled      enabled   enabled   enabled   enabled   enabled   enabled
deepseek          deepseek-v4            reasoning_effort                 .             low       low       high      high      high      max
openrouter        x/y                    reasoning.effort                 .             minimal   low       medium    high      xhigh     max
vercel            x/y                    reasoning.effort                 .             minimal   low       medium    high      xhigh     max
groq              gpt-oss-120b           reasoning_effort                 .             low       low       medium    high      high      high
groq              qwen3-32b              reasoning_effort                 none          default   default   default   default   default   default
groq              qwen3.8-70b            reasoning_effort                 none          low       low       medium    high      high      high
groq              llama-4                reasoning_effort                 .             .         .         .         .         .         .
cerebras          gpt-oss-120b           reasoning_effort                 .             low       low       medium    high      high      high
cerebras          glm-4.7                reasoning_effort                 none          low       low       medium    high      high      high
github-models     gpt-5                  reasoning_effort                 .             minimal   low       medium    high      high      high
ollama            gpt-oss:20b            reasoning_effort                 .             low       low       medium    high      high      high
ollama            qwen3:8b               reasoning_effort                 none          low       low       medium    high      max       max
ollama            mine                   reasoning_effort                 .             minimal   low       medium    high      xhigh     max
litellm           mine                   reasoning_effort                 .             minimal   low       medium    high      xhigh     max
mistral           mistral-large-latest   reasoning_effort                 .             none      high      high      high      high      high
xai               grok-4.20              reasoning_effort                 .             .         .         .         .         .         .
xai               grok-4.3               reasoning_effort                 none          low       low       medium    high      high      high
xai               grok-4.6               reasoning_effort                 .             low       low       medium    high      xhigh     xhigh
moonshot          kimi-k3                reasoning_effort                 .             low       low       high      high      max       max
moonshot          kimi-k2.6              thinking.type                    disabled      enabled   enabled   enabled   enabled   enabled   enabled
zhipu             glm-4.7                thinking.type                    disabled      enabled   enabled   enabled   enabled   enabled   enabled
zhipu             glm-5.2                reasoning_effort                 none          low       low       high      high      max       max
zhipu             glm-5.3                reasoning_effort                 .             low       low       high      high      max       max
qwen              qwen3.8-plus           reasoning_effort                 none          low       low       medium    high      xhigh     xhigh
qwen              qwen3-plus             enable_thinking                  .             true      true      true      true      true      true
qwen              qwen3-plus             thinking_budget                  .             512       1024      8192      24576     32768     .
"""

ROWS = [line.split() for line in TABLE.splitlines() if line and not line.startswith(("vendor", "-"))]
PLACES = dict.fromkeys((vendor, model) for vendor, model, *_ in ROWS)
CELLS = [(vendor, model, level) for vendor, model in PLACES for level in LEVELS]


def expected(vendor: str, model: str, level: str) -> dict[str, str]:
    """The fields that the table has for one cell, by path."""
    rows = [row for row in ROWS if row[:2] == [vendor, model]]
    told = {row[2]: row[3 + LEVELS.index(level)] for row in rows}
    return {path: value for path, value in told.items() if value != "."}


STEERING = ("thinking", "output_config", "reasoning", "reasoning_effort", "enable_thinking", "thinking_budget")
SHOWN = ("thinkingConfig.includeThoughts", "thinking.display")
URLS = {
    "anthropic": "https://h.example/v1/messages",
    "openai-responses": "https://h.example/v1/responses",
    "gemini": "https://h.example/v1beta/models",
}
SURFACE = {one.dialect: one for one in SURFACES if one.operation is Operation.ANSWER}
# Each client says a level of its own, which a fixed one takes the place of, and how much it wants.
ASKED: dict[str, dict[str, Any]] = {
    "anthropic": {
        "model": "m",
        "max_tokens": 31_000,
        "messages": [{"role": "user", "content": "h\u00e9"}],
        "thinking": {"type": "adaptive"},
        "output_config": {"effort": "medium"},
        "stream": True,
    },
    "openai": {
        "model": "m",
        "max_completion_tokens": 31_000,
        "messages": [{"role": "user", "content": "h\u00e9"}],
        "reasoning_effort": "medium",
        "thinking_budget": 9,
        "stream": True,
    },
    "openai-responses": {"model": "m", "input": "h\u00e9", "reasoning": {"effort": "medium"}, "stream": True},
    "gemini": {
        "contents": [{"role": "user", "parts": [{"text": "h\u00e9"}]}],
        "generationConfig": {
            "thinkingConfig": {"thinkingBudget": 5, "includeThoughts": True},
            "maxOutputTokens": 31_000,
        },
    },
}
ALONE = {"thinking", "output_config", "reasoning_effort", "thinking_budget", "reasoning"}


def upstream(vendor: str, model: str) -> Upstream:
    provider: dict[str, Any] = {"name": "p", "api_key": "k", "models": [model]}
    named = {"api_base_url": URLS.get(vendor, "https://h.example/v1/chat/completions"), "type": vendor}
    provider |= {"api_base_url": f"https://{vendor}/v1/chat/completions"} if "." in vendor else named
    config = parse(json.dumps({"Providers": [provider]}), {}, file="c").config
    return upstreams(config, DIALECTS, "us/1", NOBODY)[0]["p"]


def wanted(dialect: str, asked: dict[str, Any], model: str = "m") -> Wanted:
    body, surface = json.dumps(asked).encode(), SURFACE[dialect]
    fields = surface.fields({"model": model, "action": "streamGenerateContent"}, peek(body))
    return Wanted(DIALECTS[dialect], surface, fields, body, own_words=True)


def told(to: Upstream, model: str, asked: Wanted, wish: Wish) -> Prepared:
    return prepare(asked, to.dialect, to.vendor.profile_of(model), model, to.adjustment_of(model), wish)


def flat(value: Any, path: str = "") -> dict[str, str]:
    """What an object holds, by path."""
    if isinstance(value, dict):
        return {key: leaf for name, one in value.items() for key, leaf in flat(one, f"{path}.{name}").items()}
    return {path.removeprefix("."): value if isinstance(value, str) else json.dumps(value)}


def steering(body: bytes) -> dict[str, str]:
    """Everything in a body that steers reasoning, but for whether the thoughts are shown."""
    fields = json.loads(body)
    fields |= {"thinkingConfig": fields.get("generationConfig", {}).get("thinkingConfig", {})}
    found = flat({name: fields[name] for name in (*STEERING, "thinkingConfig") if name in fields})
    return {path: value for path, value in found.items() if path not in SHOWN}


def test_the_table_has_every_level() -> None:
    assert {*LEVELS, "auto"} == set(REASONING_LEVELS)
    assert all(len(row) == 3 + len(LEVELS) for row in ROWS)


@pytest.mark.parametrize(("vendor", "model", "level"), CELLS)
def test_a_level_is_told_to_a_client_of_the_same_dialect_in_its_own_bytes(vendor: str, model: str, level: str) -> None:
    to = upstream(vendor, model)
    asked = wanted(to.dialect.name, ASKED[to.dialect.name], model)
    sent = told(to, model, asked, Wish(level, fixed=True)).body
    assert steering(sent) == expected(vendor, model, level)
    assert unsteered(sent) == unsteered(asked.body)


@pytest.mark.parametrize(("vendor", "model", "level"), CELLS)
@pytest.mark.parametrize("client", list(ASKED))
def test_a_level_is_told_to_a_client_of_any_other_dialect_alike(
    client: str, vendor: str, model: str, level: str
) -> None:
    to = upstream(vendor, model)
    sent = told(to, model, wanted(client, ASKED[client], model), Wish(level, fixed=True)).body
    assert steering(sent) == expected(vendor, model, level)


def unsteered(body: bytes) -> bytes:
    """A body without what steers reasoning, and without the limit that thinking has to fit into."""
    fields = json.loads(body)
    kept = {name: value for name, value in fields.items() if name not in {*STEERING, "model", "max_tokens"}}
    if "generationConfig" in kept:
        kept["generationConfig"].pop("thinkingConfig", None)
    return json.dumps(kept).encode()


@pytest.mark.parametrize("dialect", list(ASKED))
def test_auto_leaves_every_byte_alone(dialect: str) -> None:
    vendor = {"openai": "deepseek"}.get(dialect, dialect)
    to = upstream(vendor, "m")
    asked = wanted(dialect, ASKED[dialect])
    assert told(to, "m", asked, Wish("auto", fixed=True)).body is asked.body


SPACED = b'{ "model" : "claude-sonnet-4-5" ,"max_tokens": 90000 ,"messages":[{"role":"user","content":"h\\u00e9"}], "x": 1.50 }'


def test_on_the_native_lane_no_other_byte_is_touched() -> None:
    to = upstream("anthropic", "claude-sonnet-4-5")
    asked = Wanted(DIALECTS["anthropic"], SURFACE["anthropic"], peek(SPACED), SPACED, own_words=True)
    bodies = {told(to, "claude-sonnet-4-5", asked, Wish("low", fixed=True)).body for _ in range(3)}
    assert bodies == {SPACED.replace(b" }", b',"thinking":{"type":"enabled","budget_tokens":4096} }')}


@pytest.mark.parametrize(
    ("dialect", "vendor", "model", "body", "sent"),
    [
        (
            "gemini",
            "gemini",
            "gemini-3-pro",
            b'{"contents":[], "generation_config": {"temperature": 1.0, "thinking_config":{"include_thoughts":true}, "n":[ ]}}',
            b'{"contents":[], "generation_config": {"temperature": 1.0, "thinking_config":'
            b'{"includeThoughts":true,"thinkingLevel":"HIGH"}, "n":[ ]}}',
        ),
        (
            "anthropic",
            "anthropic",
            "claude-opus-5-5",
            b'{"model":"m","max_tokens":9,"messages":[],"thinking":{"type":"adaptive","display":"updates"},'
            b'"output_config":{"format":{"type":"json_schema", "schema":{}}, "effort":"low" }}',
            b'{"model":"claude-opus-5-5","max_tokens":9,"messages":[],"thinking":{"type":"adaptive","display":"updates"},'
            b'"output_config":{"format":{"type":"json_schema", "schema":{}}, "effort":"high" }}',
        ),
        (
            "openai-responses",
            "openai-responses",
            "gpt-5.2",
            b'{"model":"m","input":"x","reasoning":{"summary":"detailed","context":"all_turns"}}',
            b'{"model":"gpt-5.2","input":"x","reasoning":{"effort":"high","summary":"detailed","context":"all_turns"}}',
        ),
    ],
)  # fmt: skip
def test_what_else_stands_beside_a_level_stays(dialect: str, vendor: str, model: str, body: bytes, sent: bytes) -> None:
    surface = SURFACE[dialect]
    fields = surface.fields({"model": model, "action": "generateContent"}, peek(body))
    asked = Wanted(DIALECTS[dialect], surface, fields, body, own_words=True)
    assert told(upstream(vendor, model), model, asked, Wish("high", fixed=True)).body == sent


# Who wins --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("suffix", "fixed", "wish"),
    [
        (None, False, Wish("high")),
        (None, True, Wish("high", fixed=True)),
        ("low", False, Wish("low", fixed=True)),
        ("auto", True, Wish("auto", fixed=True)),
    ],
)
def test_the_level_in_a_models_name_comes_before_the_configured_one(
    suffix: str | None, fixed: bool, wish: Wish
) -> None:
    provider = Provider("p", "u", "openai", "openai", reasoning={"a": "high", "*": "off"}, reasoning_fixed=fixed)
    assert wish_of(provider, "a", suffix) == wish
    assert wish_of(provider, "b", None) == Wish("off", fixed=fixed)
    assert wish_of(Provider("p", "u", "openai", "openai"), "a", None) == Wish("auto")


SAYING: list[tuple[str, dict[str, Any]]] = [
    ("anthropic", {"thinking": {"type": "disabled"}}),
    ("anthropic", {"output_config": {"effort": "low"}}),
    ("openai", {"reasoning_effort": "low"}),
    ("openai", {"reasoning": {"effort": "low"}}),
    ("openai", {"thinking": {"type": "disabled"}}),
    ("openai", {"enable_thinking": False}),
    ("openai-responses", {"reasoning": {"effort": "low"}}),
    ("gemini", {"generationConfig": {"thinkingConfig": {"thinkingBudget": 0}}}),
    ("gemini", {"generationConfig": {"thinking_config": {"thinking_level": "low"}}}),
]
SILENT: list[tuple[str, dict[str, Any]]] = [
    ("anthropic", {}),
    ("anthropic", {"output_config": {"format": {"type": "json_schema", "schema": {}}}}),
    ("openai", {"reasoning_effort": None}),
    ("openai-responses", {"reasoning": {"summary": "auto"}}),
    ("gemini", {"generationConfig": {"thinkingConfig": {"includeThoughts": True}}}),
]


def silent(dialect: str) -> dict[str, Any]:
    return {name: value for name, value in ASKED[dialect].items() if name not in {*ALONE, "generationConfig"}}


@pytest.mark.parametrize(("dialect", "said"), SAYING)
def test_a_request_that_says_how_hard_to_think_is_left_to_itself_by_a_default(
    dialect: str, said: dict[str, Any]
) -> None:
    to, asked = upstream(dialect, "gpt-5.2"), wanted(dialect, {**silent(dialect), **said}, "gpt-5.2")
    default = told(to, "gpt-5.2", asked, Wish("high"))
    assert default.body == told(to, "gpt-5.2", asked, Wish()).body
    assert default.body != told(to, "gpt-5.2", asked, Wish("high", fixed=True)).body


@pytest.mark.parametrize(("dialect", "said"), SILENT)
def test_a_request_that_says_nothing_gets_the_default(dialect: str, said: dict[str, Any]) -> None:
    to, asked = upstream(dialect, "gpt-5.2"), wanted(dialect, {**silent(dialect), **said}, "gpt-5.2")
    default = told(to, "gpt-5.2", asked, Wish("high")).body
    assert default == told(to, "gpt-5.2", asked, Wish("high", fixed=True)).body
    assert "24576" in str(steering(default)) or "high" in str(steering(default)).lower()


# What gives way --------------------------------------------------------------------------------

BUSY = {"temperature": 0.3, "top_p": 0.97, "top_k": 5}
TOOLS = {"tools": [{"name": "f", "input_schema": {"type": "object"}}]}


def given(vendor: str, model: str, level: str = "high", **said: Any) -> dict[str, Any]:
    """What becomes of a client's own body."""
    to = upstream(vendor, model)
    asked = {**silent(to.dialect.name), **said}
    return json.loads(told(to, model, wanted(to.dialect.name, asked, model), Wish(level)).body)  # type: ignore[no-any-return]


def kept(body: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: body[name] for name in names if name in body}


@pytest.mark.parametrize(
    ("vendor", "model", "level", "said", "stays"),
    [
        ("anthropic", "claude-sonnet-4-5", "high", BUSY, {"top_p": 0.97}),
        ("anthropic", "claude-sonnet-4-5", "off", BUSY, BUSY),
        ("anthropic", "claude-sonnet-4-5", "high", {"temperature": 1, "top_p": 0.5}, {"temperature": 1}),
        ("anthropic", "claude-opus-4-8", "high", BUSY, {}),
        ("openai-responses", "gpt-5.2", "high", {"temperature": 0.3, "top_p": 0.9}, {}),
        ("openai-responses", "gpt-5.2", "off", {"temperature": 0.3, "top_p": 0.9}, {"temperature": 0.3, "top_p": 0.9}),
        ("openai-responses", "gpt-4o", "high", {"temperature": 0.3}, {"temperature": 0.3}),
        ("api.openai.com", "gpt-5.2", "high", {"temperature": 0.3, "top_p": 0.9}, {}),
        ("openai", "glm-4.6", "high", {"temperature": 0.3}, {"temperature": 0.3}),
    ],
)
def test_sampling_gives_way_to_thinking(
    vendor: str, model: str, level: str, said: dict[str, Any], stays: dict[str, Any]
) -> None:
    assert kept(given(vendor, model, level, **said), "temperature", "top_p", "top_k") == stays


@pytest.mark.parametrize(
    ("model", "level", "asked", "limit", "budget"),
    [
        ("claude-sonnet-4-5", "low", 32_000, 32_000, 4_096),
        ("claude-sonnet-4-5", "low", 4_096, 8_192, 4_096),
        ("claude-sonnet-4-5", "high", 500, 25_076, 24_576),
        ("claude-sonnet-4-5", "xhigh", 32_000, 64_000, 40_960),
        ("claude-opus-4-1", "xhigh", 32_000, 32_000, 27_904),
        ("claude-opus-4-1", "high", 20_000, 32_000, 24_576),
    ],
)
def test_a_budget_is_below_the_limit_and_the_limit_within_the_models(
    model: str, level: str, asked: int, limit: int, budget: int
) -> None:
    body = given("anthropic", model, level, max_tokens=asked)
    assert (body["max_tokens"], body["thinking"]["budget_tokens"]) == (limit, budget)


@pytest.mark.parametrize("model", ["claude-sonnet-4-5", "claude-opus-4-8"])
def test_a_request_that_only_tries_the_door_is_not_thought_about(model: str) -> None:
    assert kept(given("anthropic", model, max_tokens=1), "thinking", "max_tokens") == {"max_tokens": 1}


CALL = {"type": "tool_use", "id": "t", "name": "f", "input": {}}
RESULT = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "x"}]}
THOUGHT = {"type": "thinking", "thinking": "hm", "signature": "c2ln"}


@pytest.mark.parametrize(
    ("messages", "thinks"),
    [
        ([{"role": "assistant", "content": [CALL]}, RESULT], False),
        ([{"role": "assistant", "content": [THOUGHT, CALL]}, RESULT], True),
        ([{"role": "assistant", "content": [CALL]}, RESULT, {"role": "assistant", "content": "so"}, RESULT], True),
        ([{"role": "assistant", "content": "It is"}], False),
        ([{"role": "assistant", "content": "x"}, {"role": "user", "content": "y"}], True),
    ],
)
def test_a_budget_is_given_only_where_the_history_lets_claude_think(messages: list[Any], thinks: bool) -> None:
    whole = [{"role": "user", "content": "hi"}, *messages]
    assert ("thinking" in given("anthropic", "claude-sonnet-4-5", messages=whole)) is thinks
    assert "thinking" in given("anthropic", "claude-opus-4-8", messages=whole)


@pytest.mark.parametrize(
    ("model", "told_to"),
    [
        ("claude-sonnet-4-5", {"tool_choice": {"type": "any"}}),
        ("claude-opus-4-8", {"output_config": {"effort": "high"}, "tool_choice": {"type": "any"}}),
        (
            "claude-sonnet-5",
            {"thinking": {"type": "adaptive"}, "output_config": {"effort": "high"}, "tool_choice": {"type": "any"}},
        ),
        # It thinks whatever it is told, and refuses to be made to call a tool.
        (
            "claude-opus-5-5",
            {"output_config": {"effort": "high"}, "tool_choice": {"type": "auto"}},
        ),
    ],
)
def test_thinking_gives_way_to_a_tool_that_must_be_called(model: str, told_to: dict[str, Any]) -> None:
    body = given("anthropic", model, **TOOLS, tool_choice={"type": "any"})
    assert kept(body, "thinking", "output_config", "tool_choice") == told_to


def test_deepseek_cannot_be_made_to_call_a_tool_while_it_thinks() -> None:
    tools = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]
    thinking = given("deepseek", "deepseek-v4", tools=tools, tool_choice="required")
    assert (thinking["tool_choice"], thinking["tools"]) == ("auto", tools)
    assert given("deepseek", "deepseek-v4", "off", tools=tools, tool_choice="required")["tool_choice"] == "required"


@pytest.mark.parametrize(
    "choice",
    [
        "auto",
        "required",
        {"type": "function", "function": {"name": "c"}},
        {"type": "custom", "custom": {"name": "c"}},
        {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [{"type": "function", "name": "c"}]}},
    ],
)
def test_a_choice_that_is_no_obstacle_stays_as_it_was_written(choice: Any) -> None:
    tools = [{"type": "function", "function": {"name": name, "parameters": {"type": "object"}}} for name in "abc"]
    assert given("api.openai.com", "gpt-5.2", tools=tools, tool_choice=choice)["tool_choice"] == choice


@pytest.mark.parametrize(
    ("model", "level", "effort"),
    [
        ("gpt-5.2", "high", "high"),
        ("gpt-5.4", "high", "none"),
        ("gpt-5.5", "high", "none"),
        ("gpt-5.5", "auto", None),
        ("gpt-5.6-sol", "high", "none"),
    ],
)
def test_where_chat_takes_no_tools_beside_reasoning_the_tools_stay(model: str, level: str, effort: str | None) -> None:
    tools = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]
    body = given("api.openai.com", model, level, tools=tools)
    assert (body.get("reasoning_effort"), body["tools"]) == (effort, tools)


def test_a_server_of_which_nothing_is_known_is_told_no_effort_by_a_request_that_wants_none() -> None:
    """A level in its configuration says that its model reasons, so a request's own effort is told, but for `none`."""
    to = upstream("openai", "glm-4.6")
    low = {**ASKED["anthropic"], "output_config": {"effort": "low"}}
    off = {**silent("anthropic"), "thinking": {"type": "disabled"}}
    told_of = [told(to, "glm-4.6", wanted("anthropic", asked), Wish("high")).body for asked in (low, off)]
    assert [steering(body) for body in told_of] == [{"reasoning_effort": "low"}, {}]


def test_what_a_model_cannot_be_told_is_a_loss() -> None:
    to = upstream("api.openai.com", "gpt-4o")
    assert [loss.what for loss in told(to, "gpt-4o", wanted("openai", silent("openai")), Wish("high")).losses] != []
