"""Models are found under every name they have, and listed in both shapes at once."""

from typing import Any

import pytest

from fairlead.normalizer.catalog import Catalog, Page
from fairlead.shared.config import Config, parse
from fairlead.shared.failure import FailureError, Kind

CONFIG = """{
  Providers: [
    {name: "One", api_base_url: "http://h.example/v1", api_key: "k", models: ["gpt", "shared", "org/big:free"],
     prices: {gpt: {input: 1.5, output: 6}}},
    {name: "two", api_base_url: "http://h.example/anthropic", api_key: "k", models: ["claude", "shared"]},
    {name: "self", api_base_url: "http://127.0.0.1:3000/v1", api_key: "k", models: ["gpt"]},
    {name: "off", api_base_url: "http://h.example/v1", api_key: "k", models: ["hidden"], enabled: false},
  ],
  normalizer: {model_redirects: {"old": "older", "older": "two,claude"}},
}"""
DROID = """{
  endpoint: [{name: "anthropic", base_url: "https://h.example/a/v1/messages"},
             {name: "common", base_url: "https://h.example/o/v1/chat/completions"}],
  models: [{name: "Opus", id: "claude-opus", type: "anthropic", reasoning: "high"}, {id: "glm", type: "common"}],
  model_redirects: {"claude-old": "claude-opus"},
}"""
USABLE = {"One", "two", "anthropic", "common"}


def config(text: str) -> Config:
    return parse(text, {}, file="config.json").config


def catalog(text: str = CONFIG) -> Catalog:
    return Catalog(config(text), USABLE, created=1_700_000_000)


def found(model: str, text: str = CONFIG) -> tuple[str, str]:
    place = catalog(text).find(model)
    return place.provider.name, place.model


def ids(listing: dict[str, Any]) -> list[str]:
    return [model["id"] for model in listing["data"]]


@pytest.mark.parametrize(
    ("model", "place"),
    [
        ("One,gpt", ("One", "gpt")),
        ("one,gpt", ("One", "gpt")),
        ("One, gpt", ("One", "gpt")),
        ("One,org/big:free", ("One", "org/big:free")),
        ("One,not-listed", ("One", "not-listed")),
        ("two,shared", ("two", "shared")),
        ("claude", ("two", "claude")),
        ("gpt", ("One", "gpt")),
        ("older", ("two", "claude")),
        ("old", ("two", "claude")),
        ("off,hidden", ("off", "hidden")),
    ],
)
def test_a_model_is_found(model: str, place: tuple[str, str]) -> None:
    assert found(model) == place


@pytest.mark.parametrize(
    ("model", "place"),
    [
        ("claude-opus", ("anthropic", "claude-opus")),
        ("anthropic,claude-opus", ("anthropic", "claude-opus")),
        ("claude-old", ("anthropic", "claude-opus")),
        ("glm", ("common", "glm")),
    ],
)
def test_a_model_of_a_droid2api_file_is_found_by_its_bare_id(model: str, place: tuple[str, str]) -> None:
    assert found(model, DROID) == place


@pytest.mark.parametrize("model", ["nothing", "", "nobody,gpt", "self,gpt", "hidden", "GPT"])
def test_a_model_nobody_serves_is_not_found(model: str) -> None:
    with pytest.raises(FailureError) as refused:
        catalog().find(model)
    assert refused.value.failure.kind is Kind.NOT_FOUND
    assert refused.value.failure.param == "model"


def test_a_slip_is_met_with_the_nearest_name() -> None:
    with pytest.raises(FailureError, match="did you mean claude"):
        catalog().find("claud")


def test_a_name_that_several_serve_is_refused_with_the_choice() -> None:
    with pytest.raises(FailureError, match="One,shared, two,shared") as refused:
        catalog().find("shared")
    assert refused.value.failure.kind is Kind.BAD_REQUEST


def test_a_listed_model_has_the_fields_of_both_shapes_and_ours() -> None:
    assert catalog().listing(Page(limit=1))["data"][0] == {
        "id": "One,gpt",
        "object": "model",
        "created": 1_700_000_000,
        "owned_by": "One",
        "type": "model",
        "display_name": "gpt",
        "created_at": "2023-11-14T22:13:20Z",
        "dialect": "openai",
        "provider": "One",
        "context_window": None,
        "max_output_tokens": None,
        "input_price": 1.5,
        "output_price": 6.0,
        "cache_read_price": None,
        "cache_write_price": None,
        "capabilities": None,
        "reasoning": None,
        "status": "available",
    }


def test_models_of_a_droid2api_file_are_listed_with_their_name_and_level() -> None:
    listed = catalog(DROID).listing(Page())["data"]
    assert [(model["id"], model["display_name"], model["reasoning"], model["dialect"]) for model in listed] == [
        ("claude-opus", "Opus", "high", "anthropic"),
        ("glm", "glm", "off", "openai"),
    ]


def test_only_what_can_be_called_is_listed() -> None:
    listing = catalog().listing(Page())
    assert ids(listing) == ["One,gpt", "One,shared", "One,org/big:free", "two,claude", "two,shared"]
    assert len(catalog()) == 5


def test_pages_follow_one_another_to_the_end() -> None:
    seen: list[str] = []
    page = Page(limit=2)
    while True:
        listing = catalog().listing(page)
        assert (listing["first_id"], listing["last_id"]) == (ids(listing)[0], ids(listing)[-1])
        seen += ids(listing)
        if not listing["has_more"]:
            break
        page = Page(limit=2, after_id=listing["last_id"])
    assert seen == ids(catalog().listing(Page()))


def test_the_page_after_the_last_model_is_empty() -> None:
    listing = catalog().listing(Page(after_id="two,shared"))
    assert listing == {"object": "list", "data": [], "has_more": False, "first_id": None, "last_id": None}


def test_a_page_after_no_model_is_refused() -> None:
    with pytest.raises(FailureError) as refused:
        catalog().listing(Page(after_id="nothing"))
    assert refused.value.failure.param == "after_id"


def test_one_model_is_listed_by_its_id_or_a_redirect() -> None:
    assert catalog().listed("two,claude")["id"] == "two,claude"
    assert catalog().listed("old")["id"] == "two,claude"
    with pytest.raises(FailureError):
        catalog().listed("nothing")


def test_an_empty_configuration_lists_nothing() -> None:
    assert ids(Catalog(Config(), set(), 0).listing(Page())) == []
