"""Base64 text that comes in pieces: https://www.rfc-editor.org/rfc/rfc4648#section-4."""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence


def joined(pieces: Sequence[str]) -> str:
    """The text of all their bytes. Pieces that end in the middle of a group cannot just be put side by side; what is no
    base64 at all is."""
    told = [piece for piece in pieces if piece]
    if all(len(piece) % 4 == 0 and not piece.endswith("=") for piece in told[:-1]):
        return "".join(told)
    try:
        return b64encode(b"".join(b64decode(piece + "=" * (-len(piece) % 4)) for piece in told)).decode()
    except Base64Error:
        return "".join(told)
