"""What a call costs."""

import pytest

from fairlead.shared.config.schema import Prices
from fairlead.shared.conversation import Usage
from fairlead.shared.pricing import Step, Tariff

FULL = Prices(input=4.0, output=20.0, cache_read=0.4, cache_write=5.0)
MILLION = 1_000_000


@pytest.mark.parametrize(
    ("prices", "usage", "cost"),
    [
        (FULL, Usage(input=MILLION, output=MILLION), 24.0),
        (FULL, Usage(cache_read=MILLION, cache_write=MILLION), 5.4),
        (FULL, Usage(), 0.0),
        (Prices(input=0.0, output=0.0), Usage(input=5, output=5), 0.0),
        # A cache without a price of its own is prompt like any other.
        (Prices(input=4.0, output=20.0), Usage(cache_read=MILLION), 4.0),
        (Prices(input=4.0), Usage(input=MILLION), 4.0),
        (Prices(input=4.0), Usage(input=MILLION, output=1), None),
        (Prices(), Usage(input=1), None),
    ],
)
def test_tokens_cost_what_is_known_of_them_or_nobody_knows(prices: Prices, usage: Usage, cost: float | None) -> None:
    told = Tariff(prices).cost(usage)
    assert told == (None if cost is None else pytest.approx(cost))


def test_a_long_prompt_has_the_prices_of_its_step_for_all_of_its_tokens() -> None:
    dear = Prices(input=8.0, output=40.0)
    tariff = Tariff(Prices(input=4.0, output=20.0), (Step(100, Prices(input=6.0, output=30.0)), Step(200, dear)))
    prompts = {100: 4.0, 101: 6.0, 200: 6.0, 201: 8.0}
    assert {prompt: tariff.at(prompt).input for prompt in prompts} == prompts
    assert tariff.cost(Usage(input=1, cache_read=300)) == pytest.approx(301 * 8.0 / MILLION)


def test_a_tariff_without_any_price_is_not_known() -> None:
    assert not Tariff().is_known
    assert Tariff(Prices(input=0.0)).is_known
