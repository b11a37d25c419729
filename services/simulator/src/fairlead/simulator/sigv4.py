"""Tells whether a request is signed by somebody who has the secret key, the way Amazon tells it.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hashlib
import hmac
import re
from collections.abc import Sequence
from urllib.parse import quote

import msgspec

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/,\s]+)/(?P<scope>\d{8}/[\w-]+/[\w-]+/aws4_request), ?"
    r"SignedHeaders=(?P<signed>[a-z0-9;-]+), ?Signature=(?P<signature>[0-9a-f]{64})"
)
_DATE = re.compile(r"\d{8}T\d{6}Z")
_DEMANDED = frozenset({"host", "x-amz-date"})


class Signature(msgspec.Struct, frozen=True):
    """What an `Authorization` header says: for which day, region and service, over which headers."""

    key: str
    scope: str
    signed: tuple[str, ...]
    signature: str


def signature_of(authorization: str) -> Signature | None:
    """None when it is no signature, or one over too little."""
    found = _AUTHORIZATION.fullmatch(authorization)
    if found is None or not _DEMANDED.issubset(found["signed"].split(";")):
        return None
    return Signature(found["key"], found["scope"], tuple(found["signed"].split(";")), found["signature"])


def is_signed(method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes, secret: str) -> bool:
    """Whether the signature is right for exactly this request. The clock is not looked at."""
    given = {name.lower(): " ".join(value.split()) for name, value in headers}
    claimed, date = signature_of(given.get("authorization", "")), given.get("x-amz-date", "")
    if claimed is None or not _DATE.fullmatch(date) or not claimed.scope.startswith(date[:8]):
        return False
    path, _, query = target.partition("?")
    # The path as it was sent, encoded once more.
    lines = [method, quote(path, safe="/~"), "&".join(sorted(query.split("&")))]
    lines += [f"{name}:{given.get(name, '')}" for name in claimed.signed]
    lines += ["", ";".join(claimed.signed), hashlib.sha256(body).hexdigest()]
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    key = b"AWS4" + secret.encode()
    for part in claimed.scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    right = hmac.digest(key, f"AWS4-HMAC-SHA256\n{date}\n{claimed.scope}\n{digest}".encode(), "sha256").hex()
    return hmac.compare_digest(right, claimed.signature)
