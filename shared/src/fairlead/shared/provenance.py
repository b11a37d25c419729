"""Who may read a piece of reasoning, carried inside the one field every client sends back unchanged.

A signature, an encrypted reasoning item or a thought signature is worth something only to the vendor that made it. In
its maker's own dialect it travels bare. In any other it travels sealed: the mark, the maker, the payload. A client
echoes it blindly; when it comes back, only its maker's encoder opens it, every other leaves the block out.
"""

from base64 import b64decode, urlsafe_b64encode
from binascii import Error as Base64Error

MARK = "fairlead1."
"""How everything sealed begins."""


def seal(maker: str, payload: str) -> str:
    """`payload` as text that names its maker. Letters, digits, `-`, `_`, `.` and `=` only."""
    return f"{MARK}{maker}.{urlsafe_b64encode(payload.encode()).decode()}"


def unseal(text: str) -> tuple[str, str] | None:
    """The maker and the payload; None for text that was never sealed (or was damaged on its way)."""
    if not text.startswith(MARK):
        return None
    maker, _, payload = text[len(MARK) :].partition(".")
    try:
        return maker, b64decode(payload.encode(), altchars=b"-_", validate=True).decode()
    except (Base64Error, UnicodeError):
        return None
