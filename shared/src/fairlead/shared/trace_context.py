"""Where a request stands in a distributed trace, as two headers tell it.

Source: https://www.w3.org/TR/trace-context/
"""

import re
from typing import Self

from msgspec import Struct

_TRACEPARENT = re.compile(
    r"(?P<version>(?!ff)[0-9a-f]{2})-(?P<trace>(?!0{32})[0-9a-f]{32})-(?P<span>(?!0{16})[0-9a-f]{16})"
    r"-(?P<flags>[0-9a-f]{2})(?P<more>-.*)?\Z"
)
_SAMPLED = 1


class TraceContext(Struct, frozen=True):
    """`trace` has 32 hexadecimal digits, `span` 16, `flags` is a byte. `state` is what vendors add, as it came."""

    trace: str
    span: str
    flags: int = _SAMPLED
    state: str | None = None

    @property
    def sampled(self) -> bool:
        """Whether whoever is asked should record its part too."""
        return bool(self.flags & _SAMPLED)

    @property
    def traceparent(self) -> str:
        """The header by which a trace is continued."""
        return f"00-{self.trace}-{self.span}-{self.flags:02x}"

    def child(self, span: str) -> Self:
        """The same for another span of the trace."""
        return type(self)(self.trace, span, self.flags, self.state)


def read(traceparent: str | None, tracestate: str | None) -> TraceContext | None:
    """What the headers say; None where there is no trace to continue. Versions to come may say more, at the end."""
    found = _TRACEPARENT.match(traceparent or "")
    if found is None or (found["more"] and found["version"] == "00"):
        return None
    return TraceContext(found["trace"], found["span"], int(found["flags"], 16), tracestate)
