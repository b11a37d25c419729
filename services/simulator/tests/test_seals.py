"""Seals: what the simulator knows as its own."""

from hypothesis import given
from hypothesis import strategies as st

from fairlead.simulator.seals import opened, sealed


@given(st.text(), st.binary())
def test_a_seal_gives_its_payload_back_for_its_purpose(purpose: str, payload: bytes) -> None:
    assert opened(purpose, sealed(purpose, payload)) == payload
    assert opened(f"{purpose}x", sealed(purpose, payload)) is None


@given(st.binary(min_size=1), st.data())
def test_a_changed_seal_is_foreign(payload: bytes, data: st.DataObject) -> None:
    seal = bytearray(sealed("p", payload))
    at = data.draw(st.integers(0, len(seal) - 1))
    seal[at] ^= data.draw(st.integers(1, 255))
    assert opened("p", bytes(seal)) is None
    assert opened("p", bytes(seal[:at])) is None


@given(st.binary())
def test_what_was_never_sealed_is_foreign(data: bytes) -> None:
    assert opened("p", data) is None
