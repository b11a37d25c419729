"""What `./fairlead up` serves: the user's configuration where a provider can answer, else the simulated one."""

from pathlib import Path

import pytest

from fairlead.cli.launcher.choice import SIMULATED_CONFIG, Options, choose, environment
from fairlead.cli.launcher.options import at_home
from fairlead.shared.config import ConfigError, load

EXAMPLES = SIMULATED_CONFIG.parent
OPENAI = 'name: "p", api_base_url: "https://api.openai.com/v1/chat/completions", models: ["m"]'


def written(folder: Path, text: str) -> Options:
    path = folder / "config.json5"
    path.write_text(text)
    return Options(config=str(path))


def test_without_a_file_the_simulated_provider_answers(tmp_path: Path) -> None:
    choice = choose(Options(), {}, tmp_path)
    assert choice.simulated == "there is no configuration"
    assert (choice.router.config, choice.normalizer.config) == (SIMULATED_CONFIG, SIMULATED_CONFIG)
    assert (choice.router.url, choice.normalizer.url) == ("http://127.0.0.1:3456", "http://127.0.0.1:3000")


@pytest.mark.parametrize(
    "provider",
    [
        OPENAI + ', api_key: "k"',
        OPENAI + ', api_keys: ["", "k"]',
        OPENAI + ', headers: {Authorization: "Bearer k"}',
        OPENAI + ', auth: "passthrough"',
        'name: "p", api_base_url: "http://127.0.0.1:11434/v1", models: ["m"]',
    ],
)
def test_a_provider_that_can_answer_is_served(tmp_path: Path, provider: str) -> None:
    options = written(tmp_path, f"{{Providers: [{{{provider}}}]}}")
    choice = choose(options, {}, tmp_path)
    assert choice.simulated is None
    assert choice.router.config == tmp_path / "config.json5"


def test_the_writer_of_a_file_is_told_what_is_odd_in_it_once(tmp_path: Path) -> None:
    file = f'{{Providers: [{{{OPENAI}, api_key: "k"}}],\nRoutr: {{}}, HOST: "0.0.0.0"}}'
    warnings = choose(written(tmp_path, file), {}, tmp_path).warnings
    assert warnings == (
        f"{tmp_path}/config.json5:2: Routr: unknown key, ignored; did you mean Router?",
        "HOST 0.0.0.0 is ignored and 127.0.0.1 bound, since no client key is set; set APIKEY to be reached",
    )


def test_a_slip_that_leaves_no_provider_with_a_key_is_told_though_another_file_is_served(tmp_path: Path) -> None:
    choice = choose(written(tmp_path, f'{{Providers: [{{{OPENAI},\napi_kee: "k"}}]}}'), {}, tmp_path)
    assert choice.simulated
    [warning] = choice.warnings
    assert "config.json5:2: Providers[0].api_kee: unknown key, ignored; did you mean api_key?" in warning


@pytest.mark.parametrize(
    ("providers", "why"),
    [
        ("", "names no provider"),
        (f"{{{OPENAI}}}", "no provider in"),
        (f'{{{OPENAI}, api_key: ""}}', "no provider in"),
        (f'{{{OPENAI}, api_key: "$UNSET"}}', "no provider in"),
        (f'{{{OPENAI}, api_key: "k", enabled: false}}', "no provider in"),
        ('{name: "n", api_base_url: "http://127.0.0.1:3000/v1", api_key: "k", models: ["m"]}', "names no provider"),
    ],
)
def test_where_no_provider_has_a_key_the_simulated_one_stands_in(tmp_path: Path, providers: str, why: str) -> None:
    choice = choose(written(tmp_path, f"{{Providers: [{providers}]}}"), {}, tmp_path)
    assert why in (choice.simulated or "")
    assert choice.normalizer.config == SIMULATED_CONFIG


def test_a_route_whose_key_is_not_set_is_an_error(tmp_path: Path) -> None:
    options = written(tmp_path, f'{{Providers: [{{{OPENAI}, api_key: "$UNSET"}}], Router: {{default: "p,m"}}}}')
    with pytest.raises(ConfigError, match=r"Providers\[0\]\.api_key: the variable UNSET is not set"):
        choose(options, {}, tmp_path)


def test_it_can_be_simulated_whatever_is_configured(tmp_path: Path) -> None:
    file = written(tmp_path, "{Providers: 1}").config
    assert choose(Options(config=file, simulated=True), {}, tmp_path).simulated == "--simulated was given"


def test_the_normalizer_may_have_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "router.json").write_text(
        '{Providers: [{name: "n", api_base_url: "http://127.0.0.1:3000", models: ["m"]}]}'
    )
    (tmp_path / "normalizer.json").write_text(f'{{Providers: [{{{OPENAI}, api_key: "k"}}]}}')
    options = Options(config=str(tmp_path / "router.json"), normalizer_config=str(tmp_path / "normalizer.json"))
    choice = choose(options, {}, tmp_path)
    assert choice.simulated is None
    assert (choice.router.config, choice.normalizer.config) == (tmp_path / "router.json", tmp_path / "normalizer.json")


def test_ports_come_from_flags_then_the_environment_then_the_file(tmp_path: Path) -> None:
    options = written(tmp_path, f'{{PORT: 1, normalizer: {{port: 2}}, Providers: [{{{OPENAI}, api_key: "k"}}]}}')
    filed = choose(options, {}, tmp_path)
    assert (filed.router.settings.port, filed.normalizer.settings.port) == (1, 2)
    env = {"PORT": "3", "NORMALIZER_PORT": "4"}
    from_environment = choose(options, env, tmp_path)
    assert (from_environment.router.settings.port, from_environment.normalizer.settings.port) == (3, 4)
    flags = choose(Options(config=options.config, port="5", normalizer_port="6"), env, tmp_path)
    assert (flags.router.settings.port, flags.normalizer.settings.port) == (5, 6)


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no file"):
        choose(Options(), {"CONFIG_PATH": str(tmp_path / "gone.json")}, tmp_path)


def test_services_inherit_keys_and_nothing_that_would_lead_them_elsewhere() -> None:
    env = {"OPENAI_API_KEY": "k", "REDIS_URL": "r", "NORMALIZER_URL": "n", "CONFIG_PATH": "c", "PORT": "1"}
    assert environment(env, SIMULATOR_URL="s") == {"OPENAI_API_KEY": "k", "SIMULATOR_URL": "s"}


@pytest.mark.parametrize("example", sorted(EXAMPLES.glob("*.json5")), ids=lambda path: path.stem)
def test_an_example_is_a_configuration_without_a_fault(example: Path) -> None:
    keys = dict.fromkeys(("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "OPENROUTER_API_KEY", "DEEPSEEK_API_KEY"), "k")
    assert load(example, keys).warnings == ()


def test_what_stands_in_is_a_file_of_the_users_own_that_keeps_its_edits(tmp_path: Path) -> None:
    choice = choose(Options(), {}, tmp_path)
    served = at_home(choice, tmp_path / "data")
    file = tmp_path / "data" / "simulated.json5"
    assert (served.router.config, served.normalizer.config) == (file, file)
    assert file.read_bytes() == SIMULATED_CONFIG.read_bytes()
    file.write_text("{} // edited")
    at_home(choice, tmp_path / "data")
    assert file.read_text() == "{} // edited"


def test_where_nothing_can_be_written_the_installed_file_stands_in(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file is in the folder's place")
    choice = choose(Options(), {}, tmp_path)
    assert at_home(choice, tmp_path / "data") == choice


def test_a_users_configuration_is_served_where_it_lies(tmp_path: Path) -> None:
    choice = choose(written(tmp_path, f'{{Providers: [{{{OPENAI}, api_key: "k"}}]}}'), {}, tmp_path)
    assert at_home(choice, tmp_path / "data") == choice
    assert not (tmp_path / "data").exists()
