"""Models are found under every name they have, and listed in both shapes at once."""

from typing import Any

import pytest

from fairlead.normalizer.catalog import Catalog, renamed
from fairlead.normalizer.providers.listing import Offered
from fairlead.shared.catalog import Figures, Page
from fairlead.shared.config import Config, parse
from fairlead.shared.config.presets import Found, with_presets
from fairlead.shared.config.schema import ClientKey, Prices, Secret
from fairlead.shared.failure import FailureError, Kind
from fairlead.shared.known_models import KnownModels
from fairlead.shared.pricing import Tariff

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
NOW = 1_795_000_000.0
USABLE = {"One", "two", "anthropic", "common"}


def config(text: str) -> Config:
    return parse(text, {}, file="config.json").config


def catalog(text: str = CONFIG) -> Catalog:
    return Catalog(config(text), USABLE, 1_700_000_000, KnownModels())


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
    assert catalog().listing(Page(limit=1), NOW)["data"][0] == {
        "id": "One,gpt",
        "object": "model",
        "created": 1_700_000_000,
        "owned_by": "One",
        "type": "model",
        "display_name": "gpt",
        "created_at": "2023-11-14T22:13:20Z",
        "lifecycle": "active",
        "max_input_tokens": None,
        "max_tokens": None,
        "dialect": "openai",
        "provider": "One",
        "context_window": None,
        "long_context_window": None,
        "max_output_tokens": None,
        "input_price": 1.5,
        "output_price": 6.0,
        "cache_read_price": None,
        "cache_write_price": None,
        "price_steps": [],
        "capabilities": None,
        "reasoning": "auto",
        "status": "available",
        "alias_of": None,
    }


def test_models_of_a_droid2api_file_are_listed_with_their_name_and_level() -> None:
    listed = catalog(DROID).listing(Page(), NOW)["data"]
    assert [(model["id"], model["display_name"], model["reasoning"], model["dialect"]) for model in listed] == [
        ("claude-opus", "Opus", "high", "anthropic"),
        ("glm", "glm", "off", "openai"),
        ("claude-old", "Opus", "high", "anthropic"),
    ]


@pytest.mark.parametrize(
    ("model", "place", "level"),
    [
        ("One,gpt(high)", ("One", "gpt"), "high"),
        ("One,gpt (HIGH)", ("One", "gpt"), "high"),
        ("one, gpt:xhigh", ("One", "gpt"), "xhigh"),
        ("gpt(off)", ("One", "gpt"), "off"),
        ("gpt:auto", ("One", "gpt"), "auto"),
        ("old(low)", ("two", "claude"), "low"),
        ("two,not-listed(low)", ("two", "not-listed"), "low"),
        ("One,org/big:free(max)", ("One", "org/big:free"), "max"),
        # What may be a name of the provider's own stays one: it is not listed, and neither is what stands before.
        ("two,phi:medium", ("two", "phi:medium"), None),
        ("two,claude(hihg)", ("two", "claude(hihg)"), None),
        ("One,gpt", ("One", "gpt"), None),
    ],
)
def test_a_name_may_end_in_how_hard_to_think(model: str, place: tuple[str, str], level: str | None) -> None:
    found = catalog().find(model)
    assert (found.provider.name, found.model, found.level) == (*place, level)


def test_a_listed_model_of_such_a_name_is_that_model() -> None:
    text = """{Providers: [{name: "o", api_base_url: "http://h.example/v1", models: ["phi", "phi:medium", "x(high)", "x"]}]}"""
    known = Catalog(config(text), {"o"}, 0, KnownModels())
    names = ["o,phi:medium", "phi:medium", "O,phi:medium", "x(high)", "phi:low", "x(low)"]
    assert [(known.find(name).model, known.find(name).level) for name in names] == [
        *[("phi:medium", None)] * 3,
        ("x(high)", None),
        ("phi", "low"),
        ("x", "low"),
    ]
    assert ids(known.listing(Page(), NOW)) == ["o,phi", "o,phi:medium", "o,x(high)", "o,x"]


def test_a_level_after_the_name_of_no_model_is_not_found() -> None:
    with pytest.raises(FailureError, match="did you mean claude"):
        catalog().find("claud(high)")


def test_every_model_is_listed_with_its_configured_level() -> None:
    text = """{Providers: [{name: "o", api_base_url: "http://h.example/v1", models: ["a", "b"],
      reasoning: {b: "high", "*": "low"}}, {name: "p", api_base_url: "http://h.example/v1", models: ["c"]}]}"""
    listed = Catalog(config(text), {"o", "p"}, 0, KnownModels()).listing(Page(), NOW)["data"]
    assert [(model["id"], model["reasoning"]) for model in listed] == [("o,a", "low"), ("o,b", "high"), ("p,c", "auto")]


def test_only_what_can_be_called_is_listed() -> None:
    listing = catalog().listing(Page(), NOW)
    assert ids(listing) == ["One,gpt", "One,shared", "One,org/big:free", "two,claude", "two,shared", "old", "older"]
    assert len(catalog()) == 5


def test_pages_follow_one_another_to_the_end() -> None:
    seen: list[str] = []
    page = Page(limit=2)
    while True:
        listing = catalog().listing(page, NOW)
        assert (listing["first_id"], listing["last_id"]) == (ids(listing)[0], ids(listing)[-1])
        seen += ids(listing)
        if not listing["has_more"]:
            break
        page = Page(limit=2, after_id=listing["last_id"])
    assert seen == ids(catalog().listing(Page(), NOW))


def test_the_page_after_the_last_model_is_empty() -> None:
    listing = catalog().listing(Page(after_id="older"), NOW)
    providers = {"One": "openai", "two": "anthropic"}
    nothing = {"object": "list", "data": [], "has_more": False, "first_id": None, "last_id": None}
    assert listing == {**nothing, "providers": providers}


def test_a_page_after_no_model_is_refused() -> None:
    with pytest.raises(FailureError) as refused:
        catalog().listing(Page(after_id="nothing"), NOW)
    assert refused.value.failure.param == "after_id"


def test_one_model_is_listed_by_its_id_or_a_redirect() -> None:
    assert catalog().listed("two,claude", NOW)["id"] == "two,claude"
    assert catalog().listed("One,org/big:free", NOW)["id"] == "One,org/big:free"
    assert catalog().listed("claude", NOW)["id"] == "two,claude"
    old = catalog().listed("old", NOW)
    assert (old["id"], old["alias_of"], old["provider"]) == ("old", "two,claude", "two")
    with pytest.raises(FailureError):
        catalog().listed("nothing", NOW)


KNOWN = """{Providers: [
  {name: "ant", api_base_url: "https://api.anthropic.com", api_key: "k", models: ["claude-opus-5-5", "claude-haiku-5-5"]},
  {name: "mine", api_base_url: "https://api.anthropic.com", api_key: "k", models: ["claude-opus-5-5"],
   prices: {input: 1}},
  {name: "else", api_base_url: "https://gateway.example/v1", api_key: "k", models: ["anthropic/claude-opus-5-5", "odd"]},
  {name: "here", api_base_url: "http://127.0.0.1:11434/v1", models: ["claude-opus-5-5"]},
]}"""
FIGURES = ("context_window", "input_price", "output_price", "cache_read_price", "cache_write_price")


def figures(id: str, text: str = KNOWN) -> list[Any]:
    made = Catalog(config(text), {"ant", "mine", "else", "here"}, 0, KnownModels())
    model = made.listed(id, NOW)
    return [model[name] for name in FIGURES]


def test_what_is_publicly_known_of_a_model_is_told() -> None:
    assert figures("ant,claude-opus-5-5") == [1_000_000, 4.0, 20.0, 0.2, 5.0]


def test_configured_prices_win_and_are_not_mixed_with_others() -> None:
    assert figures("mine,claude-opus-5-5") == [1_000_000, 1.0, None, None, None]


def test_elsewhere_a_models_window_is_known_and_its_price_is_not() -> None:
    assert figures("else,anthropic/claude-opus-5-5") == [1_000_000, None, None, None, None]
    assert figures("else,odd") == [None] * 5


ROUTED = """{
  Providers: [
    {name: "ant", api_base_url: "https://api.anthropic.com", api_key: "k"},
    {name: "else", api_base_url: "https://gateway.example/v1", api_key: "k", models: ["own"]},
  ],
  Router: {default: ["ant,claude-opus-5-5", "else,unlisted"], think: "ant,claude-opus-5-5(high)",
           families: {haiku: "ant,claude-haiku-5-5"}},
}"""


def test_what_routes_name_of_a_provider_that_lists_its_models_is_known_until_it_has() -> None:
    made = Catalog(config(ROUTED), {"ant", "else"}, 0, KnownModels())
    told = {model["id"]: model for model in made.listing(Page(), NOW)["data"]}
    assert set(told) == {"else,own", "ant,claude-opus-5-5", "ant,claude-haiku-5-5"}
    assert (told["ant,claude-opus-5-5"]["input_price"], told["ant,claude-opus-5-5"]["context_window"]) == (
        4.0,
        1_000_000,
    )
    made.learn("ant", [Offered("claude-opus-5-5")])
    assert {model["id"] for model in made.listing(Page(), NOW)["data"]} == {"else,own", "ant,claude-opus-5-5"}


def test_providers_are_told_though_no_model_of_theirs_is_known() -> None:
    text = '{Providers: [{name: "P", api_base_url: "https://p.example/v1/messages", type: "anthropic", api_key: "k"}]}'
    made = Catalog(config(text), {"P"}, 0, KnownModels())
    told = made.listing(Page(), NOW)
    assert (told["data"], told["providers"]) == ([], {"P": "anthropic"})
    some = ClientKey("some", Secret("k"), models=("x,*",))
    assert "providers" not in made.listing(Page(), NOW, some)


LONG = """{Providers: [
  {name: "ant", api_base_url: "https://api.anthropic.com", api_key: "k", models: ["claude-sonnet-4-5"]},
  {name: "else", api_base_url: "https://gateway.example/v1/messages", api_key: "k", type: "anthropic",
   models: ["claude-sonnet-4-5", "claude-haiku-4-5", "claude-opus-5-5"]},
]}"""


def test_the_window_that_a_beta_makes_larger_is_told_where_it_still_does() -> None:
    made = Catalog(config(LONG), {"ant", "else"}, 0, KnownModels())
    told = {model["id"]: model for model in made.listing(Page(), NOW)["data"]}
    assert {id: (model["context_window"], model["long_context_window"]) for id, model in told.items()} == {
        "ant,claude-sonnet-4-5": (200_000, None),
        "else,claude-sonnet-4-5": (200_000, 1_000_000),
        "else,claude-haiku-4-5": (200_000, None),
        "else,claude-opus-5-5": (1_000_000, None),
    }


def test_nothing_is_known_of_what_runs_on_ones_own_machine() -> None:
    assert figures("here,claude-opus-5-5") == [None] * 5


def test_prices_that_rise_with_the_prompt_are_told_in_steps() -> None:
    made = Catalog(config(KNOWN), {"ant"}, 0, KnownModels()).listed("ant,claude-haiku-5-5", NOW)
    assert made["price_steps"] == [
        {
            "above": 100_000,
            "input_price": 0.5,
            "output_price": 2.5,
            "cache_read_price": 0.05,
            "cache_write_price": 0.625,
        }
    ]


LISTED = [
    Offered("gpt", "GPT", 1_600_000_000, Figures(context_window=8_000, capabilities={"tools": True})),
    Offered("fresh", figures=Figures(tariff=Tariff(Prices(input=2.0)), deprecated=True)),
    Offered("claude"),
]


def learned() -> Catalog:
    made = catalog()
    made.learn("One", LISTED)
    return made


def test_what_a_provider_lists_follows_what_is_configured_and_enriches_it() -> None:
    listing = learned().listing(Page(), NOW)
    assert ids(listing)[-2:] == ["One,fresh", "One,claude"]
    assert ids(listing).count("One,gpt") == 1
    gpt, fresh = listing["data"][0], listing["data"][-2]
    assert (gpt["display_name"], gpt["created"], gpt["context_window"]) == ("GPT", 1_600_000_000, 8_000)
    assert (gpt["input_price"], gpt["capabilities"]) == (1.5, {"tools": {"supported": True}})
    assert (fresh["input_price"], fresh["status"], fresh["lifecycle"]) == (2.0, "deprecated", "deprecated")


def test_what_a_provider_lists_is_found_by_its_name_unless_another_is_configured_to_serve_it() -> None:
    made = learned()
    assert made.find("fresh").provider.name == "One"
    assert made.find("claude").provider.name == "two"
    made.learn("two", [Offered("fresh")])
    with pytest.raises(FailureError, match="One,fresh, two,fresh"):
        made.find("fresh")


def test_a_new_list_takes_the_place_of_the_old_one() -> None:
    made = learned()
    made.learn("One", [])
    assert ids(made.listing(Page(), NOW)) == ids(catalog().listing(Page(), NOW))


def test_a_restricted_key_sees_what_it_opens() -> None:
    key = ClientKey("laptop", Secret("k"), models=("two,*", "fresh"))
    listing = learned().listing(Page(), NOW, key)
    assert ids(listing) == ["two,claude", "two,shared", "old", "older", "One,fresh"]
    assert learned().listed("two,claude", NOW, key)["id"] == "two,claude"
    for hidden in ("One,gpt", "gpt", "nothing", "One,gp"):
        with pytest.raises(FailureError, match="is not served here") as refused:
            learned().listed(hidden, NOW, key)
        assert "did you mean" not in refused.value.failure.message


def test_a_restricted_key_is_told_of_no_model_but_those_it_opens() -> None:
    key = ClientKey("laptop", Secret("k"), models=("two,*",))
    assert catalog().find("shared", key).provider.name == "two"
    assert catalog().find("shared(high)", key).provider.name == "two"
    assert catalog().listed("shared", NOW, key)["id"] == "two,shared"
    with pytest.raises(FailureError, match="One,shared, two,shared"):
        catalog().find("shared")
    with pytest.raises(FailureError, match="did you mean gpt") as open_to_all:
        catalog().find("gp")
    with pytest.raises(FailureError, match="is not served here") as restricted:
        catalog().find("gp", key)
    assert "gpt" in open_to_all.value.failure.message
    assert "gpt" not in restricted.value.failure.message


def test_an_empty_configuration_lists_nothing() -> None:
    assert ids(Catalog(Config(), set(), 0, KnownModels()).listing(Page(), NOW)) == []


PAIR = """{Providers: [{name: "%s", api_base_url: "http://h.example/v1", api_key: "%s", models: ["m"]},
                       {name: "%s", api_base_url: "http://i.example/v1", api_key: "k", models: ["m"]}]}"""


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        (("a", "k", "b"), ("c", "k", "b"), {"a": "c"}),
        (("a", "k", "b"), ("b", "k", "a"), {}),
        (("a", "k", "b"), ("A", "k", "b"), {}),
        (("a", "k", "b"), ("c", "another", "b"), {}),
        (("a", "k", "b"), ("c", "k", "d"), {"a": "c", "b": "d"}),
    ],
)
def test_a_provider_that_differs_by_its_name_alone_was_renamed(
    before: tuple[str, ...], now: tuple[str, ...], told: dict[str, str]
) -> None:
    assert renamed(config(PAIR % before), config(PAIR % now)) == told


def test_a_provider_is_found_by_the_name_it_had_before_and_listed_by_its_new_one() -> None:
    renewed = config(PAIR % ("c", "k", "b"))
    found = Catalog(renewed, {"c", "b"}, 0, KnownModels(), {"a": "c"})
    assert found.find("a,m").provider.name == "c"
    assert {model["id"] for model in found.listing(Page(), NOW)["data"]} == {"c,m", "b,m"}


PRESET = """{
  Providers: [{name: "own", api_base_url: "http://h.example/v1", api_key: "k", models: ["gpt", "special"]},
              {name: "all", api_base_url: "http://h.example/v1", api_key: "k", models: ["*"]}],
  Router: {default: "own,gpt", think: "all,deep"}, fallback: {think: ["all,deeper"]},
}"""


def with_preset() -> Catalog:
    loaded = with_presets(parse(CONFIG, {}, file="config.json"), [Found("work", "presets/work", PRESET)], {})
    return Catalog(loaded.config, {*USABLE, "work/own", "work/all"}, 1_700_000_000, KnownModels())


def test_a_presets_models_are_found_at_its_provider_and_listed_with_those_its_routes_name() -> None:
    made = with_preset()
    assert made.find("work/own,special").provider.name == "work/own"
    own = [id for id in ids(made.listing(Page(), NOW)) if id.startswith("work/")]
    assert own == ["work/own,gpt", "work/own,special", "work/all,deep", "work/all,deeper"]


def test_a_bare_name_means_no_presets_model() -> None:
    made = with_preset()
    assert made.find("gpt").provider.name == "One"
    with pytest.raises(FailureError):
        made.find("special")
