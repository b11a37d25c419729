"""What is read from the head of a request, and what is refused at the door."""

from typing import Any

import pytest

from fairlead.normalizer.endpoints.reception import Reception
from fairlead.normalizer.retry import Patience
from fairlead.shared.access import Access
from fairlead.shared.config.schema import ClientKey, Limits, Secret
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.failure import FailureError, Kind
from fairlead.shared.surfaces import SURFACES

OPENAI = DIALECTS["openai"]
CHAT = next(one for one in SURFACES if one.dialect == "openai")


def reception(**limits: Any) -> Reception:
    return Reception(Access(limits.pop("keys", ())), Limits(**limits), lambda: "req_new", lambda: 0.0)


def raw(**headers: str) -> list[tuple[bytes, bytes]]:
    return [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]


async def taken(body: bytes, reception: Reception, **headers: str) -> Any:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    scope = {"headers": raw(**headers)}
    return await reception.take(reception.meet(scope["headers"]), OPENAI, CHAT, scope, receive)


@pytest.mark.parametrize(
    ("given", "known_as"),
    [
        ("req_abc-1.2:3", "req_abc-1.2:3"),
        ("", "req_new"),
        ("a b", "req_new"),
        ("x" * 129, "req_new"),
        ("a\n", "req_new"),
    ],
)
def test_a_request_keeps_the_id_it_brings_if_it_is_a_plain_one(given: str, known_as: str) -> None:
    assert reception().meet(raw(x_request_id=given)).request_id == known_as


@pytest.mark.parametrize(
    ("headers", "patience"),
    [
        ({}, Patience(3)),
        ({"x_fairlead_attempt": "1"}, Patience(1)),
        ({"x_fairlead_attempt": "1", "x_fairlead_retry": "short"}, Patience(3)),
        ({"x_fairlead_retry": "none"}, Patience(1)),
        ({"x_fairlead_deadline_ms": "1500"}, Patience(3, 1.5)),
        ({"x_fairlead_deadline_ms": "0"}, Patience(3, 0.001)),
        ({"x_fairlead_deadline_ms": "soon"}, Patience(3)),
        ({"x_fairlead_deadline_ms": "9" * 400}, Patience(3)),
    ],
)
async def test_who_tries_again_and_until_when(headers: dict[str, str], patience: Patience) -> None:
    assert (await taken(b"{}", reception(), **headers)).patience == patience


@pytest.mark.parametrize(
    ("headers", "own_words"),
    [
        ({}, True),
        ({"x_fairlead_attempt": "1"}, False),
        ({"x_fairlead_attempt": "1", "x_fairlead_lane": "native"}, True),
    ],
)
async def test_the_router_writes_for_its_client_unless_it_says_otherwise(
    headers: dict[str, str], own_words: bool
) -> None:
    assert (await taken(b"{}", reception(), **headers)).wanted.own_words is own_words


@pytest.mark.parametrize(
    ("headers", "affinity"),
    [
        ({"x_session_id": "s1", "x_claude_code_session_id": "s2"}, "s1"),
        ({"x_claude_code_session_id": "s2"}, "s2"),
        ({}, "req_new"),
    ],
)
async def test_requests_of_a_session_belong_together(headers: dict[str, str], affinity: str) -> None:
    assert (await taken(b"{}", reception(), **headers)).affinity == affinity


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", Kind.BAD_REQUEST),
        (b"[]", Kind.BAD_REQUEST),
        (b'{"a":', Kind.BAD_REQUEST),
        (b'{"a":[[[1]]]}', Kind.BAD_REQUEST),
        (b'{"a":"' + b"x" * 100 + b'"}', Kind.TOO_LARGE),
    ],
)
async def test_a_bad_body_is_refused(body: bytes, kind: Kind) -> None:
    with pytest.raises(FailureError) as refused:
        await taken(body, reception(body_bytes=50, json_depth=3))
    assert refused.value.failure.kind is kind


async def test_without_the_client_key_not_even_the_body_is_read() -> None:
    async def receive() -> dict[str, Any]:
        raise AssertionError("the body was read")

    door = reception(keys=[ClientKey("laptop", Secret("client-key"))])
    with pytest.raises(FailureError) as refused:
        await door.take(door.meet([]), OPENAI, CHAT, {"headers": []}, receive)
    assert refused.value.failure.kind is Kind.AUTHENTICATION
