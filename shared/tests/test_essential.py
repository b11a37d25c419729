"""Facts about fields that are refused rather than lost."""

import pytest
from msgspec import Raw

from fairlead.shared.conversation import Extras
from fairlead.shared.essential import refuse_essential
from fairlead.shared.failure import FailureError, Kind

ASKED = [
    ("n", b"2"),
    ("modalities", b'["text","audio"]'),
    ("audio", b"{}"),
    ("functions", b"[{}]"),
    ("container", b'"c"'),
    ("mcp_servers", b"[{}]"),
    ("thread", b"{}"),
    ("previous_response_id", b'"resp_1"'),
    ("conversation", b'"conv_1"'),
    ("prompt", b"{}"),
    ("background", b"true"),
]


@pytest.mark.parametrize(("field", "value"), ASKED)
def test_asking_for_what_nobody_else_has_is_refused(field: str, value: bytes) -> None:
    with pytest.raises(FailureError, match=f"{field}: not available with that model: ") as caught:
        refuse_essential(Extras("other", {"later": Raw(b"1"), field: Raw(value)}), "that model")
    assert (caught.value.failure.kind, caught.value.failure.param) == (Kind.BAD_REQUEST, field)


@pytest.mark.parametrize(
    ("field", "value"),
    [("n", b"1"), ("modalities", b'["text"]'), ("mcp_servers", b"[]"), ("background", b"false"), ("later", b"2")]
    + [(field, b"null") for field, _ in ASKED],
)
def test_asking_for_nothing_is_not(field: str, value: bytes) -> None:
    refuse_essential(Extras("other", {field: Raw(value)}), "that model")
    refuse_essential(None, "that model")
