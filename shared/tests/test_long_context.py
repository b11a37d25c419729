"""The beta for a million tokens is found among others, whatever its date."""

import pytest

from fairlead.shared.long_context import is_asked_for, parted

BETA = "context-1m-2025-08-07"


@pytest.mark.parametrize("betas", [BETA, f"effort-2025-11-24,{BETA}", f"a , {BETA} ,b", "context-1m-2027-01-01"])
def test_it_is_found_wherever_it_stands(betas: str) -> None:
    assert is_asked_for(betas)


@pytest.mark.parametrize("betas", ["", "effort-2025-11-24", f"no-{BETA}", "context-1million"])
def test_other_betas_are_not_it(betas: str) -> None:
    assert not is_asked_for(betas)


def test_the_others_stay_in_their_order() -> None:
    assert parted(f"b,{BETA}, a") == ("b,a", (BETA,))
    assert parted(BETA) == ("", (BETA,))
    assert parted("b, a") == ("b,a", ())
