"""Every vendor's words on what is left, in one form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.shared.rates import MOST, What, Window, read, told, windows_of

NOW = 1_790_000_000.0
"""2026-09-21T14:13:20Z"""


def lines(text: str) -> list[tuple[bytes, bytes]]:
    return [
        (name.encode(), value.strip().encode()) for name, value in (line.split(": ", 1) for line in text.split("\n"))
    ]


VENDORS: dict[str, tuple[str, list[Window]]] = {
    "Anthropic": (
        """anthropic-ratelimit-requests-limit: 1000
anthropic-ratelimit-requests-remaining: 999
anthropic-ratelimit-requests-reset: 2026-09-21T14:13:21Z
anthropic-ratelimit-input-tokens-limit: 400000
anthropic-ratelimit-input-tokens-remaining: 399000
anthropic-ratelimit-input-tokens-reset: 2026-09-21T14:13:20.500Z
anthropic-ratelimit-output-tokens-limit: 80000
anthropic-ratelimit-output-tokens-remaining: 80000
anthropic-ratelimit-output-tokens-reset: 2026-09-21T16:14:20+02:00
anthropic-ratelimit-tokens-limit: 480000
anthropic-ratelimit-tokens-remaining: 479000
anthropic-ratelimit-tokens-reset: 2026-09-21T13:00:00Z""",
        [
            Window(What.REQUESTS, 1000, 999, 1),
            Window(What.INPUT, 400_000, 399_000, 0.5),
            Window(What.OUTPUT, 80_000, 80_000, 60),
            Window(What.TOKENS, 480_000, 479_000, None),
        ],
    ),
    "Anthropic, a subscription": (
        """anthropic-ratelimit-unified-status: allowed_warning
anthropic-ratelimit-unified-reset: 1790003600
anthropic-ratelimit-unified-representative-claim: five_hour
anthropic-ratelimit-unified-5h-status: allowed_warning
anthropic-ratelimit-unified-5h-utilization: 0.75
anthropic-ratelimit-unified-5h-reset: 1790003600
anthropic-ratelimit-unified-7d-status: rejected
anthropic-ratelimit-unified-7d-reset: 1790300000
anthropic-ratelimit-unified-overage-utilization: 1.25""",
        [
            Window(What.SHARE, 1, 0.25, 3600, 18_000),
            Window(What.SHARE, 1, 0, 300_000, 604_800),
            Window(What.SHARE, 1, 0),
        ],
    ),
    "OpenAI": (
        """x-ratelimit-limit-requests: 10000
x-ratelimit-limit-tokens: 2000000
x-ratelimit-remaining-requests: 9999
x-ratelimit-remaining-tokens: 1999500
x-ratelimit-reset-requests: 20ms
x-ratelimit-reset-tokens: 6m0s
x-ratelimit-limit-tokens_usage_based: 7""",
        [Window(What.REQUESTS, 10_000, 9_999, 0.02), Window(What.TOKENS, 2_000_000, 1_999_500, 360)],
    ),
    "Azure": (
        """x-ratelimit-limit-requests: 60
x-ratelimit-remaining-requests: -1
x-ratelimit-limit-tokens: 60000
x-ratelimit-remaining-tokens: 59000
x-ratelimit-reset-tokens: 7""",
        [Window(What.REQUESTS, 60), Window(What.TOKENS, 60_000, 59_000, 7)],
    ),
    "Groq": (
        """x-ratelimit-limit-requests: 14400
x-ratelimit-remaining-requests: 14370
x-ratelimit-reset-requests: 2m59.56s
x-ratelimit-limit-tokens: 18000
x-ratelimit-remaining-tokens: 17997
x-ratelimit-reset-tokens: 1h2m3.5s""",
        [Window(What.REQUESTS, 14_400, 14_370, 179.56), Window(What.TOKENS, 18_000, 17_997, 3_723.5)],
    ),
    "Cerebras": (
        """x-ratelimit-limit-requests-day: 14400
x-ratelimit-remaining-requests-day: 14399
x-ratelimit-reset-requests-day: 33011.382867
x-ratelimit-limit-tokens-minute: 60000
x-ratelimit-remaining-tokens-minute: 59000
x-ratelimit-reset-tokens-minute: 11.38""",
        [
            Window(What.REQUESTS, 14_400, 14_399, 33_011.382867, 86_400),
            Window(What.TOKENS, 60_000, 59_000, 11.38, 60),
        ],
    ),
    "OpenRouter": (
        "X-RateLimit-Limit: 20\nX-RateLimit-Remaining: 0\nX-RateLimit-Reset: 1790000030500",
        [Window(What.REQUESTS, 20, 0, 30.5)],
    ),
    "GitHub": (
        "x-ratelimit-limit: 5000\nx-ratelimit-remaining: 4999\nx-ratelimit-reset: 1790000600\nx-ratelimit-used: 1",
        [Window(What.REQUESTS, 5_000, 4_999, 600)],
    ),
    "GitHub Models": (
        """x-ratelimit-limit-requests: 20000
x-ratelimit-remaining-requests: 19999
x-ratelimit-renewalperiod-requests: 60
x-ratelimit-type: UserByModelByDay
x-ratelimit-timeremaining: 4000""",
        [Window(What.REQUESTS, 20_000, 19_999, None, 60), Window(What.REQUESTS, None, 0, 4_000)],
    ),
    "Mistral": (
        """x-ratelimit-limit-req-minute: 60
x-ratelimit-remaining-req-minute: 59
x-ratelimit-limit-tokens-minute: 500000
x-ratelimit-remaining-tokens-minute: 499000
x-ratelimit-tokens-query-cost: 1000
x-ratelimitbysize-limit-month: 1000000
x-ratelimitbysize-remaining-month: 900000""",
        [
            Window(What.REQUESTS, 60, 59, None, 60),
            Window(What.TOKENS, 500_000, 499_000, None, 60),
            Window(What.TOKENS, 1_000_000, 900_000, None, 2_592_000),
        ],
    ),
    "LiteLLM": (
        """x-ratelimit-remaining-requests: 5
x-ratelimit-limit-requests: None
llm_provider-x-ratelimit-remaining-requests: 7
llm_provider-anthropic-ratelimit-input-tokens-remaining: 100""",
        [Window(What.REQUESTS, None, 5), Window(What.INPUT, None, 100)],
    ),
    "Factory": ("x-ratelimit-reset: 30", [Window(What.REQUESTS, None, None, 30)]),
    "nobody": ("x-ratelimit-limit-requests: None\nretry-after: 5\nx-ratelimit-limit-images: 5\nx-rate: 1", []),
}


@pytest.mark.parametrize(("text", "windows"), VENDORS.values(), ids=VENDORS)
def test_every_vendor_is_understood(text: str, windows: list[Window]) -> None:
    found = windows_of(lines(text), NOW)
    assert [one.what for one in found] == [one.what for one in windows]
    for one, other in zip(found, windows, strict=True):
        assert (one.limit, one.remaining, one.span) == (other.limit, other.remaining, other.span)
        assert one.reset == pytest.approx(other.reset)


@pytest.mark.parametrize("text", [text for text, _ in VENDORS.values()], ids=VENDORS)
def test_what_is_told_is_read_again(text: str) -> None:
    windows = windows_of(lines(text), NOW)
    for one, other in zip(read(told(windows)), windows, strict=True):
        assert (one.what, one.limit, one.remaining, one.span) == (other.what, other.limit, other.remaining, other.span)
        assert one.reset == pytest.approx(other.reset, abs=0.001)


def test_it_is_one_short_line() -> None:
    windows = (Window(What.REQUESTS, 60, 59, 1.2, 60), Window(What.SHARE, 1, 0.25), Window(What.TOKENS, 1e9, 100.0))
    assert told(windows) == b"requests;q=60;r=59;t=1.2;w=60, share;q=1;r=0.25, tokens;q=1000000000;r=100"


@pytest.mark.parametrize(
    "value",
    ["", "None", "-1", "nan", "inf", "1e999", "soon", "2026-09-21T14:13:21", "1789999999", "5d", "6m0", "9" * 400],
)
def test_a_moment_that_cannot_be_read_or_is_past_is_unknown(value: str) -> None:
    windows = windows_of(lines(f"x-ratelimit-remaining-requests: 5\nx-ratelimit-reset-requests: {value}"), NOW)
    assert windows == (Window(What.REQUESTS, None, 5),)


def test_a_moment_days_away_is_believed_only_of_a_window_that_long() -> None:
    days = 3 * 86_400
    assert windows_of(lines(f"x-ratelimit-reset-requests: {days}"), NOW) == ()
    assert windows_of(lines(f"x-ratelimit-reset-requests-month: {days}"), NOW)[0].reset == days


def test_a_provider_cannot_make_the_list_long() -> None:
    many = [(b"anthropic-ratelimit-unified-%dh-utilization" % hour, b"0.5") for hour in range(500)]
    assert len(windows_of(many, NOW)) == MOST
    assert len(read(b"requests;q=1, " * 500)) == MOST


@given(
    st.lists(st.tuples(st.sampled_from([name for text, _ in VENDORS.values() for name, _ in lines(text)]), st.binary()))
)
def test_no_header_is_an_error(headers: list[tuple[bytes, bytes]]) -> None:
    windows = windows_of(headers, NOW)
    assert [one.what for one in read(told(windows))] == [one.what for one in windows]


@given(st.binary())
def test_no_value_of_ours_is_an_error(value: bytes) -> None:
    read(value)
