"""A workload made ready to be asked: each request, the same one straight to the provider, and the right answer."""

import uuid

from msgspec import Struct

from . import arrivals, provider
from .answers import Said, Speaks, WrongAnswerError, expect, heard
from .bodies import Body
from .http1 import Connection, Reply, written
from .stack import Stack
from .workloads import Workload

_PATH = "/v1/messages"
_HEADERS = {
    "accept": "application/json",
    "accept-encoding": "gzip, deflate, br, zstd",
    "authorization": "Bearer client-token",
    "content-type": "application/json",
    "user-agent": "claude-cli/2.1.328 (external, sdk-cli)",
    "anthropic-beta": "claude-code-20250219,interleaved-thinking-2025-05-14,context-management-2025-06-27",
    "anthropic-dangerous-direct-browser-access": "true",
    "anthropic-version": "2023-06-01",
    "x-app": "cli",
    "x-stainless-lang": "js",
    "x-stainless-retry-count": "0",
    "x-stainless-runtime": "node",
    "x-stainless-timeout": "600",
}


class Question(Struct, frozen=True):
    """`request` goes to the router, `direct` is what of it reached the provider, who `speaks` its own dialect; `answer`
    is what the provider said."""

    request: bytes
    direct: bytes
    speaks: Speaks
    answer: Said
    stream: bool

    def check(self, reply: Reply) -> None:
        """Raises WrongAnswerError unless the router's reply says exactly what the provider said."""
        self._same(_heard(reply, Speaks.MESSAGES, stream=self.stream))
        expect(reply.headers.get("request-id"), "no request-id")

    def check_direct(self, reply: Reply) -> None:
        """The same of a reply of the provider itself."""
        self._same(_heard(reply, self.speaks, stream=self.stream))

    def _same(self, said: Said) -> None:
        if said.text != self.answer.text:
            raise WrongAnswerError(f"the text differs: {len(said.text)} characters for {len(self.answer.text)}")
        expect(said == self.answer, f"stop or usage differ: {said.stop}, {said.usage} for {self.answer}")


async def prepared(stack: Stack, workload: Workload, count: int) -> list[Question]:
    """`count` questions of a workload, each with a body of its own.

    Each is asked once, and what arrived at the provider compared with what was sent. Raises WrongAnswerError,
    BrokenAnswerError.
    """
    return [await _prepared(stack, workload, body) for body in workload.bodies(count)]


async def _prepared(stack: Stack, workload: Workload, body: Body) -> Question:
    simulator = stack.port("simulator")
    request = request_of(workload, body)
    async with await Connection.to(stack.port("router")) as connection:
        reply = await connection.exchange(request)
    _heard(reply, Speaks.MESSAGES, stream=workload.stream)
    arrival = await provider.last_arrival(simulator)
    sent = body.encoded(workload.model, stream=workload.stream)
    arrivals.check(sent, arrival.body, workload.provider, native=workload.native)
    async with await Connection.to(simulator) as connection:
        direct = await connection.exchange(arrival.replayed())
    answer = _heard(direct, workload.provider, stream=workload.stream)
    question = Question(request, arrival.replayed(), workload.provider, answer, workload.stream)
    question.check(reply)
    return question


def request_of(workload: Workload, body: Body) -> bytes:
    """The client's request as it goes to the router."""
    session = {"x-claude-code-session-id": body.session, "x-request-id": str(uuid.uuid4())}
    sent = body.encoded(workload.model, stream=workload.stream)
    return written("POST", f"{_PATH}?beta=true", {**_HEADERS, **session}, sent)


def _heard(reply: Reply, speaks: Speaks, *, stream: bool) -> Said:
    kind = reply.headers.get("content-type", "")
    return heard(speaks, stream=stream, status=reply.status, kind=kind, body=reply.body)
