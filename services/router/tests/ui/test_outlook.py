"""Whether targets can be called now."""

import pytest

from fairlead.router.catalog import Catalog, Entry
from fairlead.router.health import Known, Standing, State
from fairlead.router.policy import Policy
from fairlead.router.ui.chains import Health
from fairlead.router.ui.lines import Verdict
from fairlead.router.ui.outlook import UNABLE, Outlook, outlooks
from fairlead.shared.config import parse

CONFIG = """{
  Providers: [{name: "p", api_base_url: "https://p.example/v1", api_key: "k", models: ["m"]}],
  Router: {default: "p,m"},
}"""
POLICY = Policy.of(parse(CONFIG, {}, file="config.json", resolve_secrets=False).config)
CATALOG = Catalog.of([Entry("m", provider="p")])


def told(*known: Known, ill: dict[str, str] | None = None, catalog: Catalog = CATALOG) -> Outlook:
    health = Health({(one.provider, one.model): one for one in known}, 100.0, ill or {})
    return outlooks(POLICY, catalog, health)["p,m"]


@pytest.mark.parametrize("model", ["m", None])
def test_a_target_does_as_its_model_or_its_provider_does(model: str | None) -> None:
    resting = Known("p", model, Standing(state=State.OPEN, until=130.0), calls=3, failures=3)
    assert told(resting) == Outlook(Verdict("circuit open, 30 s more", "bad"))


def test_whoever_was_not_asked_is_not_well_or_ill() -> None:
    assert told() == Outlook(Verdict("not asked lately", ""))


def test_whoever_cannot_be_called_is_told_with_the_reason() -> None:
    assert told(ill={"p": "its key is refused"}) == Outlook(UNABLE, "its key is refused")
    assert told(catalog=Catalog()).because == "the normalizer does not know this provider"
