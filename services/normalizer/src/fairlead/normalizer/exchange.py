"""One honest attempt: finds the provider of a request, sends it there in the provider's words, and brings the answer.

Choosing another provider is the router's business. The same call is repeated only when nobody else can take it, and
only after failures that prove the provider did nothing with it.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import TypeVar

from msgspec import Struct, structs

from fairlead.shared.config.schema import ClientKey
from fairlead.shared.count_forms import COUNT_FORMS, CountForm
from fairlead.shared.dialect import ReplyContext
from fairlead.shared.dialects.anthropic.signed import SealedStream, sealed_answer
from fairlead.shared.failure import Failure, FailureError, Kind, refuse
from fairlead.shared.filters import Filter
from fairlead.shared.framing import Framing
from fairlead.shared.key_told import HEADER as KEY_HEADER
from fairlead.shared.key_told import KeyTold
from fairlead.shared.key_told import told as written
from fairlead.shared.runtime.attempt import Answer, Call, Flowing, Limits, Refused, Timing, Whole
from fairlead.shared.runtime.http import Timeouts
from fairlead.shared.runtime.trail import Trail
from fairlead.shared.surfaces import Operation
from fairlead.shared.translation import without_secrets

from . import calling
from .access import FROM_ROUTER
from .authorization import CREDENTIAL_HEADERS, Credential, Unsigned
from .catalog import Catalog, Found
from .counters import Counters
from .credentials import Ask, Lease, Surroundings, missing_credential
from .identity import message_of, session_of
from .lane import Prepared, Wanted, as_written, prepare, read_by
from .reasoning import wish_of
from .retry import Patience, pause
from .transcript import Transcript
from .upstreams import Place, Unusable, Upstream

T = TypeVar("T")

COUNT_S = 10.0
"""Seconds a provider of another dialect has to count before it is done here."""

_MASK = "***"
_SECRET = 8
"""Bytes. What is shorter stands where a server wants no key ("none", "x"), and in words that must stay as they are."""
_PARTS = re.compile(rb"\b(?:Credential|Signature)=([^/,\s]+)")
"""What of Amazon's signature is worth something by itself: whose key it is, and the proof of having it."""
_ACCOUNT = re.compile(
    r"\borg-[A-Za-z0-9]{6,}|\bproj_[A-Za-z0-9]{6,}|\barn:aws[\w-]*:[^\s\"'\\]+|\bprojects/\d+|(?<=://)[^\s/@\"'\\]+(?=@)"
)
"""How providers name whose account it is, OpenAI, Amazon and Google each in its way; and the credential in a URL."""


class Asked(Struct, frozen=True):
    """One request of a client, let in and peeked.

    `headers` have lower-case names. `credential` is the client's own. `affinity` is alike for a session's requests.
    `key` is the client key it came with. `trail`: where traces are made.
    """

    wanted: Wanted
    headers: Mapping[str, str]
    request_id: str
    credential: Credential | None
    affinity: str
    patience: Patience
    key: ClientKey | None = None
    trail: Trail | None = None


class Plan(Struct, frozen=True):
    """What will be sent where. `model` is the name of the model there, `headers` go along but for what proves whose the
    request is, `unwrap` reads a whole answer, `framing` a stream, and `filters` make what repairs it."""

    upstream: Upstream
    model: str
    url: str
    headers: Mapping[str, str]
    prepared: Prepared
    unwrap: Callable[[bytes], bytes] | None = None
    framing: Framing | None = None
    filters: tuple[Callable[[], Filter], ...] = ()


class Exchange:
    """All providers of one configuration. `look` asks those for their lists of models that have not been asked yet, and
    says whether there were any."""

    def __init__(
        self,
        catalog: Catalog,
        upstreams: Mapping[str, Upstream],
        unusable: tuple[Unusable, ...],
        limits: Limits,
        shell: Surroundings,
        counters: Counters,
        transcript: Transcript | None = None,
        look: Callable[[], Awaitable[bool]] | None = None,
    ) -> None:
        self.catalog = catalog
        self._transcript = transcript
        self._look = look
        self._upstreams = upstreams
        self._unusable = {one.name: one.because for one in unusable}
        self._limits = limits
        self._shell = shell
        self._counters = counters

    def __repr__(self) -> str:
        return f"<Exchange providers={sorted(self._upstreams)}>"

    async def sought(self, find: Callable[[Asked], T], asked: Asked) -> T:
        """What `find` (`plan` or `place`) gives; where nobody is known to serve the model, after a look for who does.
        Raises as that does."""
        try:
            return find(asked)
        except FailureError as error:
            if error.failure.kind is not Kind.NOT_FOUND or self._look is None or not await self._look():
                raise
        return find(asked)

    def plan(self, asked: Asked) -> Plan:
        """What to send to the provider of the wanted model. Raises `FailureError`: no such model, or a bad request."""
        wanted = asked.wanted
        upstream, found = self._served(asked)
        model = found.model
        prepared = _prepared(wanted, upstream, found)
        url = upstream.urls.of_answer(model, prepared.stream)
        plan = self._planned(Operation.ANSWER, asked, upstream, model, url, prepared)
        for loss in plan.prepared.losses:
            self._counters.losses.add(upstream.name, loss.what)
        return structs.replace(_sealing(plan), filters=upstream.adjustment_of(model).filters)

    def place(self, asked: Asked) -> Place:
        """Where the wanted model is. Raises `FailureError`."""
        upstream, found = self._served(asked)
        return upstream.place(found.model)

    async def count_tokens(self, asked: Asked) -> Answer | None:
        """What the model's provider counts; None where it cannot be asked. Raises `FailureError`.

        A provider of another dialect is asked in that; where it does not tell, it counts as one that cannot be asked.
        """
        upstream, found = self._served(asked)
        url = upstream.urls.of_count(found.model)
        if url is None:
            return None
        if upstream.dialect.name == asked.wanted.dialect.name:
            changes, _ = read_by(asked.wanted, upstream.maker_of(found.model))
            body = as_written(asked.wanted, found.model, changes)
            return await self._counted(asked, upstream, found.model, url, body)
        form = COUNT_FORMS.get(upstream.dialect.name)
        if form is None:
            return None
        body = await asyncio.to_thread(_question, form, asked.wanted, upstream, found)
        hurried = structs.replace(asked, patience=Patience(1, min(asked.patience.deadline or COUNT_S, COUNT_S)))
        answer = await self._counted(hurried, upstream, found.model, url, body)
        if not isinstance(answer, Whole):
            return None
        tokens = form.tokens(answer.body)
        return None if tokens is None else structs.replace(answer, body=asked.wanted.surface.count(tokens))

    async def _counted(self, asked: Asked, upstream: Upstream, model: str, url: str, body: bytes) -> Answer:
        prepared = Prepared(body, stream=False, counts=True)
        answer, _ = await self.answer(asked, self._planned(Operation.COUNT, asked, upstream, model, url, prepared))
        return answer

    def _planned(
        self, operation: Operation, asked: Asked, upstream: Upstream, model: str, url: str, prepared: Prepared
    ) -> Plan:
        """A body in the provider's dialect, with headers, in the shape that its vendor gives the dialect."""
        native = asked.wanted.dialect.name == upstream.dialect.name
        headers = {**_marks(asked, upstream), **upstream.headers(asked.headers, native=native, model=model)}
        headers["accept"] = upstream.vendor.accept(stream=prepared.stream)
        fitted = upstream.vendor.fitted(operation, model, headers, prepared.body)
        losses = (*prepared.losses, *fitted.losses)
        prepared = structs.replace(prepared, body=fitted.body, losses=losses)
        vendor = upstream.vendor
        return Plan(upstream, model, url, fitted.headers, prepared, vendor.unwrap_of(operation), vendor.framing)

    def _served(self, asked: Asked) -> tuple[Upstream, Found]:
        """Who serves the wanted model, and how it was found."""
        found = self.catalog.find(asked.wanted.model, asked.key)
        upstream = self._upstreams.get(found.provider.name)
        if upstream is None:
            because = self._unusable[found.provider.name]
            raise refuse(Kind.UNSUPPORTED, f"the provider {found.provider.name} cannot be called: {because}")
        return upstream, found

    async def answer(self, asked: Asked, plan: Plan) -> tuple[Answer, int]:
        """The provider's answer in the client's dialect, and after how many attempts."""
        native = asked.wanted.dialect.name == plan.upstream.dialect.name
        upstream, clock = plan.upstream, self._shell.clock
        wanted = clock()
        try:
            lease = await upstream.source.obtain(Ask(asked.credential, native, asked.affinity))
        except FailureError as error:
            return self._no_call(error.failure), 0
        finally:
            self._counters.credentials.observe(clock() - wanted, upstream.name)
        answer, number = await _settled(lease, self._with(lease, asked, plan))
        return _labelled(answer, lease.told() if FROM_ROUTER in asked.headers else None), number

    async def _with(self, lease: Lease, asked: Asked, plan: Plan) -> tuple[Answer, int]:
        """A credential that the provider refuses, or has had enough of, is exchanged once, if it can be."""
        upstream = plan.upstream
        answer, number = await self._patiently(self._call(asked, plan, lease), upstream, asked, lease)
        if not isinstance(answer, Refused) or not answer.asked or answer.failure.kind not in lease.curable:
            return answer, number
        try:
            if not await lease.renew(answer.failure):
                return answer, number
        except FailureError as error:
            return self._no_call(error.failure), number
        again, more = await self._patiently(self._call(asked, plan, lease), upstream, asked)
        return again, number + more

    def _no_call(self, failure: Failure) -> Refused:
        moment = self._shell.clock()
        return Refused(_anonymous(failure), (), Timing(moment, ended=moment))

    def _call(self, asked: Asked, plan: Plan, lease: Lease) -> Call:
        client, upstream, prepared, now = asked.wanted.dialect, plan.upstream, plan.prepared, self._shell.now()
        url, headers = plan.url, plan.headers
        if lease.credential is not None:
            # A header that is configured wins.
            headers = {**lease.credential.authorize(Unsigned("POST", url, headers, prepared.body, now)), **headers}
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        return Call(
            name=upstream.name,
            url=url,
            headers=raw,
            body=prepared.body,
            stream=prepared.stream,
            source=upstream.dialect,
            target=client,
            context=ReplyContext(
                id=asked.request_id,
                created=int(now),
                model=plan.model,
                usage=prepared.usage,
                extensions=not asked.wanted.own_words,
                tools=prepared.tools,
            ),
            request_id=asked.request_id,
            timeouts=_within(upstream.timeouts, asked.patience.deadline),
            limits=self._limits,
            filters=plan.filters,
            counts=prepared.counts,
            secrets=_secrets(raw),
            framing=plan.framing,
            unwrap=plan.unwrap,
            refusal=upstream.vendor.refusal,
        )

    async def _patiently(
        self, call: Call, upstream: Upstream, asked: Asked, lease: Lease | None = None
    ) -> tuple[Answer, int]:
        """The answer, and how many attempts it took. Nobody waits where `lease` has another credential to try."""
        shell, started, number, patience = self._shell, self._shell.clock(), 0, asked.patience
        while True:
            number += 1
            if self._transcript is not None:
                self._transcript.sent(call)
            answer = await self._made(call, upstream, asked)
            if not isinstance(answer, Refused):
                return answer, number
            if not answer.asked:
                self._counters.rejected.add(call.name, answer.failure.kind)
            elapsed = shell.clock() - started
            failure = answer.failure
            wait = pause(failure, patience, attempt=number, elapsed=elapsed, chance=shell.chance())
            if wait is None or (lease is not None and answer.asked and failure.kind in lease.curable):
                return structs.replace(answer, failure=_explained(failure, call)), number
            self._counters.retries.add(call.name, failure.kind)
            await shell.sleep(wait)

    async def _made(self, call: Call, upstream: Upstream, asked: Asked) -> Answer:
        """One call. Where there is a trace, it is told; the provider is told of it only where it may know."""
        trail, clock, leg, way = asked.trail, self._shell.clock, None, upstream.way_of(call.context.model)
        if trail is not None:
            leg = trail.leg(calling.name_of(call), clock(), calling.about(call, upstream), says=True)
        if upstream.traced:
            call = calling.traced(call, leg, asked.headers)
        came = clock()
        try:
            answer = await upstream.admission.attempt(way, call, asked.patience.deadline)
        except BaseException:
            if leg is not None:
                leg.given_up(clock())
            raise
        if upstream.admission.running is not None:
            self._counters.queue.observe(answer.timing.sent - came, upstream.name)
        if isinstance(answer, Refused) and answer.asked:
            answer = structs.replace(answer, failure=upstream.vendor.understood(answer.failure))
        if leg is not None:
            leg.over(answer)
        return answer


def _prepared(wanted: Wanted, upstream: Upstream, found: Found) -> Prepared:
    """The body that asks for an answer. Raises `FailureError` (BAD_REQUEST)."""
    profile, adjustment = upstream.vendor.profile_of(found.model), upstream.adjustment_of(found.model)
    wish = wish_of(found.provider, found.model, found.level)
    maker = upstream.maker_of(found.model)
    return prepare(wanted, upstream.dialect, profile, found.model, adjustment, wish, maker)


def _sealing(plan: Plan) -> Plan:
    """The plan, by which what another maker than the dialect's has signed is sealed, so that it comes back to nobody
    else."""
    maker = plan.upstream.maker_of(plan.model)
    if maker is None:
        return plan
    framing = Framing("text/event-stream", partial(SealedStream, maker))
    return structs.replace(plan, unwrap=partial(sealed_answer, maker=maker), framing=framing)


def _marks(asked: Asked, upstream: Upstream) -> Mapping[str, str]:
    """What this provider wants to know of the conversation, alike for every attempt."""
    if upstream.vendor.marks is None:
        return {}
    session = session_of(asked.headers, asked.wanted.fields, asked.request_id)
    return upstream.marks(session, message_of(asked.headers, asked.request_id))


def _question(form: CountForm, wanted: Wanted, upstream: Upstream, found: Found) -> bytes:
    """What a provider of another dialect is asked to count. Raises `FailureError` (BAD_REQUEST)."""
    return form.question(_prepared(wanted, upstream, found).body, found.model)


async def _settled(lease: Lease, work: Awaitable[tuple[Answer, int]]) -> tuple[Answer, int]:
    """What `work` comes to; the lease is settled once the answer is over, or given up."""
    try:
        answer, number = await work
    except BaseException:
        lease.settle(None)
        raise
    if isinstance(answer, Flowing):
        answer.then(lambda: lease.settle(answer.pipe.progress.failure))
    else:
        lease.settle(answer.failure if isinstance(answer, Refused) and answer.asked else None)
    return answer, number


def _labelled(answer: Answer, state: KeyTold | None) -> Answer:
    """The answer with the word of which key it was; a provider's own of that name is none."""
    headers = [one for one in answer.headers if one[0] != KEY_HEADER]
    if state is not None:
        headers.append((KEY_HEADER, written(state)))
    if not isinstance(answer, Flowing):
        return structs.replace(answer, headers=headers)
    answer.headers = headers
    return answer


def _explained(failure: Failure, call: Call) -> Failure:
    """What may be told of a failure: no secret that the provider repeats, not whose account it is, and what to do where
    a credential was missing."""
    credentials = {name.decode("latin-1") for name, _ in call.headers} & CREDENTIAL_HEADERS
    if not credentials and failure.kind is Kind.AUTHENTICATION:
        return missing_credential(call.name)
    return _anonymous(without_secrets(failure, call.secrets))


def _secrets(headers: Iterable[tuple[bytes, bytes]]) -> tuple[bytes, ...]:
    credentials = [value for name, value in headers if name.decode("latin-1") in CREDENTIAL_HEADERS]
    secrets = [value.removeprefix(b"Bearer ") for value in credentials]
    parts = [part for value in credentials for part in _PARTS.findall(value)]
    return tuple([secret for secret in (*secrets, *parts) if len(secret) >= _SECRET])


def _anonymous(failure: Failure) -> Failure:
    message = _ACCOUNT.sub(_MASK, failure.message)
    told = _ACCOUNT.sub(_MASK, failure.body.decode("latin-1")).encode("latin-1") if failure.body else failure.body
    return structs.replace(failure, message=message, body=told)


def _within(timeouts: Timeouts, deadline: float | None) -> Timeouts:
    """No wait for an answer to begin that is longer than the caller's own."""
    if deadline is None:
        return timeouts
    return structs.replace(
        timeouts, connect=min(timeouts.connect, deadline), first_byte=min(timeouts.first_byte, deadline)
    )
