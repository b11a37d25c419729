"""The list of models as clients are told it."""

import json
from typing import Any

import pytest

from fairlead.router.listed import Listed, from_config, page, single
from fairlead.shared.catalog import Page
from fairlead.shared.config.schema import ClientKey, Prices, Provider, Secret
from fairlead.shared.failure import FailureError, Kind


def model(id: str, provider: str) -> Listed:
    return Listed(id, provider, json.dumps({"id": id, "provider": provider, "more": [1, 2.50]}).encode())


MODELS = (model("Deep,chat", "Deep"), model("own", "deep"), model("two,org/x y", "two"), model("two,chat", "two"))
LAPTOP = ClientKey("laptop", Secret("k"), models=("deep,*", "org/*"))


def ids(body: bytes) -> list[str]:
    return [row["id"] for row in json.loads(body)["data"]]


def test_the_configured_models_are_listed_in_both_shapes() -> None:
    providers = [
        Provider("Deep", "https://d.example/v1", "openai", "openai", models=("chat",), prices={"*": Prices(input=1.0)}),
        Provider("local", "http://127.0.0.1:3000", "openai", "openai", models=("own",), is_normalizer=True),
    ]
    told: dict[str, Any] = json.loads(page(from_config(providers), Page(), None))
    assert [row["id"] for row in told["data"]] == ["Deep,chat", "own"]
    assert (told["first_id"], told["last_id"], told["has_more"], told["object"]) == ("Deep,chat", "own", False, "list")
    chat = told["data"][0]
    assert (chat["type"], chat["object"], chat["dialect"]) == ("model", "model", "openai")
    assert (chat["input_price"], chat["output_price"]) == (1.0, None)
    assert json.loads(page(from_config([]), Page(), None))["data"] == []


def test_models_are_told_in_the_normalizers_own_bytes_and_in_pages() -> None:
    body = page(MODELS, Page(2), None)
    assert MODELS[0].told in body
    assert (ids(body), json.loads(body)["has_more"]) == (["Deep,chat", "own"], True)
    assert ids(page(MODELS, Page(2, "own"), None)) == ["two,org/x y", "two,chat"]
    assert ids(page(MODELS, Page(2, None, "two,chat"), None)) == ["own", "two,org/x y"]


@pytest.mark.parametrize(("wanted", "id"), [("Deep,chat", "Deep,chat"), ("own", "own"), ("org/x y", "two,org/x y")])
def test_a_model_is_told_by_its_id_or_a_name_that_one_provider_has(wanted: str, id: str) -> None:
    assert json.loads(single(MODELS, wanted, None))["id"] == id


@pytest.mark.parametrize("wanted", ["chat", "nothing", ""])
def test_what_is_no_models_name_is_not_found(wanted: str) -> None:
    with pytest.raises(FailureError) as refused:
        single(MODELS, wanted, None)
    assert refused.value.failure.kind is Kind.NOT_FOUND


def test_a_restricted_key_sees_what_it_opens() -> None:
    assert ids(page(MODELS, Page(), LAPTOP)) == ["Deep,chat", "own", "two,org/x y"]
    assert json.loads(single(MODELS, "chat", LAPTOP))["id"] == "Deep,chat"
    with pytest.raises(FailureError):
        single(MODELS, "two,chat", LAPTOP)
