"""A configuration's routes, ready to be asked."""

from fairlead.router.policy import Policy, name_of, unrepeated
from fairlead.shared.config import parse
from fairlead.shared.config.schema import Target

CONFIG = """{
  Providers: [
    {name: "OpenRouter", api_base_url: "https://openrouter.ai/api/v1/chat/completions", api_key: "$UNSET",
     models: ["anthropic/claude-Opus", "plain"]},
    {name: "local", api_base_url: "http://127.0.0.1:3000/v1/chat/completions", api_key: "x", models: ["Own-Model"]},
  ],
  Router: {
    default: {targets: ["OpenRouter,plain"], fallback: ["local,Own-Model"]},
    think: ["OpenRouter,plain", "local,Own-Model"],
    longContextThreshold: 1000,
  },
  fallback: {default: ["OpenRouter,anthropic/claude-Opus"], webSearch: ["OpenRouter,plain"]},
}"""


def policy() -> Policy:
    return Policy.of(parse(CONFIG, {}, file="config.json", resolve_secrets=False).config)


def test_routes_and_fallbacks_of_both_spellings_are_joined() -> None:
    made = policy()
    assert made.routes == {
        "default": (Target("OpenRouter", "plain"),),
        "think": (Target("OpenRouter", "plain"), Target("local", "Own-Model")),
    }
    assert made.fallbacks["default"] == (Target("local", "Own-Model"), Target("OpenRouter", "anthropic/claude-Opus"))
    assert made.fallbacks["think"] == ()
    assert made.fallbacks["webSearch"] == (Target("OpenRouter", "plain"),)
    assert made.long_context_threshold == 1000


def test_names_are_taken_in_any_case_and_given_as_configured() -> None:
    assert policy().configured("openrouter", "Anthropic/Claude-opus") == Target("OpenRouter", "anthropic/claude-Opus")
    assert policy().configured(" LOCAL ", " own-model ") == Target("local", "Own-Model")


def test_a_model_that_is_not_listed_is_taken_as_typed() -> None:
    assert policy().configured("openrouter", "New-One") == Target("OpenRouter", "New-One")


def test_a_provider_that_is_not_configured_is_nobody() -> None:
    assert policy().configured("other", "m") is None
    assert not policy().lists(Target("other", "m"))


def test_models_of_the_normalizer_itself_are_addressed_by_their_bare_ids() -> None:
    assert policy().address(Target("local", "Own-Model")) == "Own-Model"
    assert policy().address(Target("OpenRouter", "plain")) == "OpenRouter,plain"
    assert policy().address(Target("", "anything")) == "anything"


def test_a_target_is_named_as_people_write_it() -> None:
    assert name_of(Target("p", "a,b")) == "p,a,b"
    assert name_of(Target("", "m")) == "m"


def test_a_target_is_tried_once_whatever_its_weight() -> None:
    a, b = Target("p", "a"), Target("p", "b")
    assert unrepeated([a, b, Target("p", "a", 3.0), b]) == (a, b)


def test_an_empty_configuration_has_no_routes() -> None:
    made = Policy.of(parse("{}", {}, file="config.json").config)
    assert (made.routes, made.fallbacks, made.long_context_threshold) == ({}, {}, 60_000)
