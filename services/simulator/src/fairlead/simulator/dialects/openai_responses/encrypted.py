"""Encrypted reasoning: it looks like the service's own, and the simulator knows whether it made it."""

import base64
import hashlib

from ...script import RedactedThinking, Thinking
from ...seals import opened, sealed

_PURPOSE = "encrypted reasoning"
_VERSION = b"\x80" + bytes(8)
"""The service's values are tokens of this version, so that all of them begin with `gAAAA`."""


def encrypted(thought: Thinking | RedactedThinking) -> str:
    """What stands for the reasoning itself; a function of it."""
    said = f"{thought.text}\0{thought.signature}" if isinstance(thought, Thinking) else thought.data
    digests = b"".join(hashlib.sha512(f"{part}:{said}".encode()).digest() for part in range(3))
    return base64.urlsafe_b64encode(sealed(_PURPOSE, _VERSION + digests)).decode()


def is_own(content: str) -> bool:
    """Whether `encrypted` made it, and nobody has changed it since."""
    try:
        return opened(_PURPOSE, base64.b64decode(content, altchars=b"-_", validate=True)) is not None
    except ValueError:
        return False
