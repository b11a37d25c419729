"""The client keys of a configuration."""

import pytest

from fairlead.shared.config import Config, ConfigError, parse
from fairlead.shared.config.schema import ClientKey, Secret


def keys(text: str, **env: str) -> tuple[ClientKey, ...]:
    return config(text, **env).client_keys


def config(text: str, **env: str) -> Config:
    loaded = parse(text, env, file="config.json")
    assert loaded.warnings == ()
    return loaded.config


def refused(text: str) -> str:
    with pytest.raises(ConfigError) as error:
        parse(text, {}, file="config.json")
    return str(error.value)


def test_keys_have_names_and_limits_and_come_after_the_one_of_apikey() -> None:
    text = """{APIKEY: "$MAIN", client_keys: [
      {name: "laptop", key: "$LAPTOP"},
      {name: "ci", key: "k2", models: ["claude-*", "openrouter,*"], rpm: 10, tpm: "20000", expires: "2027-01-31T00:00:00Z"},
    ]}"""
    assert keys(text, MAIN="m", LAPTOP="l") == (
        ClientKey("APIKEY", Secret("m")),
        ClientKey("laptop", Secret("l")),
        ClientKey("ci", Secret("k2"), ("claude-*", "openrouter,*"), 10, 20_000, 1_801_353_600.0),
    )
    assert [key.is_unlimited for key in keys(text, MAIN="m", LAPTOP="l")] == [True, True, False]


def test_the_router_reads_them_too() -> None:
    loaded = parse('{client_keys: [{name: "a", key: "$A"}]}', {"A": "k"}, file="c", resolve_secrets=False)
    assert loaded.config.client_keys == (ClientKey("a", Secret("k")),)


@pytest.mark.parametrize("spelling", ["client_keys", "clientKeys", "APIKEYS"])
def test_the_section_has_more_than_one_spelling(spelling: str) -> None:
    assert len(keys(f'{{{spelling}: [{{name: "a", key: "k"}}]}}')) == 1


@pytest.mark.parametrize(
    ("expires", "moment"),
    [
        ("2027-01-31", 1_801_440_000.0),
        ("2027-01-31T00:00:00Z", 1_801_353_600.0),
        ("2027-01-31T00:00:00", 1_801_353_600.0),
        ("2027-01-31T02:00:00+02:00", 1_801_353_600.0),
    ],
)
def test_a_date_is_good_to_its_end_and_a_time_without_a_zone_is_utc(expires: str, moment: float) -> None:
    assert keys(f'{{client_keys: [{{name: "a", key: "k", expires: "{expires}"}}]}}')[0].expires == moment


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ('{key: "k"}', "client_keys[0].name: missing; logs and metrics know a key by its name"),
        ('{name: "a b", key: "k"}', "client_keys[0].name: must be up to 64 letters"),
        ('{name: "a"}', "client_keys[0].key: missing"),
        ('{name: "a", key: ""}', "client_keys[0].key: missing"),
        ('{name: "a", key: "$UNSET"}', "client_keys[0].key: the variable UNSET is not set"),
        ('{name: "a", key: "k", rpm: 0}', "client_keys[0].rpm: must be at least 1"),
        ('{name: "a", key: "k", models: "claude"}', "client_keys[0].models: must be a list, not text"),
        ('{name: "a", key: "k", expires: "soon"}', "client_keys[0].expires: must be a date or a time"),
        ('{name: "a", key: "k", expires: "9999-12-31"}', "client_keys[0].expires: must be a date or a time"),
        ('"k"', "client_keys[0]: must be an object"),
    ],
)
def test_what_is_wrong_with_a_key_is_told_with_its_place(entry: str, message: str) -> None:
    assert message in refused(f"{{client_keys: [{entry}]}}")


def test_two_keys_share_neither_name_nor_value() -> None:
    told = refused('{APIKEY: "k", client_keys: [{name: "a", key: "k"}, {name: "a", key: "other"}]}')
    assert "client_keys[0].key: the same key as APIKEY" in told
    assert "client_keys[1].name: the same name as client_keys[0]" in told
    assert "other" not in told


def test_an_unknown_key_of_a_key_is_warned_about() -> None:
    loaded = parse('{client_keys: [{name: "a", key: "k", model: ["x"]}]}', {}, file="c")
    assert [str(warning) for warning in loaded.warnings] == [
        "c:1: client_keys[0].model: unknown key, ignored; did you mean models?"
    ]
