"""A call's credential: renewed once when it is refused, and given back when the call is over."""

import json

from fairlead.normalizer.authorization import Credential, Scheme
from fairlead.normalizer.credentials import Ask, Lease, Report
from fairlead.normalizer.credentials.base import Fixed
from fairlead.normalizer.retry import Patience
from fairlead.shared.config.schema import Secret
from fairlead.shared.failure import Failure, FailureError, Kind
from fairlead.shared.runtime.attempt import Flowing, Refused, Whole

from .test_exchange import ANSWER, Reply, Scene, asked, ok, sent

STREAM = b"".join(
    b"event: %s\ndata: %s\n\n" % (event["type"].encode(), json.dumps(event).encode())
    for event in [
        {"type": "message_start", "message": {**json.loads(ANSWER), "content": [], "stop_reason": None}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hello"}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 1}},
        {"type": "message_stop"},
    ]
)


async def nobody_reads(_data: bytes) -> None:
    """A client that takes everything."""


class Renewable(Lease):
    """A credential that can be exchanged once."""

    def __init__(self) -> None:
        super().__init__(Credential(Scheme.BEARER, Secret("sk-old-and-refused")))
        self.settled: list[Failure | None] = []

    async def renew(self, failure: Failure) -> bool:
        self.credential = Credential(Scheme.BEARER, Secret("sk-new"))
        return True

    def settle(self, failure: Failure | None) -> None:
        self.settled.append(failure)


class Renewing(Fixed):
    """A source of one lease."""

    def __init__(self) -> None:
        self.lease = Renewable()

    async def obtain(self, ask: Ask) -> Lease:
        return self.lease

    def reports(self) -> tuple[Report, ...]:
        return ()


def renewing(*replies: Reply | Exception) -> tuple[Scene, Renewing]:
    source = Renewing()
    return Scene(*replies, source=source), source


class Empty(Renewing):
    """A source that has none, and says so in the words of whoever it asked."""

    async def obtain(self, ask: Ask) -> Lease:
        words = "no credentials: arn:aws:iam::123456789012:user/me may not take the role"
        raise FailureError(Failure(Kind.AUTHENTICATION, words))


async def test_why_there_is_no_credential_does_not_say_whose_account_it_is() -> None:
    scene = Scene(ok(), source=Empty())
    answer, attempts = await scene.ask(asked("c"))
    assert isinstance(answer, Refused)
    assert (answer.failure.message, attempts) == ("no credentials: *** may not take the role", 0)


async def test_a_refused_credential_is_renewed_once_and_the_call_repeated() -> None:
    scene, source = renewing((401, [], b"{}"), ok())
    answer, attempts = await scene.ask(asked("c"))
    assert isinstance(answer, Whole)
    assert [sent(scene, number)["authorization"] for number in (0, 1)] == ["Bearer sk-old-and-refused", "Bearer sk-new"]
    assert attempts == 2
    assert source.lease.settled == [None]


async def test_a_credential_refused_twice_is_the_clients_to_know() -> None:
    scene, source = renewing((401, [], b"{}"), (401, [], b"{}"), ok())
    answer, attempts = await scene.ask(asked("c"))
    assert isinstance(answer, Refused)
    assert (answer.failure.kind, attempts) == (Kind.AUTHENTICATION, 2)
    assert [failure.kind for failure in source.lease.settled if failure] == [Kind.AUTHENTICATION]


async def test_other_failures_renew_nothing() -> None:
    scene, source = renewing((403, [], b"{}"), ok())
    await scene.ask(asked("c"))
    assert source.lease.credential == Credential(Scheme.BEARER, Secret("sk-old-and-refused"))


async def test_a_lease_lasts_until_the_stream_is_over() -> None:
    scene, source = renewing((200, [(b"content-type", b"text/event-stream")], STREAM))
    answer, _ = await scene.ask(asked("c", fields={"stream": True}))
    assert isinstance(answer, Flowing)
    assert source.lease.settled == []
    await answer.run(nobody_reads)
    assert source.lease.settled == [None]


async def test_a_limit_of_ours_is_no_fault_of_a_credential() -> None:
    scene, source = renewing(ok())
    answers = [await scene.ask(asked("f", patience=Patience())) for _ in range(2)]
    assert [isinstance(answer, Refused) for answer, _ in answers] == [False, True]
    assert source.lease.settled == [None, None]
