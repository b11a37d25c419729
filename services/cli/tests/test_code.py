"""`fairlead code`: what Claude Code is given, and what comes back of it."""

import json
import os
import signal
import subprocess
import sys

import pytest

from .person import PROVIDER, Person

TELLS = f"""#!{sys.executable}
import json, os, sys
print(json.dumps({{"arguments": sys.argv[1:], "env": dict(os.environ), "stdin": sys.stdin.read()}}))
sys.exit(int(os.environ.get("LEAVE_WITH", "0")))
"""
WAITS = f"""#!{sys.executable}
import signal, sys
signal.signal(signal.SIGUSR1, lambda *_: sys.exit(33))
print("waiting", flush=True)
while True:
    signal.pause()
"""
ARGUMENTS = [
    "-p", "two words", "--model=x y", "--", "--help", "-h", "", "ünï", "$HOME `id` \"q\" 'q'", "\n", "--config", "--url"
]  # fmt: skip


def test_every_argument_arrives_as_it_was_typed_and_the_services_run(person: Person) -> None:
    person.installs("claude", TELLS)
    code, out, err = person.types("code", *ARGUMENTS, LEAVE_WITH="7")
    told = json.loads(out)
    assert (code, told["arguments"]) == (7, ARGUMENTS)
    assert told["env"]["ANTHROPIC_BASE_URL"] == person.router == person.record.router
    assert told["env"]["ANTHROPIC_AUTH_TOKEN"] == "any"
    assert "fairlead runs (process" in err
    assert person.record.runs


@pytest.fixture
def served(person: Person) -> Person:
    """Somebody whose services run, by a configuration with a key of its own."""
    person.configures(
        f"""{{Providers: [{PROVIDER}], Router: {{default: "sim,a"}}, APIKEY: "$MY_KEY", API_TIMEOUT_MS: 1234,
        ANTHROPIC_SMALL_FAST_MODEL: "small", NON_INTERACTIVE_MODE: true, CLAUDE_PATH: "mine", StatusLine: {{enabled: true}}}}"""
    )
    person.env["MY_KEY"] = "a-key"
    assert person.types("start")[0] == 0
    return person


def test_the_configuration_says_what_its_environment_is(served: Person) -> None:
    served.installs("mine", TELLS)
    code, out, err = served.types(
        "code", ANTHROPIC_API_KEY="gone", CLAUDE_CODE_USE_BEDROCK="1", NO_PROXY="example.com", OTHER="kept"
    )
    told = json.loads(out)
    env, (flag, drawn) = told["env"], told["arguments"]
    assert (code, err) == (0, "")
    assert (flag, json.loads(drawn)["statusLine"]["type"]) == ("--settings", "command")
    assert (env["ANTHROPIC_AUTH_TOKEN"], env["API_TIMEOUT_MS"], env["OTHER"]) == ("a-key", "1234", "kept")
    assert env["NO_PROXY"] == env["no_proxy"] == "example.com,127.0.0.1,localhost"
    assert (env["ANTHROPIC_SMALL_FAST_MODEL"], env["CI"], env["TERM"]) == ("small", "true", "dumb")
    assert not {"ANTHROPIC_API_KEY", "CLAUDE_CODE_USE_BEDROCK"} & env.keys()


PRESET = f"""{{Providers: [{PROVIDER}], Router: {{default: "sim,b"}}, NON_INTERACTIVE_MODE: false,
  StatusLine: {{enabled: true, default: {{modules: []}}}}, userValues: {{team: "red"}},
  claudeCodeSettings: {{env: {{TEAM: "#{{team}}", OTHER: "$MY_KEY", ANTHROPIC_BASE_URL: "http://elsewhere"}}, model: "x"}}}}"""


@pytest.mark.parametrize("typed", [("code", "--preset", "work"), ("code", "--preset=work"), ("work",)])
def test_a_preset_is_a_path_with_settings_of_its_own(served: Person, typed: tuple[str, ...]) -> None:
    served.has_preset("work", PRESET)
    served.installs("mine", TELLS)
    code, out, err = served.types(*typed, "-p", "--preset", "two words")
    told = json.loads(out)
    assert (code, err) == (0, "")
    assert told["env"]["ANTHROPIC_BASE_URL"] == f"{served.router}/preset/work"
    assert (told["env"]["ANTHROPIC_AUTH_TOKEN"], "CI" in told["env"]) == ("a-key", False)
    flag, given, *rest = told["arguments"]
    assert (flag, rest) == ("--settings", ["-p", "--preset", "two words"])
    settings = json.loads(given)
    assert (settings["env"], settings["model"]) == ({"TEAM": "red", "OTHER": "a-key"}, "x")
    assert settings["statusLine"]["command"].endswith("statusline work")


def test_a_preset_that_cannot_be_asked_is_told(served: Person) -> None:
    served.has_preset("work", PRESET)
    served.has_preset("broken", "{}")
    for typed, words in (
        (("code", "--preset", "wrok"), "there is no preset wrok; did you mean work?"),
        (("code", "--preset", "broken"), "broken/manifest.json:1: Router.default: missing"),
        (("code", "--preset"), "--preset: say which"),
        (("wrok",), "there is no wrok"),
    ):
        code, _, err = served.types(*typed)
        assert code != 0
        assert words in err


def test_signals_and_terminal_are_its_own(served: Person) -> None:
    """The same process: nobody stands between it and whoever ends it."""
    served.installs("mine", WAITS)
    process = served.starts("code")
    assert process.stdout is not None
    assert process.stdout.readline() == "waiting\n"
    os.kill(process.pid, signal.SIGUSR1)
    assert process.communicate(timeout=30) == ("", "")
    assert process.returncode == 33
    process = served.starts("code")
    assert process.stdout is not None
    process.stdout.readline()
    process.terminate()
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGTERM


def test_a_missing_claude_code_is_told_with_what_to_do(served: Person) -> None:
    code, _, err = served.types("code")
    assert code == 1
    assert "there is no command mine; install Claude Code" in err


def test_one_that_cannot_be_run_is_told(served: Person) -> None:
    served.installs("mine", "#!/there/is/no/such/interpreter\n")
    code, _, err = served.types("code")
    assert code == 1
    assert "cannot be run: No such file" in err


def test_settings_that_would_lead_it_elsewhere_are_told(served: Person) -> None:
    served.installs("mine", TELLS)
    settings = served.home / ".claude/settings.json"
    settings.parent.mkdir()
    settings.write_text('{"env": {"ANTHROPIC_BASE_URL": "https://elsewhere.example", "OTHER": "x"}}')
    code, _, err = served.types("code")
    assert code == 0
    assert f"{settings} sets ANTHROPIC_BASE_URL under env, which wins" in err


def test_what_env_prints_is_what_a_shell_understands(served: Person) -> None:
    _, exports, _ = served.types("env", ANTHROPIC_API_KEY="gone")
    script = (
        f'{exports}\nprintf "%s %s %s" "$ANTHROPIC_BASE_URL" "$ANTHROPIC_AUTH_TOKEN" "${{ANTHROPIC_API_KEY-unset}}"'
    )
    told = subprocess.run(
        ["sh", "-euc", script], env={"ANTHROPIC_API_KEY": "gone"}, capture_output=True, text=True, check=True
    )
    assert told.stdout == f"{served.router} a-key unset"


def test_two_that_begin_at_once_share_the_services_that_one_of_them_starts(person: Person) -> None:
    person.installs("claude", TELLS)
    both = [person.starts("code", "-p", "hi") for _ in range(2)]
    told = [json.loads(each.communicate(timeout=60)[0]) for each in both]
    assert [each.returncode for each in both] == [0, 0]
    assert {one["env"]["ANTHROPIC_BASE_URL"] for one in told} == {person.router}
