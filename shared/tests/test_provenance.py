"""Facts about sealed reasoning."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.shared.provenance import seal, unseal


@given(st.sampled_from(["anthropic", "gemini", "openai-responses"]), st.text())
def test_what_was_sealed_comes_out_with_its_maker(maker: str, payload: str) -> None:
    assert unseal(seal(maker, payload)) == (maker, payload)


@pytest.mark.parametrize("text", ["", "c2lnbmVk", "fairlead1", "fairlead1.gemini.%%%", "fairlead1.gemini.gIA="])
def test_what_was_never_sealed_or_was_damaged_is_not_opened(text: str) -> None:
    assert unseal(text) is None


@given(st.text())
def test_any_text_is_opened_or_not_but_never_an_error(text: str) -> None:
    unseal("fairlead1." + text)
