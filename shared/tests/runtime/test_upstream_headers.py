"""Which response headers of an upstream go on to the client, and what they tell us."""

import pytest

from fairlead.shared.failure import Failure, Kind
from fairlead.shared.runtime.upstream_headers import advised, passed_on

BUSY = Failure(Kind.UPSTREAM, "busy", status=500)


def test_only_what_is_on_the_list_goes_on():
    headers = [
        (b"Retry-After", b"7"),
        (b"retry-after-ms", b"70"),
        (b"x-should-retry", b"true"),
        (b"Anthropic-RateLimit-Tokens-Remaining", b"9"),
        (b"x-ratelimit-limit-requests", b"60"),
        (b"x-request-id", b"theirs"),
        (b"anthropic-organization-id", b"secret"),
        (b"set-cookie", b"a=b"),
        (b"server", b"cloudflare"),
        (b"content-length", b"3"),
    ]
    assert passed_on(headers, 0) == [
        (b"retry-after", b"7"),
        (b"retry-after-ms", b"70"),
        (b"x-should-retry", b"true"),
        (b"anthropic-ratelimit-tokens-remaining", b"9"),
        (b"x-ratelimit-limit-requests", b"60"),
        (b"x-fairlead-upstream-id", b"theirs"),
        (b"x-fairlead-rate", b"tokens;r=9, requests;q=60"),
    ]


RESET = (b"anthropic-ratelimit-tokens-reset", b"2026-11-20T10:00:30Z")
WRITTEN = (b"date", b"Fri, 20 Nov 2026 10:00:00 GMT")


def rate(*headers):
    return dict(passed_on(list(headers), 1_795_168_820)).get(b"x-fairlead-rate")


def test_what_is_left_is_told_in_one_form_by_the_providers_own_clock():
    assert rate(RESET, WRITTEN) == b"tokens;t=30"
    assert rate(RESET) == b"tokens;t=10"
    assert rate(RESET, (b"date", b"today")) == b"tokens;t=10"
    assert rate(WRITTEN) is None


def test_what_the_first_tier_told_is_not_told_again():
    assert rate((b"x-fairlead-rate", b"requests;r=1"), RESET) == b"requests;r=1"


@pytest.mark.parametrize("value", [b"a\x00", b"a\rb", b"\x1b[0m", b"\x7f"])
def test_what_no_header_may_hold_stays_behind(value):
    headers = [(b"x-ratelimit-reset", value), (b"request-id", value), (b"retry-after", b"7\t")]
    assert passed_on(headers, 0) == [(b"retry-after", b"7\t")]


def test_the_providers_id_survives_a_second_tier():
    headers = [(b"request-id", b"the normalizer's"), (b"x-fairlead-upstream-id", b"the provider's")]
    assert passed_on(headers, 0) == [(b"x-fairlead-upstream-id", b"the provider's")]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ([(b"retry-after", b"7")], 7.0),
        ([(b"retry-after", b"0.5")], 0.5),
        ([(b"Retry-After", b"7"), (b"retry-after-ms", b"1500")], 1.5),
        ([(b"retry-after", b"-1")], None),
        ([(b"retry-after", b"nan")], None),
        ([(b"retry-after", b"soon")], None),
        ([(b"retry-after", b"9" * 400)], None),
        ([(b"retry-after-ms", b"9" * 400)], None),
        ([(b"retry-after", b"Fri, 20 Nov 2026 10:00:30 GMT"), (b"date", b"Fri, 20 Nov 2026 10:00:00 GMT")], 30.0),
        ([(b"retry-after", b"Fri, 20 Nov 2026 09:00:00 GMT"), (b"date", b"Fri, 20 Nov 2026 10:00:00 GMT")], 0.0),
        ([(b"retry-after", b"Fri, 20 Nov 2026 10:00:30 GMT")], None),
        ([(b"retry-after", b"Fri, 20 Nov 2026 10:00:30 GMT"), (b"date", b"Fri, 20 Nov 2026 10:00:00 -0000")], None),
        ([], None),
    ],
)
def test_the_advised_wait_is_in_seconds(headers, seconds):
    assert advised(BUSY, headers).retry_after == seconds


@pytest.mark.parametrize(("value", "should"), [(b"true", True), (b"False", False), (b"maybe", None)])
def test_advice_whether_to_retry_is_read(value, should):
    assert advised(BUSY, [(b"x-should-retry", value)]).should_retry is should


def test_what_the_body_said_stays_where_the_headers_are_silent():
    said = Failure(Kind.RATE_LIMIT, "slow", retry_after=3.0, should_retry=True)
    assert advised(said, [(b"content-type", b"application/json")]) == said


def test_a_kind_told_by_the_other_tier_is_taken():
    assert advised(BUSY, [(b"x-fairlead-failure", b"overloaded")]).kind is Kind.OVERLOADED
    assert advised(BUSY, [(b"x-fairlead-failure", b"nonsense")]).kind is Kind.UPSTREAM
