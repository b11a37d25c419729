"""Weighted rendezvous hashing: the same key goes to the same target, each target gets its share of keys, and a target
that comes or goes moves only its own.

Source: https://www.snia.org/sites/default/files/SDC15_presentations/dist_sys/Jason_Resch_New_Consistent_Hashings_Rev.pdf
"""

from hashlib import blake2b
from math import log

_SPAN = float(2**53)


def draw(key: str, name: str) -> float:
    """A number above 0 and below 1, the same for the same texts, evenly spread over different ones."""
    digest = blake2b(f"{key}\0{name}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return ((int.from_bytes(digest, "big") >> 11) + 0.5) / _SPAN


def share_of(key: str, name: str, weight: float) -> float:
    """How strongly `name` claims `key`: the highest claim wins; never wins with a weight of 0."""
    return -weight / log(draw(key, name)) if weight > 0 else -1.0
