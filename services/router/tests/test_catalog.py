"""The normalizer's list of models, and the one made from the configuration in its place."""

import json

import msgspec
import pytest

from fairlead.router.catalog import Catalog, Entry, from_config, read_page
from fairlead.shared.config.schema import Provider

LIST = json.dumps(
    {
        "object": "list",
        "has_more": False,
        "data": [
            {"id": "Bare-Id", "type": "model", "dialect": "anthropic", "provider": "Anthropic", "context_window": 9},
            {"id": "OpenRouter,x/y", "dialect": "openai", "provider": "OpenRouter"},
            {"id": "unsaid"},
        ],
    }
).encode()
CATALOG = Catalog.of(read_page(LIST).data)


@pytest.mark.parametrize(
    ("address", "dialect"),
    [
        ("Bare-Id", "anthropic"),
        ("bare-id", "anthropic"),
        ("anthropic,bare-id", "anthropic"),
        ("openrouter,X/Y", "openai"),
        ("unsaid", None),
        ("never heard of", None),
    ],
)
def test_a_models_dialect_is_found_by_any_of_its_addresses(address: str, dialect: str | None) -> None:
    assert CATALOG.dialect(address) == dialect


def test_a_model_without_a_dialect_is_known_all_the_same() -> None:
    assert CATALOG.find("UNSAID") is not None
    assert CATALOG.find("unheard") is None


def test_of_two_models_with_one_address_the_first_counts() -> None:
    assert Catalog.of([Entry("a", "openai"), Entry("A", "anthropic")]).dialect("a") == "openai"


def test_a_page_tells_where_the_next_begins() -> None:
    assert not read_page(LIST).has_more
    page = read_page(b'{"data": [], "has_more": true, "last_id": "z"}')
    assert (page.has_more, page.last_id) == (True, "z")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"data": [{}]}', b'{"data": 1}'])
def test_what_is_no_list_is_refused(body: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        read_page(body)


def test_the_configured_models_are_listed_in_both_shapes() -> None:
    providers = [
        Provider("Deep", "https://deep.example/v1", "openai", "openai", models=("chat",)),
        Provider("local", "http://127.0.0.1:3000", "openai", "openai", models=("own",), is_normalizer=True),
    ]
    listed = json.loads(from_config(providers))
    assert [model["id"] for model in listed["data"]] == ["Deep,chat", "own"]
    assert (listed["first_id"], listed["last_id"], listed["has_more"], listed["object"]) == (
        "Deep,chat",
        "own",
        False,
        "list",
    )
    assert listed["data"][0]["type"] == "model"
    assert listed["data"][0]["object"] == "model"
    assert json.loads(from_config([]))["data"] == []
