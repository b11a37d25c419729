"""Configured providers are made ready to be called, or said to be unusable and why."""

from fairlead.normalizer.upstreams import Unusable, upstreams
from fairlead.shared.config import Config, parse
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.runtime.http import Timeouts

from .world import NOBODY

CONFIG = """{
  limits: {connect_s: 5, idle_s: 60},
  Providers: [
    {name: "chat", api_base_url: "http://h.example/v1", api_key: "k", models: ["m"],
     headers: {"X-Extra": "1", "User-Agent": "mine"}, timeouts: {first_byte: 7}},
    {name: "claude", api_base_url: "http://h.example/v1/messages", api_key: "k", models: ["m"]},
    {name: "vertex", type: "vertex-claude", api_base_url: "https://aiplatform.googleapis.com", api_key: "k", models: ["m"]},
    {name: "self", api_base_url: "http://127.0.0.1:3000/v1", models: ["m"]},
    {name: "off", api_base_url: "http://h.example/v1", models: ["m"], enabled: false},
  ],
}"""


def config() -> Config:
    return parse(CONFIG, {}, file="config.json").config


def test_a_provider_has_its_addresses_and_the_stricter_of_its_timeouts_named() -> None:
    ready, _ = upstreams(config(), DIALECTS, "us/1", NOBODY)
    assert sorted(ready) == ["chat", "claude"]
    assert ready["chat"].urls.answer == "http://h.example/v1/chat/completions"
    assert ready["chat"].timeouts == Timeouts(connect=5, first_byte=7, idle=60)
    assert ready["claude"].timeouts == Timeouts(connect=5, first_byte=300, idle=60)
    assert ready["claude"].dialect is DIALECTS["anthropic"]


def test_what_cannot_be_called_says_why_and_the_normalizer_itself_is_no_provider() -> None:
    _, unusable = upstreams(config(), DIALECTS, "us/1", NOBODY)
    assert unusable == (
        Unusable("vertex", unusable[0].because),
        Unusable("off", "enabled is false"),
    )
    assert unusable[0].because.startswith("its Google Cloud project is not known: set project in its auth")


def test_a_dialect_that_is_not_there_makes_its_providers_unusable() -> None:
    ready, unusable = upstreams(config(), {"openai": DIALECTS["openai"]}, "us/1", NOBODY)
    assert sorted(ready) == ["chat"]
    assert unusable[0] == Unusable("claude", "the dialect anthropic is not spoken here")


def test_configured_headers_win_and_ours_name_us() -> None:
    ready, _ = upstreams(config(), DIALECTS, "us/1", NOBODY)
    assert ready["chat"].headers({}, native=True) == {"user-agent": "mine", "x-extra": "1"}
    assert ready["claude"].headers({}, native=False)["user-agent"] == "us/1"
