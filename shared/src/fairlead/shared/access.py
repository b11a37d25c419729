"""Who may use a service, and for what: whoever shows a client key that is good; without any, whoever is on this machine
and no web page."""

import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from hashlib import sha256
from hmac import compare_digest
from math import ceil

from fairlead.shared.allowance import Allowance
from fairlead.shared.config.schema import ClientKey, Secret
from fairlead.shared.failure import Failure, FailureError, Kind

_LOCAL_ORIGIN = re.compile(r"https?://(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?")

_NEAR = re.compile(
    r"(?:[\w-]+|(?:[\w-]+\.)+(?:local|localhost|internal)|\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-fA-F:.]+\])?(?::\d{1,5})?",
    re.IGNORECASE,
)
"""Hosts that no name service elsewhere has a say in; of the names with dots those that are set aside for that,
https://www.iana.org/assignments/special-use-domain-names."""

KEY_HEADERS = ("x-api-key", "x-goog-api-key")
"""Headers that clients of one dialect or another send a bare key in."""

_REQUIRED_ADMIN = (
    "the admin key is required: Authorization: Bearer <key>, or x-api-key: <key> (ADMIN_KEY in the configuration)"
)
_REQUIRED = (
    "an API key is required: Authorization: Bearer <key>, or x-api-key: <key> "
    "(APIKEY or client_keys in the configuration)"
)
_UNKNOWN = "invalid API key: it is none of this gateway's client keys (APIKEY or client_keys in its configuration)"


class Access:
    """The client keys of one configuration, and what each has left of its limits; and the key of whoever changes
    things, where it is another. Not shared between processes."""

    def __init__(self, keys: Sequence[ClientKey] = (), admin: Secret | None = None) -> None:
        self._admin = _digest(admin.value) if admin is not None else None
        self._keys = [(_digest(key.key.value), key) for key in keys]
        self._requests = {key.name: Allowance(key.rpm) for key in keys if key.rpm}
        self._tokens = {key.name: Allowance(key.tpm) for key in keys if key.tpm}

    def __repr__(self) -> str:
        return f"<Access keys={[key.name for _, key in self._keys]}>"

    def admit(self, headers: Mapping[str, str], now: float) -> ClientKey | None:
        """The key that `headers` carry, None where no key is set. `now` in Unix seconds.

        Raises `FailureError`, not to be retried: AUTHENTICATION without a good key; PERMISSION, where no key is set,
        for pages of other hosts in a browser on this machine, which could spend its owner's money.
        """
        if not self._keys:
            _refuse_foreign_page(headers.get("origin"))
            return None
        shown = _shown(headers)
        held = [key for value in shown for key in self._all_equal(value)]
        good = next((key for key in held if key.expires is None or now < key.expires), None)
        if good is not None:
            return good
        if held:
            raise _unwelcome(f"the client key {held[0].name} has expired; ask whoever runs this gateway for another")
        raise _unwelcome(_UNKNOWN if shown else _REQUIRED)

    def administer(self, headers: Mapping[str, str], now: float) -> None:
        """Lets in who may change things: with the admin key where one is set, else as `admit` does, and without limits.

        Raises `FailureError`: AUTHENTICATION; PERMISSION for a client's key where the admin's is asked for, and for
        whatever a browser sends from another site's page.
        """
        _refuse_other_sites(headers, keyless=not self._keys and self._admin is None)
        if self._admin is None:
            demand_unlimited(self.admit(headers, now))
            return
        shown = _shown(headers)
        if self._is_admins(shown):
            return
        held = [key for value in shown for key in self._all_equal(value)]
        if held:
            message = f"the client key {held[0].name} may not do this; ADMIN_KEY of the configuration may"
            raise FailureError(Failure(Kind.PERMISSION, message, should_retry=False))
        raise _unwelcome("invalid admin key" if shown else _REQUIRED_ADMIN)

    @property
    def admins_key(self) -> str:
        """Which of the configuration's keys `administer` asks for; for people."""
        return "ADMIN_KEY" if self._admin is not None else "APIKEY, or of a client key without limits,"

    def own(self, headers: Mapping[str, str], now: float) -> ClientKey | None:
        """Whose things may be seen: those of the key that `headers` carry, or everybody's for the admin's, and where no
        key is set, under a name that is near: with a page's GET no browser tells whose page it is. Raises
        `FailureError` as `admit` does."""
        if self._is_admins(_shown(headers)):
            return None
        if not self._keys:
            _refuse_far_name(headers)
        return self.admit(headers, now)

    def oversee(self, headers: Mapping[str, str], now: float) -> None:
        """Lets in who may see what concerns everybody: with the admin key, or as `admit` does and without limits.
        Raises `FailureError`."""
        demand_unlimited(self.own(headers, now))

    def is_ours(self, credential: str) -> bool:
        """Whether a credential is one of the client keys, good or expired, or the admin's, and so none for a
        provider."""
        return self._is_admins([credential]) or bool(self._all_equal(credential))

    def _is_admins(self, shown: Sequence[str]) -> bool:
        admin = self._admin
        if admin is None:
            return False
        equal = [compare_digest(_digest(value), admin) for value in shown]
        return any(equal)

    def charge(self, key: ClientKey | None, now: float) -> None:
        """One request more. Raises `FailureError` (RATE_LIMIT) when the key has nothing left, of requests or tokens."""
        if key is None:
            return
        for limits, what in ((self._requests, f"{key.rpm} requests"), (self._tokens, f"{key.tpm} tokens")):
            if key.name in limits and (wait := limits[key.name].wait(now)) > 0:
                message = f"the client key {key.name} has used its {what} a minute; try again in {ceil(wait)} s"
                raise FailureError(Failure(Kind.RATE_LIMIT, message, retry_after=wait))
        if key.name in self._requests:
            self._requests[key.name].take(1, now)

    def spend(self, name: str | None, tokens: int, now: float) -> None:
        """What a request came to, which is known only when it has been answered."""
        if name in self._tokens:
            self._tokens[name].take(tokens, now)

    def _all_equal(self, value: str) -> list[ClientKey]:
        """The keys equal to a value, at most one. All are compared, as digests: the time taken tells nothing."""
        digest = _digest(value)
        equal = [compare_digest(digest, known) for known, _ in self._keys]
        return [key for (_, key), same in zip(self._keys, equal, strict=True) if same]


def may_use(key: ClientKey | None, provider: str, model: str, alias: str = "") -> bool:
    """Whether a key opens a model. `alias` is what the client called it.

    A pattern with a comma is compared with `provider,model`, any other with the model's own name and the alias.
    """
    if key is None or not key.models:
        return True
    whole, names = f"{provider},{model}", (model, "" if "," in alias else alias)
    return any(_fits(pattern, (whole,) if "," in pattern else names) for pattern in key.models)


def demand(key: ClientKey | None, provider: str, model: str, alias: str = "") -> None:
    """Raises `FailureError` (PERMISSION) unless `may_use`."""
    if not may_use(key, provider, model, alias):
        assert key is not None, "whoever has no key is not restricted"
        raise forbidden(key, alias or model)


def demand_unlimited(key: ClientKey | None) -> None:
    """Raises `FailureError` (PERMISSION) for a key that has limits: what concerns everybody is not for it."""
    if key is not None and not key.is_unlimited:
        message = f"the client key {key.name} has limits, and only one without any may see this"
        raise FailureError(Failure(Kind.PERMISSION, message, should_retry=False))


def forbidden(key: ClientKey, asked: str) -> FailureError:
    """The refusal of a model, with what is allowed instead."""
    message = f"the client key {key.name} may not use {asked}; it may use {' '.join(key.models)}"
    return FailureError(Failure(Kind.PERMISSION, message, should_retry=False, param="model"))


def without_bearer(value: str) -> str:
    """The credential in an `authorization` header; some clients leave out the word `Bearer`."""
    scheme, _, credential = value.strip().partition(" ")
    return credential.strip() if scheme.lower() == "bearer" else value.strip()


def _shown(headers: Mapping[str, str]) -> list[str]:
    bearer = without_bearer(headers.get("authorization", ""))
    return [value for value in (bearer, *(headers.get(name, "").strip() for name in KEY_HEADERS)) if value]


def _fits(pattern: str, names: Sequence[str]) -> bool:
    folded = pattern.replace(", ", ",").casefold()
    return any(fnmatchcase(name.casefold(), folded) for name in names if name)


def _digest(value: str) -> bytes:
    return sha256(value.encode("utf-8", "surrogatepass")).digest()


def _unwelcome(message: str) -> FailureError:
    return FailureError(Failure(Kind.AUTHENTICATION, message, should_retry=False))


def _refuse_other_sites(headers: Mapping[str, str], *, keyless: bool) -> None:
    """Pages of our own and programs may; https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header."""
    host, origin = headers.get("host", ""), headers.get("origin")
    foreign = headers.get("sec-fetch-site", "none") not in ("none", "same-origin")
    if foreign or (origin is not None and origin.partition("://")[2] != host):
        message = "pages of other sites may not do this, whatever key they show"
        raise FailureError(Failure(Kind.PERMISSION, message, should_retry=False))
    if keyless:
        _refuse_far_name(headers)


def _refuse_far_name(headers: Mapping[str, str]) -> None:
    """Without any key the name we are called by must not be one that anybody could have pointed at this machine: a page
    under such a name would count as ours."""
    if not _NEAR.fullmatch(headers.get("host", "")):
        message = "without a key this is served only under an address or a name of this network, such as localhost"
        raise FailureError(Failure(Kind.PERMISSION, message, should_retry=False))


def _refuse_foreign_page(origin: str | None) -> None:
    """Browsers name the page's origin with every POST: https://www.rfc-editor.org/rfc/rfc6454#section-7."""
    if origin is None or _LOCAL_ORIGIN.fullmatch(origin):
        return
    message = "pages of other hosts are served only with a client key; set APIKEY in the configuration"
    raise FailureError(Failure(Kind.PERMISSION, message, should_retry=False))
