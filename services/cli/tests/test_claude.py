"""The environment that Claude Code is given, and what overrules it."""

import pytest

from fairlead.cli.claude import Change, change, overruled
from fairlead.cli.exports import SHELLS, exports
from fairlead.cli.pointing import ANY, Pointing, key_of
from fairlead.shared.config import Config, parse

OPENED = '{name: "p", api_base_url: "https://p.example/v1/messages", models: ["m"], auth: "passthrough"}'


def config_of(text: str) -> Config:
    return parse(text, {}, file="c.json", resolve_secrets=False).config


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("{}", ANY),
        ('{APIKEY: "k"}', "k"),
        ('{client_keys: [{name: "ci", key: "few", rpm: 1}, {name: "me", key: "all"}]}', "all"),
        ('{client_keys: [{name: "ci", key: "few", rpm: 1}]}', "few"),
        (f"{{Providers: [{OPENED}]}}", None),
        (f'{{Providers: [{OPENED}], APIKEY: "k"}}', "k"),
    ],
)
def test_the_key_that_is_shown_is_the_one_that_opens_most(text: str, key: str | None) -> None:
    assert key_of(config_of(text)) == key


def test_a_client_whose_own_credential_is_sent_on_keeps_it() -> None:
    made = change(Pointing("http://r", "http://n", None), {})
    env = made.applied({"ANTHROPIC_API_KEY": "mine", "CLAUDE_CODE_USE_VERTEX": "1"})
    assert env["ANTHROPIC_API_KEY"] == "mine"
    assert not {"ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_USE_VERTEX"} & env.keys()
    assert env["ANTHROPIC_BASE_URL"] == "http://r"


def test_hosts_without_a_proxy_are_named_once() -> None:
    assert change(Pointing("r", "n", "k"), {"no_proxy": " a, localhost ,"}).set["NO_PROXY"] == "a,localhost,127.0.0.1"


def test_settings_that_say_the_same_overrule_nothing() -> None:
    made = change(Pointing("http://r", "http://n", "k"), {})
    same = {"ANTHROPIC_BASE_URL": "http://r", "ANTHROPIC_AUTH_TOKEN": "k", "CLAUDE_CODE_USE_BEDROCK": ""}
    assert list(overruled(made, [("f", same)])) == []
    [sentence] = overruled(made, [("f", {"CLAUDE_CODE_USE_BEDROCK": "1"})])
    assert sentence.startswith("f sets CLAUDE_CODE_USE_BEDROCK under env")


AWKWARD = "it's \\ a $key `x`"


@pytest.mark.parametrize(
    ("shell", "lines"),
    [
        ("sh", ["export A='it'\"'\"'s \\ a $key `x`'", "unset B"]),
        ("fish", ["set -gx A 'it\\'s \\\\ a $key `x`'", "set -e B"]),
        ("powershell", ["$env:A = 'it''s \\ a $key `x`'", "Remove-Item Env:B -ErrorAction SilentlyContinue"]),
    ],
)
def test_each_shell_gets_its_own_words(shell: str, lines: list[str]) -> None:
    assert list(exports(Change({"A": AWKWARD}, ("B",)), SHELLS[shell])) == lines
