"""What crosses between the tiers."""

import pytest

from fairlead.router.headers import Envelope, client_credential, continued, outgoing

TRACE, SPAN = "ab" * 16, "cd" * 8


@pytest.mark.parametrize(
    ("headers", "own_key", "credential"),
    [
        ({"authorization": "Bearer user"}, None, "Bearer user"),
        ({"x-api-key": "user"}, None, "user"),
        ({"authorization": "Bearer ours"}, "ours", None),
        ({"authorization": "ours"}, "ours", None),
        ({"x-api-key": "ours"}, "ours", None),
        ({"authorization": "Bearer  ours "}, "ours", None),
        ({"authorization": "Bearer ours", "x-api-key": "user"}, "ours", "user"),
        ({"authorization": "Bearer user", "x-api-key": "ours"}, "ours", "Bearer user"),
        ({"authorization": " ", "x-api-key": ""}, None, None),
        ({}, "ours", None),
    ],
)
def test_the_clients_credential_is_whatever_is_not_our_key(
    headers: dict[str, str], own_key: str | None, credential: str | None
) -> None:
    assert client_credential(headers, lambda shown: shown == own_key) == credential


def test_a_trace_of_the_client_goes_on_under_our_span() -> None:
    assert continued(f"00-{'1' * 32}-{'2' * 16}-00", TRACE, SPAN) == f"00-{'1' * 32}-{SPAN}-00"


@pytest.mark.parametrize(
    "broken",
    [
        None,
        "",
        "00-1-2-01",
        f"00-{'0' * 32}-{'2' * 16}-01",
        f"00-{'1' * 32}-{'0' * 16}-01",
        f"00-{'A' * 32}-{'2' * 16}-01",
        f"00-{'1' * 32}-{'2' * 16}-01\nx: y",
    ],
)
def test_without_a_valid_trace_a_new_one_begins(broken: str | None) -> None:
    assert continued(broken, TRACE, SPAN) == f"00-{TRACE}-{SPAN}-01"


CLIENT = {
    "anthropic-version": "2023-06-01",
    "anthropic-something-new": "1",
    "x-claude-code-agent-id": "a0",
    "authorization": "Bearer secret",
    "x-api-key": "secret",
    "cookie": "secret",
    "content-length": "9",
}


def sent(envelope: Envelope, *, native: bool = True, last: bool = True, own: bool = False) -> dict[str, str]:
    raw = outgoing(envelope, CLIENT, native=native, attempt=2, last=last, own_credential=own, now=10.0)
    return {name.decode(): value.decode() for name, value in raw}


def test_the_least_that_is_sent() -> None:
    assert sent(Envelope("req_1", "00-t"), native=False) == {
        "x-request-id": "req_1",
        "traceparent": "00-t",
        "x-fairlead-attempt": "2",
        "x-fairlead-retry": "short",
        "x-fairlead-lane": "openai",
    }


def test_the_most_that_is_sent() -> None:
    envelope = Envelope(
        "req_1",
        "00-t",
        tracestate="v=1",
        session="s",
        deadline=10.25,
        normalizer_key="between",
        client_authorization="Bearer user",
    )
    assert sent(envelope, last=False, own=True) == {
        "x-request-id": "req_1",
        "traceparent": "00-t",
        "tracestate": "v=1",
        "x-fairlead-attempt": "2",
        "x-fairlead-retry": "none",
        "x-fairlead-lane": "native",
        "x-fairlead-deadline-ms": "250",
        "x-session-id": "s",
        "authorization": "Bearer between",
        "x-fairlead-client-authorization": "Bearer user",
        "anthropic-version": "2023-06-01",
        "anthropic-something-new": "1",
        "x-claude-code-agent-id": "a0",
    }


def test_a_deadline_that_has_passed_is_told_as_the_shortest_there_is() -> None:
    assert sent(Envelope("r", "t", deadline=1.0))["x-fairlead-deadline-ms"] == "1"


def test_the_clients_credential_stays_here_unless_the_target_is_called_with_it() -> None:
    assert "x-fairlead-client-authorization" not in sent(Envelope("r", "t", client_authorization="Bearer user"))
