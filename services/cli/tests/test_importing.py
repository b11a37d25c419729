"""`fairlead import`: files as people have them become ours, and what is lost on the way is said."""

import json
import os
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from fairlead.cli.__main__ import main
from fairlead.cli.converters import ccr, droid2api, litellm
from fairlead.cli.converters.converted import ConversionError, Converted
from fairlead.cli.importing import MAX_BYTES
from fairlead.shared.config import Config, parse
from fairlead.shared.config.schema import Target

FILES = Path(__file__).with_name("imported")
HOME = {"HOME": "/home/me"}
KEYS = {
    "OPENAI_API_KEY": "k1",
    "EU_KEY": "k2",
    "ANTHROPIC_API_KEY": "k3",
    "GROQ_API_KEY": "k4",
    "LITELLM_MASTER_KEY": "k5",
    "OPENROUTER_API_KEY": "k6",
    "CCR_KEY": "k7",
}


def text_of(name: str) -> str:
    return (FILES / name).read_text()


def config_of(made: Converted) -> Config:
    return parse(made.text, HOME | KEYS, file="made.json").config


def test_a_file_of_claude_code_router_stays_as_it_is_to_the_last_comment() -> None:
    made = ccr.convert(text_of("ccr-1.json"), HOME | KEYS, file="config.json")
    assert made.text == text_of("ccr-1.json")
    assert made.todo == ()
    config = config_of(made)
    assert [one.name for one in config.providers] == ["openrouter", "deepseek", "ollama"]
    assert config.router.scenarios["think"].targets == (Target("deepseek", "deepseek-reasoner"),)
    assert [one.path.rpartition("/")[2] for one in config.transformers] == ["gemini-cli.js"]
    assert all(line.startswith("config.json:") for line in made.lost)


def test_variables_that_are_not_set_are_to_be_set_and_not_an_error() -> None:
    made = ccr.convert(text_of("ccr-1.json"), HOME, file="config.json")
    assert made.todo == (
        "set CCR_KEY in the environment that the services are started from",
        "set OPENROUTER_API_KEY in the environment that the services are started from",
    )


def test_json5_and_defaults_of_its_second_version() -> None:
    made = ccr.convert(text_of("ccr-2.json"), HOME, file="config.json")
    assert made.todo == ()
    assert config_of(made).fallback["default"] == (Target("gemini", "gemini-2.5-flash"),)
    lost = "\n".join(made.lost)
    assert "plugins: has no effect: " in lost


def test_droid2apis_models_answer_claude_code_by_the_dialect_it_speaks() -> None:
    made = droid2api.convert(text_of("droid2api.json"), HOME, file="config.json")
    config = config_of(made)
    assert config.router.scenarios["default"].targets == (Target("anthropic", "claude-opus-4-6"),)
    assert config.normalizer.model_redirects == {"claude-3-5-haiku-20241022": "claude-opus-4-6"}
    assert (config.port, config.normalizer.port, config.normalizer.system_prompt) == (None, 3000, "You are Droid.\n\n")
    assert {one.name for one in config.providers} == {"openai", "anthropic", "common"}
    assert any("round-robin" in line for line in made.lost)
    assert any("FACTORY_API_KEY" in line for line in made.todo)


HOUSES = """
model_list:
  - {model_name: sonnet, litellm_params: {model: bedrock/converse/eu.anthropic.claude-x-v1:0, aws_region_name: eu-west-1}}
  - {model_name: sonnet, litellm_params: {model: bedrock/anthropic.claude-x-v1:0, aws_profile_name: work}}
  - {model_name: nova, litellm_params: {model: bedrock/amazon.nova-pro-v1:0}}
  - model_name: pro
    litellm_params: {model: vertex_ai/gemini-3-pro, vertex_project: os.environ/PROJECT, vertex_credentials: /run/account.json}
  - {model_name: opus, litellm_params: {model: vertex_ai/claude-opus-5, vertex_location: us-east5}}
litellm_settings:
  fallbacks: [{sonnet: [opus]}]
  default_fallbacks: [pro]
"""
IN_HOUSES = {"PROJECT": "p-1", "AWS_REGION": "us-west-2"}


def test_litellms_models_of_amazons_and_googles_houses_are_logged_in_to_there() -> None:
    made = litellm.convert(HOUSES, HOME | IN_HOUSES, file="config.yaml")
    config = parse(made.text, HOME | IN_HOUSES, file="made.json").config
    assert {one.name: (one.type, one.models) for one in config.providers} == {
        "bedrock": ("bedrock-claude", ("eu.anthropic.claude-x-v1:0",)),
        "bedrock-2": ("bedrock-claude", ("anthropic.claude-x-v1:0",)),
        "vertex": ("vertex-gemini", ("gemini-3-pro",)),
        "vertex-claude": ("vertex-claude", ("claude-opus-5",)),
    }
    for told in (
        '"region": "eu-west-1"',
        '"profile": "work"',
        '"project": "${PROJECT}"',
        '"credentials_file": "/run/account.json"',
        '"api_base_url": "https://bedrock-runtime.${AWS_REGION}.amazonaws.com"',
    ):
        assert told in made.text
    assert made.lost == ("model_list[2]: bedrock/amazon.nova-pro-v1:0 is of a kind that has no counterpart here",)


def test_litellms_fallbacks_are_found_in_either_section() -> None:
    made = litellm.convert(HOUSES, HOME | IN_HOUSES, file="config.yaml")
    config = parse(made.text, HOME | IN_HOUSES, file="made.json").config
    assert config.router.families["sonnet"].fallback == (
        Target("vertex-claude", "claude-opus-5"),
        Target("vertex", "gemini-3-pro"),
    )


def test_litellms_deployments_become_providers_and_its_names_families() -> None:
    made = litellm.convert(text_of("litellm.yaml"), HOME | KEYS, file="/x/config.yaml")
    config = config_of(made)
    providers = {one.name: one for one in config.providers}
    assert {name: one.models for name, one in providers.items()} == {
        "openai": ("gpt-4o",),
        "openai-2": ("gpt-4o-eu",),
        "anthropic": ("claude-sonnet-4-5",),
        "ollama": ("qwen3",),
        "groq": (),
    }
    assert providers["groq"].lists_models
    assert providers["openai"].limits.rpm == 60
    assert [key.value for key in providers["openai-2"].api_keys or ()] == ["k2"]
    assert (providers["anthropic"].prices["claude-sonnet-4-5"].input, providers["anthropic"].type) == (3.0, "anthropic")
    assert config.client_keys[0].key.value == "k5"
    family = config.router.families["gpt-4o"]
    assert family.targets == (Target("openai", "gpt-4o", 60), Target("openai-2", "gpt-4o-eu", 20))
    assert family.strategy == "weighted"
    assert family.fallback == (Target("anthropic", "claude-sonnet-4-5"), Target("ollama", "qwen3"))
    assert config.router.families["gpt-4"] == family == config.router.scenarios["default"]
    assert config.router.families["local"].fallback == ()


def test_a_deployment_on_azure_is_asked_by_the_api_without_a_version() -> None:
    base = "https://ours.openai.azure.com/"
    told = f"{{model: azure/gpt-5, api_base: '{base}', api_key: os.environ/EU_KEY, api_version: 2025-04-01}}"
    made = litellm.convert(f"model_list: [{{model_name: x, litellm_params: {told}}}]", HOME | KEYS, file="f")
    [provider] = config_of(made).providers
    assert (provider.type, provider.api_base_url, provider.models) == ("azure", base, ("gpt-5",))
    assert made.lost == ("model_list[0].litellm_params.api_version: has no counterpart",)


def test_what_litellm_has_and_we_have_not_is_said_line_by_line() -> None:
    made = litellm.convert(text_of("litellm.yaml"), HOME | KEYS, file="/x/config.yaml")
    for line in (
        "model_list[1].litellm_params.organization: has no counterpart",
        "model_list[4]: sagemaker/endpoint is of a kind that has no counterpart here",
        "router_settings.fallbacks: on-sagemaker is no model_name that was taken over",
        "router_settings.context_window_fallbacks: has no counterpart",
        "router_settings.redis_host: has no counterpart",
        "litellm_settings.drop_params: has no counterpart",
        "litellm_settings.callbacks: has no counterpart",
        "general_settings.database_url: has no counterpart",
        "model_name groq/*: patterns are not taken over; clients ask for provider,model",
    ):
        assert line in made.lost


@pytest.mark.parametrize(
    ("module", "text", "fault"),
    [
        (ccr, "{\nPORT: 1", "f:1:1: this { is never closed"),
        (ccr, "[]", "f:1: the configuration must be one object"),
        (ccr, "{PORT: 1}", "neither Providers nor Router"),
        (ccr, '{Providers: [], Router: {default: "x,y"}}', "f:1: Router.default: there is no provider x"),
        (droid2api, "{models: [}", "f:1:11: a value should stand here"),
        (droid2api, "{models: []}", "has no endpoint"),
        (droid2api, "{endpoint: [], models: []}", "no model that one of its endpoints serves"),
        (litellm, "a: [", "f:1: is not YAML"),
        (litellm, "a: 1", "has no model_list"),
        (litellm, "a: 2026-13-45", "f: is not YAML: month must be in 1..12"),
        (litellm, "[" * 1_000, "f: is not YAML: maximum recursion depth"),
        (litellm, r'model_list: [{model_name: "\ud83d", litellm_params: {model: openai/x}}]', "f has half a character"),
        (
            litellm,
            "model_list: [{model_name: x, litellm_params: {model: sagemaker/x}}]",
            "no model of f can be taken over",
        ),
    ],
)
def test_what_is_none_of_theirs_is_refused(module: object, text: str, fault: str) -> None:
    with pytest.raises(ConversionError, match=re.escape(fault)):
        module.convert(text, {}, file="f")  # type: ignore[attr-defined]


def test_the_command_writes_for_its_owner_alone_and_says_what_is_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    env = {"HOME": str(tmp_path)}
    old = tmp_path / ".claude-code-router"
    for name in ("work", "my work"):
        (old / "presets" / name).mkdir(parents=True)
        (old / "presets" / name / "manifest.json").write_text(f"{{name: '{name}'}}")
    (old / "config.json").write_text(text_of("ccr-1.json"))
    assert main(["import", "ccr"], env) == 0
    out = capsys.readouterr().out
    made = tmp_path / ".fairlead/config.json"
    brought = made.parent / "presets/work"
    assert out.startswith(
        f"{old / 'config.json'} is now {made}\n{old / 'presets/work'} is now {brought}\n"
        f"Not taken over, or not as it was:\n"
    )
    assert (brought / "manifest.json").read_text() == "{name: 'work'}"
    assert f"{old / 'presets/my work'}: 'my work' cannot be a preset's name" in out
    assert "To do:\n  set CCR_KEY in the environment" in out
    assert made.stat().st_mode & 0o777 == 0o600

    assert main(["import", "litellm", str(FILES / "litellm.yaml")], env) == 1
    assert f"{made} is there already; --force replaces it" in capsys.readouterr().err
    assert main(["import", "litellm", str(FILES / "litellm.yaml"), "--force"], env) == 0
    assert "what was there is" in capsys.readouterr().out
    [kept] = (tmp_path / ".fairlead/.backups").iterdir()
    assert kept.read_text() == text_of("ccr-1.json")


def database_in(folder: Path, *, changed: float) -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / "config.sqlite"
    document = {"Providers": [{"name": "three", "baseUrl": "https://a.example.com/v1", "models": ["m"]}], "gateway": {}}
    with closing(sqlite3.connect(file)) as database:
        database.execute("CREATE TABLE app_config (key TEXT PRIMARY KEY, value_json TEXT, updated_at TEXT)")
        database.execute("INSERT INTO app_config VALUES ('default', ?, '')", (json.dumps(document),))
        database.commit()
    os.utime(file, (changed, changed))
    return file


def test_the_database_of_version_3_is_imported_from_its_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    env = {"HOME": str(tmp_path)}
    file = database_in(tmp_path / ".claude-code-router", changed=1_000)
    assert main(["import", "ccr"], env) == 0
    out = capsys.readouterr().out
    made = tmp_path / ".fairlead/config.json"
    assert out.startswith(f"{file} is now {made}\nNot taken over, or not as it was:\n  Router.default: no profile")
    assert parse(made.read_text(), env, file="made").config.providers[0].name == "three"
    assert made.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("changed", "read", "passed_over"), [(9, "sqlite", "json"), (11, "json", "sqlite")])
def test_of_two_versions_in_a_folder_the_one_that_was_changed_last_is_read_and_the_other_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changed: int, read: str, passed_over: str
) -> None:
    database_in(tmp_path, changed=10)
    (tmp_path / "config.json").write_text(text_of("ccr-1.json"))
    os.utime(tmp_path / "config.json", (changed, changed))
    assert main(["import", "ccr", str(tmp_path)], {"HOME": str(tmp_path)}) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"{tmp_path / f'config.{read}'} is now ")
    assert f"{tmp_path / f'config.{passed_over}'}: is older, and was not read; name it to have it instead" in out


def test_a_damaged_database_and_an_export_with_whole_databases_in_it_are_refused_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damaged, export = tmp_path / "config.sqlite", tmp_path / "export.json"
    damaged.write_bytes(b"SQLite format 3\0" + b"\xff" * 5_000)
    export.write_text('{"config": {}, "files": ["' + "A" * MAX_BYTES + '"]}')
    assert main(["import", "ccr", str(damaged)], {"HOME": str(tmp_path)}) == 1
    assert f"{damaged} cannot be read: " in capsys.readouterr().err
    assert main(["import", "ccr", str(export)], {"HOME": str(tmp_path)}) == 1
    assert f"is larger than {MAX_BYTES} bytes; if it is an export, name the config.sqlite" in capsys.readouterr().err


def test_it_can_be_printed_instead(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    env = {"HOME": str(tmp_path)}
    assert main(["import", "droid2api", str(FILES / "droid2api.json"), "--output", "-"], env) == 0
    assert parse(capsys.readouterr().out, env, file="made").config.router.scenarios
    assert list(tmp_path.iterdir()) == []


def test_what_is_printed_has_what_is_left_beside_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "config.json"
    file.write_text('{Providers: [], Router: {}, Provider: [],\nAPIKEY: "$MY_KEY"}')
    assert main(["import", "ccr", str(file), "--output", "-"], {"HOME": str(tmp_path)}) == 0
    assert capsys.readouterr().err.splitlines() == [
        "Not taken over, or not as it was:",
        f"  {file}:1: Provider: unknown key, ignored; did you mean Providers?",
        "To do:",
        "  set MY_KEY in the environment that the services are started from",
    ]


@pytest.mark.parametrize("content", [b"{Providers: [],\n// \xfc\n}", "{Providers: [],\n}".encode("utf-16")])
def test_a_file_in_another_encoding_is_refused_rather_than_guessed_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    (tmp_path / "config.json").write_bytes(content)
    assert main(["import", "ccr", str(tmp_path)], {"HOME": str(tmp_path)}) == 1
    assert re.search(r"config.json:[12]: is not UTF-8 text; save it as UTF-8", capsys.readouterr().err)


def test_lines_are_those_of_the_file_that_was_read() -> None:
    text = '{\n  endpoint: [{name: "a", base_url: "https://app.factory.ai/api/llm/a/v1/messages"}],\n' + (
        '  models: [{id: "m", type: "a"}],\n  modells: [],\n}'
    )
    made = droid2api.convert(text, HOME, file="config.json")
    assert made.lost == ("config.json:4: modells: unknown key, ignored; did you mean models?",)


SHARED = """
model_list:
  - {model_name: a, litellm_params: {model: openai/a, api_key: k, extra_headers: {x: 1}}}
  - {model_name: b, litellm_params: {model: openai/b, api_key: k, timeout: 5, stream_timeout: "2.5"}}
  - {model_name: c, litellm_params: {model: openai/c, api_key: k, rpm: "60", input_cost_per_token: 1e-6}}
  - litellm_params: {model: openai/d, api_key: k, rpm: os.environ/RPM, weight: .nan, headers: [1]}
    model_name:
    model_info: {output_cost_per_token: 2e-6, id: d1}
    tags: []
router_settings: {fallbacks: [{a: [{model: b}]}, 3, {nobody: [a]}], model_group_alias: {z: nobody}, num_retries: 2}
"""


def test_deployments_with_other_headers_or_timeouts_are_providers_of_their_own() -> None:
    config = config_of(litellm.convert(SHARED, HOME, file="config.yaml"))
    assert {one.name: (one.models, [*(one.headers or {})], one.timeouts.first_byte) for one in config.providers} == {
        "openai": (("a",), ["x"], None),
        "openai-2": (("b",), [], 2.5),
        "openai-3": (("c", "d"), [], None),
    }
    assert (config.providers[2].prices["c"].input, config.providers[2].prices["d"].output) == (1.0, 2.0)
    assert config.router.families["d"].targets == (Target("openai-3", "d"),)


def test_nothing_of_litellms_is_left_out_in_silence() -> None:
    assert litellm.convert(SHARED, HOME, file="config.yaml").lost == (
        "model_list[3].tags: has no counterpart",
        "model_list[3].model_info.id: has no counterpart",
        "model_list[3].litellm_params.rpm: os.environ/RPM is no number",
        "model_list[3].litellm_params.weight: nan is no number",
        "model_list[3].litellm_params.headers: is no mapping",
        "rpm of single models of openai-3: limits are a provider's here",
        "router_settings.fallbacks: {'model': 'b'} is no model_name that was taken over",
        "router_settings.fallbacks: 3 does not say what follows which model_name",
        "router_settings.fallbacks: nobody is no model_name that was taken over",
        "router_settings.model_group_alias.z: nobody is no model_name that was taken over",
        "router_settings.num_retries: has no counterpart",
    )


@pytest.mark.parametrize("fallbacks", ["3", "{a: [a]}", "[a]", "{a: {b: c}}", "[[a]]"])
def test_no_shape_of_fallbacks_breaks_the_import(fallbacks: str) -> None:
    text = f"model_list: [{{model_name: a, litellm_params: {{model: openai/a, api_key: k}}}}]\nrouter_settings: {{fallbacks: {fallbacks}}}"
    assert litellm.convert(text, HOME, file="config.yaml").text


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["litellm"], "say where its config.yaml is"),
        (["ccr"], ".claude-code-router; say where its config.json is"),
        (["ccr", "nothing.json"], "cannot be read: No such file"),
        (["droid2api", "/"], "there is no config.json in /"),
    ],
)
def test_a_file_that_is_not_there_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], fault: str
) -> None:
    assert main(["import", *arguments], {"HOME": str(tmp_path)}) == 1
    assert fault in capsys.readouterr().err
