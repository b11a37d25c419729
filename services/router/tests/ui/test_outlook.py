"""Whether targets can be called now, in a word."""

import pytest

from fairlead.router.catalog import Catalog, Entry
from fairlead.router.health import Known, Standing, State
from fairlead.router.policy import Policy
from fairlead.router.ui.outlook import Outlook, outlooks
from fairlead.shared.config import parse

CONFIG = """{
  Providers: [{name: "p", api_base_url: "https://p.example/v1", api_key: "k", models: ["m"]}],
  Router: {default: "p,m"},
}"""
POLICY = Policy.of(parse(CONFIG, {}, file="config.json", resolve_secrets=False).config)
CATALOG = Catalog.of([Entry("m", provider="p")])
NOW = 100.0


def told(*known: Known, ill: dict[str, str] | None = None, catalog: Catalog = CATALOG) -> Outlook:
    return outlooks(POLICY, catalog, known, ill or {}, NOW)["p,m"]


def known(standing: Standing, model: str | None = "m", calls: int = 1) -> Known:
    return Known("p", model, standing, calls=calls)


@pytest.mark.parametrize(
    ("standing", "word", "tone"),
    [
        (Standing(), "works", "good"),
        (Standing(state=State.OPEN, until=NOW + 30), "left alone", "bad"),
        (Standing(state=State.HALF_OPEN), "being tried", "warn"),
        (Standing(until=NOW + 5, throttled=True), "pauses", "warn"),
        (Standing(share=0.5), "recovering", "warn"),
    ],
)
def test_a_target_does_as_its_model_or_its_provider_does(standing: Standing, word: str, tone: str) -> None:
    for model in ("m", None) if tone != "good" else ("m",):
        found = told(known(standing, model))
        assert (found.word, found.tone) == (word, tone)


def test_whoever_was_not_asked_is_ready() -> None:
    assert told() == Outlook("ready", "")


def test_whoever_cannot_be_called_is_told_with_the_reason() -> None:
    assert told(ill={"p": "its key is refused"}) == Outlook("cannot be called", "bad", "its key is refused")
    assert told(catalog=Catalog()).because == "the normalizer does not know this provider"
