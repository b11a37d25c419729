"""CodeWhisperer, behind Amazon Q Developer and Kiro: one address for all models, an answer that is always a stream.

Not a published API. Source: what its clients in the open do, https://github.com/aws/amazon-q-developer-cli.
"""

import re
from urllib.parse import urlsplit, urlunsplit

from fairlead.normalizer.providers.aws import Frames
from fairlead.normalizer.providers.base import Vendor, pattern
from fairlead.normalizer.providers.rules import Way
from fairlead.shared.eventstream import CONTENT_TYPE, EventMessage
from fairlead.shared.framing import Framing
from fairlead.shared.profile import Profile, efforts
from fairlead.shared.sse import encode_event
from fairlead.shared.surfaces import Operation

_PATH = "/generateAssistantResponse"
_STEERED = Profile(
    images="data", reasoning=("thinking",), efforts=efforts("low", "medium", "high", "xhigh", "max"), thinks=True
)


def _frames(limit: int) -> Frames:
    return Frames(limit, _event, _thrown)


def _event(message: EventMessage) -> bytes:
    """The payload under the frame's own name."""
    return encode_event(_on_one_line(message.payload), message.text(":event-type"))


def _thrown(message: EventMessage) -> bytes:
    """An exception is for the dialect to understand: one of them is no failure."""
    name = message.text(":exception-type") or message.text(":error-code") or "UnknownException"
    return encode_event(_on_one_line(message.payload or b"{}"), name)


def _on_one_line(payload: bytes) -> bytes:
    return payload.replace(b"\r", b" ").replace(b"\n", b" ")


def _base(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=re.sub(rf"{_PATH}\Z", "", parts.path.rstrip("/")), query=""))


CODEWHISPERER = Vendor(
    name="codewhisperer",
    dialect="codewhisperer",
    profile=Profile(images="data"),
    models=((pattern(r"claude-(?:opus|sonnet)-(?:4[-.][6-9]|5)"), _STEERED),),
    hosts=frozenset(
        {
            "codewhisperer.us-east-1.amazonaws.com",
            "q.us-east-1.amazonaws.com",
            "q.eu-central-1.amazonaws.com",
            "runtime.us-east-1.kiro.dev",
            "runtime.eu-central-1.kiro.dev",
        }
    ),
    # Nobody's conversations are to be kept to make the service better.
    constant={"x-amzn-codewhisperer-optout": "true"},
    ways={Operation.ANSWER: Way(_PATH)},
    base=_base,
    framing=Framing(CONTENT_TYPE, _frames),
)
