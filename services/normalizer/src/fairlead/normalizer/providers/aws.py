"""How Amazon's services stream, and what they say when they refuse, in an answer of its own or in a stream.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/CommonErrors.html,
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModelWithResponseStream.html
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias

import msgspec

from fairlead.normalizer.providers.base import pattern
from fairlead.shared.error_bodies import fallback_message, kind_of_status, overflow
from fairlead.shared.eventstream import EventMessage, EventStreamError, MessageParser, TruncatedError
from fairlead.shared.failure import Failure, Kind, status_of

_KINDS: Mapping[str, Kind] = {
    "validation": Kind.BAD_REQUEST,
    "accessdenied": Kind.PERMISSION,
    "optinrequired": Kind.PERMISSION,
    "unauthorized": Kind.PERMISSION,
    "unrecognizedclient": Kind.AUTHENTICATION,
    "invalidclienttokenid": Kind.AUTHENTICATION,
    "invalidsignature": Kind.AUTHENTICATION,
    "signaturedoesnotmatch": Kind.AUTHENTICATION,
    "incompletesignature": Kind.AUTHENTICATION,
    "missingauthenticationtoken": Kind.AUTHENTICATION,
    "expiredtoken": Kind.AUTHENTICATION,
    "requestexpired": Kind.AUTHENTICATION,
    "resourcenotfound": Kind.NOT_FOUND,
    "conflict": Kind.CONFLICT,
    "throttling": Kind.RATE_LIMIT,
    "toomanyrequests": Kind.RATE_LIMIT,
    "servicequotaexceeded": Kind.BILLING,
    "modelnotready": Kind.OVERLOADED,
    "serviceunavailable": Kind.OVERLOADED,
    "modeltimeout": Kind.UPSTREAM,
    "modelerror": Kind.UPSTREAM,
    "modelstreamerror": Kind.UPSTREAM,
    "internalserver": Kind.UPSTREAM,
    "internalfailure": Kind.UPSTREAM,
}
"""By an error's name in lower case, without the `Exception` or `Error` at its end."""

_WORDS = (
    (Kind.PERMISSION, pattern(r"api key|bearer token|security token|signature|authentication"), Kind.AUTHENTICATION),
    (Kind.RATE_LIMIT, pattern(r"too many tokens per day"), Kind.BILLING),
    (Kind.BAD_REQUEST, pattern(r"counting tokens"), Kind.UNSUPPORTED),
    # An id that only an inference profile can be asked under is as unknown as one that does not exist.
    (Kind.BAD_REQUEST, pattern(r"model identifier is invalid|on-demand throughput"), Kind.NOT_FOUND),
)
"""Kinds that are another's if the message says so."""


class _Body(msgspec.Struct):
    message: str = ""
    type: str = msgspec.field(name="__type", default="")
    code: str | int | None = None


class _Shouted(msgspec.Struct):
    message: str = msgspec.field(name="Message", default="")


def refusal(status: int, headers: Mapping[str, str], body: bytes) -> Failure:
    """An error answer: its name is in a header or in the body, before a colon or behind a hash."""
    said = _read(body)
    code = headers.get("x-amzn-errortype") or said.type or (said.code if isinstance(said.code, str) else "")
    return failure(_bare(code), said.message or fallback_message(status, body), status)


def failure(code: str, message: str, status: int | None = None) -> Failure:
    """What an error means by its name, its message and, where neither tells, its status."""
    name = code.lower()
    named = _KINDS.get(name.removesuffix("exception")) or _KINDS.get(name.removesuffix("error"))
    kind = named or kind_of_status(status or 500)
    kind = next((meant for said, words, meant in _WORDS if said is kind and words.search(message)), kind)
    if kind is Kind.BAD_REQUEST:
        kind, message = overflow(message) or (kind, message)
    told = message or f"the provider said {code or 'that something is wrong'}, and no more"
    return Failure(kind, told, status=status_of(kind), code=code or None)


Read: TypeAlias = Callable[[EventMessage], bytes | Failure]


class Frames:
    """Amazon's messages in, server-sent events of a dialect out: what `event` makes of each, and `thrown` of an
    exception, until that is a failure. `limit`: bytes a message may have."""

    def __init__(self, limit: int, event: Read, thrown: Read | None = None) -> None:
        self._parser = MessageParser(limit)
        self._event = event
        self._thrown = thrown or _thrown
        self.failure: Failure | None = None

    def feed(self, chunk: bytes) -> bytes:
        if self.failure is not None:
            return b""
        broken = None
        try:
            messages = self._parser.feed(chunk)
        except EventStreamError as error:
            messages, broken = error.before, Failure(Kind.MALFORMED, str(error))
        events = []
        for message in messages:
            made = self._event(message) if message.text(":message-type") == "event" else self._thrown(message)
            if isinstance(made, Failure):
                broken = made
                break
            events.append(made)
        self.failure = broken
        return b"".join(events)

    def close(self) -> bytes:
        try:
            if self.failure is None:
                self._parser.close()
        except TruncatedError as error:
            self.failure = Failure(Kind.CUT, str(error))
        return b""


def _thrown(message: EventMessage) -> Failure:
    """What ends a stream: an exception with a payload, or an error without."""
    code = message.text(":exception-type") or message.text(":error-code")
    return failure(code, _read(message.payload).message or message.text(":error-message"))


def _bare(code: str) -> str:
    return code.partition(":")[0].rpartition("#")[2].strip()


def _read(body: bytes) -> _Body:
    try:
        said = msgspec.json.decode(body, type=_Body)
        return said if said.message else _Body(msgspec.json.decode(body, type=_Shouted).message, said.type, said.code)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _Body()
