"""Who comes first, who is passed over and why, and when tokens must be counted before anybody can tell."""

from typing import Any

import pytest
from msgspec import structs

from fairlead.router.affinity import Warmth
from fairlead.router.candidates import Candidate
from fairlead.router.health import Speed, Standing, State
from fairlead.router.ranking import Ranking, TooLong, Uncounted, consider, rank
from fairlead.router.terms import Brief, Terms
from fairlead.shared.config.schema import Prices, Target
from fairlead.shared.pricing import Step, Tariff

from .prices import priced

CHEAP, DEAR = priced(1.0, 5.0, 0.1, 1.25), priced(3.0, 15.0, 0.3, 3.75)
NOW = 1_000.0


def one(name: str, weight: float = 1.0, **known: Any) -> Candidate:
    return Candidate(f"p,{name}", Target("p", name, weight), **known)


def brief(*candidates: Candidate, strategy: str = "priority", **more: Any) -> Brief:
    given: dict[str, Any] = {
        "fallbacks": (),
        "emergency": None,
        "tokens": 10_000,
        "bound": 50_000,
        "guess": 10_000,
        "most_output": 1_000,
        "session": "s",
        "draw": "d",
        "now": NOW,
    }
    return Brief(candidates=candidates, strategy=strategy, **(given | more))


def ranked(*args: Any, **more: Any) -> Ranking:
    ranking = rank(brief(*args, **more))
    assert isinstance(ranking, Ranking)
    return ranking


def names(*args: Any, **more: Any) -> list[str]:
    return [target.model for target in ranked(*args, **more).targets]


def why(made: Brief) -> dict[str, str | None]:
    return {place.name: place.passed_over for place in consider(made)}


A, B, C = one("a"), one("b"), one("c")


def test_without_a_strategy_the_order_is_as_written() -> None:
    assert names(B, A, C) == ["b", "a", "c"]


def test_fallbacks_come_after_the_routes_own_and_the_emergency_last() -> None:
    assert names(B, fallbacks=(A, B), emergency=C) == ["b", "a", "c"]


def test_only_so_many_follow_the_first_but_the_emergency_is_always_there() -> None:
    many = [one(str(number)) for number in range(9)]
    assert names(*many, emergency=C) == ["0", "1", "2", "3", "c"]
    assert names(*many, terms=Terms(fallbacks=0)) == ["0"]


RESTING = {
    "an open circuit": (Standing(state=State.OPEN, until=NOW + 5), "its circuit is open for 5.0 s more"),
    "another's probe": (Standing(state=State.HALF_OPEN, until=NOW + 5), "a probe is on its way to it"),
    "a pause it asked for": (Standing(throttled=True, until=NOW + 5), "it asked for a pause, 5.0 s more"),
}


@pytest.mark.parametrize(("standing", "reason"), RESTING.values(), ids=RESTING)
def test_who_rests_is_not_asked_while_there_is_another(standing: Standing, reason: str) -> None:
    made = brief(one("a", standing=standing), B)
    assert names(one("a", standing=standing), B) == ["b"]
    assert why(made) == {"p,b": None, "p,a": reason}


def test_when_all_rest_the_one_that_is_back_soonest_is_asked_first() -> None:
    late, soon = (one(name, standing=Standing(until=NOW + rest)) for name, rest in (("late", 9), ("soon", 3)))
    assert names(late, soon) == ["soon", "late"]


def test_a_limit_that_is_nearly_used_up_sends_requests_elsewhere_first() -> None:
    full = one("full", standing=Standing(used=0.8))
    assert names(full, B) == ["b", "full"]
    assert why(brief(full, B))["p,full"] == "80% of a limit are used"
    assert names(one("nearly", standing=Standing(used=0.79)), B) == ["nearly", "b"]


def test_who_recovers_gets_its_share_of_requests() -> None:
    recovering = one("r", standing=Standing(share=0.25))
    first = sum(names(recovering, B, draw=str(number))[0] == "r" for number in range(4_000))
    assert first == pytest.approx(1_000, rel=0.1)


def test_who_cannot_be_called_is_asked_only_to_say_so() -> None:
    off = one("off", unusable="enabled is false")
    assert names(off, B) == ["b"]
    assert names(off) == ["off"]


def test_what_does_not_fit_is_not_sent_there() -> None:
    small, large = one("small", context_window=8_000), one("large", context_window=200_000)
    assert names(small, large) == ["large"]
    assert why(brief(small, large))["p,small"] == "10000 tokens do not fit into its 8000"


def test_what_fits_nowhere_is_refused_with_the_largest_window_there_is() -> None:
    windows = (one("a", context_window=8_000), one("b", context_window=9_000))
    assert rank(brief(*windows)) == TooLong(10_000, 9_000)


def test_who_cannot_be_called_makes_no_room_for_what_fits_nowhere_else() -> None:
    off = one("off", unusable="enabled is false")
    assert rank(brief(one("a", context_window=9_000), off)) == TooLong(10_000, 9_000)
    assert names(off) == ["off"]


def test_tokens_are_counted_only_when_they_may_not_fit() -> None:
    assert rank(brief(one("a", context_window=49_999), tokens=None)) == Uncounted()
    assert isinstance(rank(brief(one("a", context_window=50_000), tokens=None)), Ranking)


def test_cost_is_that_of_this_very_request() -> None:
    much_output = one("out", tariff=priced(1.0, 50.0))
    much_input = one("in", tariff=priced(4.0, 5.0))
    assert names(much_output, much_input, strategy="cost", tokens=100_000) == ["out", "in"]
    assert names(much_output, much_input, strategy="cost", tokens=1_000) == ["in", "out"]


def test_an_order_by_cost_that_no_count_can_change_needs_none() -> None:
    cheap, dear = one("cheap", tariff=CHEAP), one("dear", tariff=DEAR)
    assert names(dear, cheap, strategy="cost", tokens=None) == ["cheap", "dear"]
    crossing = (one("out", tariff=priced(1.0, 50.0)), one("in", tariff=priced(4.0, 5.0)))
    assert rank(brief(*crossing, strategy="cost", tokens=None)) == Uncounted()


def test_prices_that_rise_with_the_prompt_may_cross_anywhere() -> None:
    stepped = Tariff(Prices(1.0, 5.0), (Step(20_000, Prices(9.0, 5.0)),))
    flat = one("flat", tariff=priced(1.5, 5.0))
    assert rank(brief(one("stepped", tariff=stepped), flat, strategy="cost", tokens=None)) == Uncounted()
    assert names(one("stepped", tariff=stepped), flat, strategy="cost", tokens=20_001) == ["flat", "stepped"]


def test_an_unknown_price_is_not_a_low_one() -> None:
    assert names(one("unknown"), one("dear", tariff=DEAR), strategy="cost") == ["dear", "unknown"]


def test_performance_is_first_byte_and_tokens_a_second() -> None:
    quick = one("quick", standing=Standing(speed=Speed(0.5, 1.0, 50.0)))
    slow = one("slow", standing=Standing(speed=Speed(0.4, 0.9, 10.0)))
    assert names(slow, quick, strategy="performance") == ["quick", "slow"]


def test_availability_is_the_share_of_good_answers() -> None:
    shaky = one("shaky", standing=Standing(reliability=0.9))
    assert names(shaky, B, strategy="availability") == ["b", "shaky"]


def test_weights_are_shares_of_sessions() -> None:
    targets = (one("a", 0.7), one("b", 0.3))
    first = [names(*targets, strategy="weighted", session=str(number))[0] for number in range(5_000)]
    assert first.count("a") / 5_000 == pytest.approx(0.7, abs=0.02)
    assert "z" not in {names(one("z", 0.0), A, strategy="weighted", session=str(number))[0] for number in range(50)}


@pytest.mark.parametrize("strategy", ["weighted", "sticky"])
def test_a_session_is_always_sent_to_the_same(strategy: str) -> None:
    assert len({tuple(names(A, B, C, strategy=strategy, draw=str(number))) for number in range(20)}) == 1


INTELLIGENT = {
    "limits count most": (Standing(used=0.7), Standing(speed=Speed(2, 4, 30))),
    "then speed": (Standing(speed=Speed(2, 4, 30)), Standing(speed=Speed(1, 2, 60), reliability=0.5)),
    "then failures": (Standing(reliability=0.5), Standing()),
}


@pytest.mark.parametrize(("worse", "better"), INTELLIGENT.values(), ids=INTELLIGENT)
def test_intelligent_weighs(worse: Standing, better: Standing) -> None:
    assert names(one("worse", standing=worse), one("better", standing=better), strategy="intelligent")[0] == "better"


WARM = Warmth("p,dear", 9_000, NOW + 100, "m")


def test_a_session_stays_where_its_cache_is() -> None:
    dear = one("dear", tariff=DEAR)
    ranking = ranked(A, dear, strategy="performance", warmth=WARM)
    assert [target.model for target in ranking.targets] == ["dear", "a"]
    assert ranking.stays
    assert ranking.stake == pytest.approx(9_000 * (2.7 + 0.75) / 1e6)


def test_a_session_leaves_its_cache_for_what_is_cheaper_all_the_same() -> None:
    slightly, much = one("other", tariff=priced(2.0, 15.0)), one("other", tariff=priced(0.1, 0.5))
    assert names(one("dear", tariff=DEAR), slightly, strategy="cost", warmth=WARM)[0] == "dear"
    assert names(one("dear", tariff=DEAR), much, strategy="cost", warmth=WARM)[0] == "other"


def test_a_list_in_order_is_in_order_whatever_is_warm() -> None:
    assert names(A, one("dear", tariff=DEAR), warmth=WARM) == ["a", "dear"]


def throttled(seconds: float) -> Candidate:
    return one("dear", tariff=DEAR, standing=Standing(throttled=True, until=NOW + seconds))


def test_a_warm_target_is_waited_for_as_long_as_that_is_cheaper_than_leaving() -> None:
    waited = ranked(throttled(2.0), B, strategy="sticky", warmth=WARM)
    assert (waited.wait, waited.targets[0].model) == (2.0, "dear")
    dear_wait = ranked(throttled(4.0), B, strategy="sticky", warmth=WARM)
    assert (dear_wait.wait, [target.model for target in dear_wait.targets]) == (0.0, ["b"])


@pytest.mark.parametrize("why", [{"context_window": 5_000}, {"unusable": "it has no key"}])
def test_who_could_not_take_it_is_not_waited_for(why: dict[str, Any]) -> None:
    ranking = ranked(structs.replace(throttled(2.0), **why), B, strategy="sticky", warmth=WARM)
    assert (ranking.wait, [target.model for target in ranking.targets]) == (0.0, ["b"])


def test_whether_to_wait_may_hang_on_the_count() -> None:
    assert rank(brief(throttled(2.0), B, strategy="sticky", warmth=WARM, tokens=None)) == Uncounted()
    assert isinstance(rank(brief(throttled(11.0), B, strategy="sticky", warmth=WARM, tokens=None)), Ranking)


def test_a_window_is_measured_in_the_models_own_tokens() -> None:
    dense = one("dense", context_window=12_000, scale=1.45)
    assert names(dense, B) == ["b"]
    assert why(brief(dense, B))["p,dense"] == "14500 tokens do not fit into its 12000"
    assert rank(brief(dense)) == TooLong(14_500, 12_000)
    assert rank(brief(dense, tokens=None, bound=8_276)) != Uncounted()
    assert rank(brief(dense, tokens=None, bound=8_277)) == Uncounted()


def test_nobody_is_waited_for_longer_than_the_limit() -> None:
    big = Warmth("p,dear", 900_000, NOW + 100, "m")
    assert ranked(throttled(11.0), B, strategy="sticky", warmth=big, tokens=900_000).wait == 0.0


@pytest.mark.parametrize(
    "strategy", ["priority", "intelligent", "cost", "performance", "availability", "weighted", "sticky"]
)
def test_a_ranking_is_the_same_again(strategy: str) -> None:
    made = brief(one("a", tariff=CHEAP), one("b", tariff=DEAR), C, strategy=strategy, warmth=WARM)
    assert rank(made) == rank(made)
    assert consider(made) == consider(made)
