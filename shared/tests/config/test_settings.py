"""Flags over environment over file over defaults, and who may reach the port."""

from pathlib import Path

import pytest

from fairlead.shared.config import Config, ConfigError
from fairlead.shared.config.schema import ClientKey, LogFiles, Normalizer, Secret
from fairlead.shared.config.settings import (
    Flags,
    Settings,
    after_restart,
    bind_host,
    demand_client_key,
    find_config,
    resolve,
)

HOME = Path("/home/me")
KEYED = Config(client_keys=(ClientKey("APIKEY", Secret("k")),))


def found(*files: str, flag: str | None = None, **env: str) -> Path | None:
    return find_config(Flags(config=flag), env, HOME, {Path(file) for file in files}.__contains__)


def test_without_anything_the_defaults_hold() -> None:
    assert resolve("router", Flags(), {}, Config()) == Settings("127.0.0.1", 3456, "http://127.0.0.1:3000", "info")
    assert resolve("normalizer", Flags(), {}, Config()).port == 3000


def test_flags_win_over_environment_and_environment_over_file() -> None:
    config = Config(
        client_keys=(ClientKey("APIKEY", Secret("k")),),
        host="file",
        port=1,
        log_level="debug",
        normalizer_url="http://file",
        redis_url=Secret("redis://file"),
    )
    env = {
        "HOST": "env",
        "PORT": "2",
        "LOG_LEVEL": "WARNING",
        "NORMALIZER_URL": "http://env/",
        "REDIS_URL": "redis://env",
    }
    flags = Flags(host="flag", port="3", log_level="error", normalizer_url="http://flag", redis_url="redis://flag")
    assert resolve("router", Flags(), {}, config) == Settings("file", 1, "http://file", "debug", Secret("redis://file"))
    assert resolve("router", Flags(), env, config) == Settings("env", 2, "http://env", "warn", Secret("redis://env"))
    assert resolve("router", flags, env, config) == Settings("flag", 3, "http://flag", "error", Secret("redis://flag"))


@pytest.mark.parametrize("url", ["redis://", "redis:///1", "rediss://:p@h:6380/0", "unix:///run/redis.sock?db=1"])
def test_redis_may_be_named_in_every_way_its_library_knows(url: str) -> None:
    assert resolve("router", Flags(), {"REDIS_URL": url}, Config()).redis_url == Secret(url)


def test_an_empty_variable_counts_as_not_given() -> None:
    assert resolve("router", Flags(), {"PORT": "", "HOST": ""}, Config(port=5)).port == 5


def test_each_service_takes_its_own_port_from_the_file() -> None:
    config = Config(client_keys=(ClientKey("APIKEY", Secret("k")),), host="h", port=1, normalizer=Normalizer(port=2))
    assert resolve("router", Flags(), {}, config).port == 1
    assert resolve("normalizer", Flags(), {}, config).port == 2
    assert resolve("normalizer", Flags(), {}, Config(port=1)).port == 3000


def test_the_normalizer_takes_the_common_host_where_it_has_none() -> None:
    assert (
        resolve("normalizer", Flags(), {}, Config(client_keys=(ClientKey("APIKEY", Secret("k")),), host="h")).host
        == "h"
    )
    own = Config(client_keys=(ClientKey("APIKEY", Secret("k")),), host="h", normalizer=Normalizer(host="n"))
    assert resolve("normalizer", Flags(), {}, own).host == "n"


@pytest.mark.parametrize(
    ("flags", "env", "message"),
    [
        (Flags(port="x"), {}, "--port: must be a whole number from 1 to 65535"),
        (Flags(), {"PORT": "0"}, "PORT: must be a whole number from 1 to 65535"),
        (Flags(), {"PORT": "65536"}, "PORT: must be a whole number from 1 to 65535"),
        (Flags(), {"REDIS_URL": "localhost"}, "REDIS_URL: must begin with redis:// or rediss:// or unix://"),
        (Flags(redis_url="redis://:pass/word@h"), {}, "--redis-url: is not a URL: its host or port cannot be read"),
        (Flags(log_level="inof"), {}, "--log-level: unknown level inof; did you mean info?"),
        (Flags(), {"NORMALIZER_URL": "normalizer:3000"}, "NORMALIZER_URL: must begin with http:// or https://"),
        (
            Flags(port="x", normalizer_url="y"),
            {},
            "--port: must be a whole number from 1 to 65535\n--normalizer-url: must begin with http:// or https://",
        ),
    ],
)
def test_a_value_that_cannot_be_used_is_told_with_its_source(flags: Flags, env: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        resolve("router", flags, env, Config())
    assert str(caught.value) == message


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "example.com", "::1"])
def test_without_a_client_key_only_the_loopback_is_bound_and_that_is_said(host: str) -> None:
    settings = resolve("router", Flags(host=host), {}, Config())
    assert settings.host == "127.0.0.1"
    assert settings.warnings == (
        f"HOST {host} is ignored and 127.0.0.1 bound, since no client key is set; set APIKEY to be reached",
    )


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_loopback_itself_needs_no_warning(host: str) -> None:
    assert bind_host(host, has_client_key=False, in_container=False) == ("127.0.0.1", None)


def test_with_a_client_key_any_host_is_bound() -> None:
    assert resolve("router", Flags(host="0.0.0.0"), {}, KEYED).host == "0.0.0.0"


def test_in_a_container_any_host_is_bound() -> None:
    env = {"HOST": "0.0.0.0", "FAIRLEAD_CONTAINER": "1"}
    assert resolve("router", Flags(), env, Config()) == Settings("0.0.0.0", 3456, "http://127.0.0.1:3000", "info")


@pytest.mark.parametrize("value", ["", "0", "false"])
def test_only_a_one_says_that_this_is_a_container(value: str) -> None:
    env = {"HOST": "0.0.0.0", "FAIRLEAD_CONTAINER": value}
    assert resolve("router", Flags(), env, Config()).host == "127.0.0.1"


def test_the_file_that_is_named_is_taken() -> None:
    assert found("/a", "/b", flag="/a", CONFIG_PATH="/b") == Path("/a")
    assert found("/a", "/b", CONFIG_PATH="/b") == Path("/b")
    assert found("/home/me/x", flag="~/x") == Path("/home/me/x")


def test_unnamed_ours_is_taken_before_claude_code_routers() -> None:
    ours, theirs = "/home/me/.fairlead/config.json", "/home/me/.claude-code-router/config.json"
    assert found(ours, theirs) == Path(ours)
    assert found(theirs) == Path(theirs)
    assert found() is None


def test_a_named_file_that_is_missing_is_an_error_and_nothing_else_is_taken() -> None:
    with pytest.raises(ConfigError, match=r"\A--config: there is no file /a\Z"):
        found("/b", flag="/a", CONFIG_PATH="/b")
    with pytest.raises(ConfigError, match=r"\ACONFIG_PATH: there is no file /b\Z"):
        found("/home/me/.fairlead/config.json", CONFIG_PATH="/b")


def test_no_password_of_redis_is_printed() -> None:
    assert "canary" not in repr(resolve("router", Flags(redis_url="redis://:canary@h"), {}, Config()))


def test_a_database_is_postgresql_or_somebody_elses() -> None:
    config = Config(database_url=Secret("postgresql://file/x"))
    assert resolve("router", Flags(), {}, config).database_url == Secret("postgresql://file/x")
    named = {"DATABASE_URL": "postgres://env/x"}
    assert resolve("router", Flags(), named, config).database_url == Secret("postgres://env/x")
    other = resolve("router", Flags(), {"DATABASE_URL": "mysql://me:s3cret@env/x"}, config)
    assert other.database_url is None
    assert other.warnings == ("DATABASE_URL is ignored: it does not begin with postgresql://",)


def test_what_is_heeded_at_the_start_alone_is_named_when_it_changes() -> None:
    started, now = Config(port=1, log=True), Config(port=2, log=True, api_timeout_ms=5)
    assert after_restart(started, now) == ("PORT",)


def test_the_last_client_key_stays_where_others_reach_the_service() -> None:
    demand_client_key(Config(), "127.0.0.1", {})
    demand_client_key(Config(), "0.0.0.0", {"FAIRLEAD_CONTAINER": "1"})
    with pytest.raises(ConfigError, match="APIKEY: is missing"):
        demand_client_key(Config(), "0.0.0.0", {})


def test_a_log_goes_where_the_environment_says_else_where_the_file_says() -> None:
    config = Config(log_files=LogFiles(folder="~/logs"))
    assert resolve("router", Flags(), {}, Config()).logs is None
    assert resolve("router", Flags(), {}, config).logs == "~/logs"
    assert resolve("normalizer", Flags(), {"FAIRLEAD_LOGS": "/var/log"}, config).logs == "/var/log"


def test_log_false_leaves_errors_unless_a_level_is_asked_for() -> None:
    config = Config(log=False, log_level="debug")
    assert [resolve(service, Flags(), {}, config).log_level for service in ("router", "normalizer")] == ["error"] * 2
    assert resolve("router", Flags(), {"LOG_LEVEL": "info"}, config).log_level == "info"
