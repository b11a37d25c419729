"""The headers of a trace, read and written."""

import pytest

from fairlead.shared.trace_context import TraceContext, read

TRACE, SPAN, OWN = "1" * 32, "2" * 16, "3" * 16


def test_a_trace_is_told_as_it_was_read() -> None:
    header = f"00-{TRACE}-{SPAN}-01"
    context = read(header, "vendor=1")
    assert context == TraceContext(TRACE, SPAN, 1, "vendor=1")
    assert context.traceparent == header


@pytest.mark.parametrize(("flags", "sampled"), [("00", False), ("01", True), ("02", False), ("03", True)])
def test_a_flag_says_whether_it_is_recorded(flags: str, sampled: bool) -> None:
    context = read(f"00-{TRACE}-{SPAN}-{flags}", None)
    assert context is not None
    assert context.sampled is sampled
    assert context.traceparent.endswith(flags)


def test_another_span_of_it_keeps_all_but_the_span() -> None:
    context = TraceContext(TRACE, SPAN, 0, "vendor=1")
    assert context.child(OWN) == TraceContext(TRACE, OWN, 0, "vendor=1")


@pytest.mark.parametrize(
    "broken",
    [
        None,
        "",
        "00-1-2-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{'A' * 32}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01\nx: y",
        f"00-{TRACE}-{SPAN}-1",
    ],
)
def test_what_is_no_trace_is_not_continued(broken: str | None) -> None:
    assert read(broken, "vendor=1") is None


@pytest.mark.parametrize("more", ["", "-what-is-to-come"])
def test_versions_to_come_are_read_as_far_as_they_are_known(more: str) -> None:
    context = read(f"01-{TRACE}-{SPAN}-01{more}", None)
    assert context is not None
    assert context.traceparent == f"00-{TRACE}-{SPAN}-01"
