"""What is publicly known of models."""

from datetime import UTC, datetime

import pytest

from fairlead.shared.catalog import Figures
from fairlead.shared.config.schema import Prices
from fairlead.shared.known_models import Clause, Known, KnownModels, Rates

NOW = datetime(2026, 11, 20, tzinfo=UTC).timestamp()
OPUS = Prices(input=4.0, output=20.0, cache_read=0.2, cache_write=5.0)


@pytest.fixture(scope="module")
def known() -> KnownModels:
    return KnownModels()


@pytest.mark.parametrize(
    ("url", "model", "window", "prices"),
    [
        ("https://api.anthropic.com/v1/messages", "claude-opus-5-5", 1_000_000, OPUS),
        ("https://api.anthropic.com", "Claude-Opus-5-5", 1_000_000, OPUS),
        ("https://api.openai.com/v1", "gpt-5", 400_000, Prices(input=1.25, output=10.0, cache_read=0.125)),
        ("https://gateway.example/v1", "claude-opus-5-5", 1_000_000, Prices()),
        ("https://gateway.example/v1", "anthropic/claude-opus-5-5", 1_000_000, Prices()),
        ("https://gateway.example/v1", "a-model-of-ones-own", None, Prices()),
        ("https://api.anthropic.com", "gpt-5", 400_000, Prices()),
    ],
)
def test_prices_are_those_of_a_place_and_windows_those_of_a_model(
    url: str, model: str, window: int | None, prices: Prices, known: KnownModels
) -> None:
    found = known.figures(url, model, NOW)
    assert (found.context_window, found.tariff.prices) == (window, prices)


def test_an_answer_is_remembered_and_the_same_again() -> None:
    known = KnownModels(remembered=1)
    first = [known.figures("https://api.anthropic.com", model, NOW) for model in ("claude-opus-5-5", "nothing")]
    again = [known.figures("https://api.anthropic.com", model, NOW) for model in ("claude-opus-5-5", "nothing")]
    assert first == again
    assert repr(known) == "<KnownModels remembered=1>"


def test_prices_hold_from_their_day_on() -> None:
    rates = (Rates(0, (1.0, 2.0, None, None)), Rates(1_000, (3.0, 4.0, None, None), ((50, (5.0, 6.0, None, None)),)))
    model = Known(Clause("equals", "m"), 10, False, rates)
    assert model.figures(999.0).tariff.prices == Prices(input=1.0, output=2.0)
    later = model.figures(1_000.0).tariff
    assert later.prices == Prices(input=3.0, output=4.0)
    assert [(step.above, step.prices.input) for step in later.steps] == [(50, 5.0)]


def test_prices_that_have_not_begun_are_not_known() -> None:
    model = Known(Clause("equals", "m"), None, True, (Rates(1_000, (1.0, None, None, None)),))
    assert model.figures(1.0) == Figures(deprecated=True)


@pytest.mark.parametrize(
    ("clause", "fits"),
    [
        (Clause("equals", "gpt-5"), True),
        (Clause("equals", "gpt"), False),
        (Clause("starts_with", "gpt"), True),
        (Clause("ends_with", "-5"), True),
        (Clause("contains", "t-"), True),
        (Clause("regex", r"\d$"), True),
        (Clause("or", parts=(Clause("equals", "x"), Clause("contains", "5"))), True),
        (Clause("and", parts=(Clause("equals", "x"), Clause("contains", "5"))), False),
        (Clause("or"), False),
    ],
)
def test_a_clause_says_how_names_look(clause: Clause, fits: bool) -> None:
    assert clause.fits("gpt-5") is fits
