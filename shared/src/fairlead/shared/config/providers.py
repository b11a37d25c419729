"""Reads `Providers`: where each model service stands, what it speaks and by what credential."""

import re
from collections.abc import Collection
from urllib.parse import urlsplit

import msgspec

from . import inference, urls
from .auth import read_auth
from .factory import moved
from .findings import KeyPath
from .google import VERSIONS, Access, at_vertex
from .health_checks import read_health_check
from .reasoning import read_levels
from .schema import BILLINGS, Auth, CustomTransformer, Prices, Provider, RateLimits, Secret, Timeouts, Transformer
from .sections import Entries, Entry, Reader, Section, did_you_mean
from .tokenizers import read_tokenizers
from .transformers import Names, read_transformer

PROVIDER = Section(
    "Providers[]",
    (
        "name",
        "type",
        "api_base_url",
        "api_key",
        "api_keys",
        "api_key_file",
        "api_keys_file",
        "credentials",
        "auth",
        "models",
        "transformer",
        "transformers",
        "tokenizer",
        "headers",
        "proxy",
        "timeouts",
        "limits",
        "prices",
        "billing",
        "health_check",
        "reasoning",
        "system_prompt",
        "traceparent",
        "enabled",
    ),
    {"baseUrl": "api_base_url", "HOST": "api_base_url", "extraHeaders": "headers"},
)
_CREDENTIAL = Section("Providers[].credentials[]", ("api_key", "name", "enabled"))
"""What claude-code-router 3 has in place of a list of keys."""
_SUBSCRIPTIONS = frozenset({"factory", "kiro"})
"""Kinds of `auth` that only those who subscribe can use."""

ALL_MODELS = "*"
"""Among `models`: whatever the provider lists."""

_CREDENTIALS = frozenset({"api_key", "api_keys", "api_key_file", "api_keys_file", "credentials", "auth"})
_ELSEWHERE = frozenset({"api_key_file", "api_keys_file", "headers"})
_VARIABLES = {"models.github.ai": "GITHUB_TOKEN", "models.inference.ai.azure.com": "GITHUB_TOKEN"}
"""Where whoever works with a host has the credential for it anyway; it goes to no other."""

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
NO_HEADER = "must be one line that can go into a header"
_ONE_LINE = re.compile(r"[\x20-\x7e\x80-\xff]*\Z")


class Draft(msgspec.Struct, frozen=True):
    """A provider as read so far: `provider` is None when something about it is wrong (and has been said)."""

    name: str
    path: KeyPath
    provider: Provider | None


class ProviderReader:
    """Reads one list of providers; `secrets` False leaves every credential where it is, unread. `names` tells which
    transformers are the user's own."""

    def __init__(self, reader: Reader, names: Names, *, secrets: bool, normalizer_url: str) -> None:
        self.reader = reader
        self.names = names
        self.secrets = secrets
        self.normalizer_url = normalizer_url

    def read(self, entry: Entry) -> Draft | None:
        """None when not even a name can be had."""
        reader = self.reader
        entries = reader.members(PROVIDER, entry)
        name = (reader.text(entries, "name") or "").strip()
        if not name:
            if "name" not in entries or entries["name"].value == "":
                reader.problem((*entry.path, "name"), "missing; every provider needs a name that routes can use")
            return None
        if "," in name:
            reader.problem(entries["name"].path, "must not hold a comma, which ends the provider in provider,model")
        before = len(reader.problems)
        url = self._url(entries, entry.path)
        provider = self._provider(name, url, entries)
        return Draft(name, entry.path, provider if len(reader.problems) == before else None)

    def _provider(self, name: str, url: str, entries: Entries) -> Provider:
        reader = self.reader
        auth = read_auth(reader, entries.get("auth"), secrets=self.secrets)
        if auth is not None and auth.type == "factory":
            url = moved(reader, url)
        transformer = read_transformer(reader, entries.get("transformer"), entries.get("transformers"), self.names)
        is_normalizer = bool(url) and urls.is_same_service(url, self.normalizer_url)
        kind = self._kind(url, transformer, entries)
        models = self._models(entries)
        off = not reader.get(entries, "enabled", bool, True)
        # The key to the normalizer is the router's to send, and the normalizer does not call itself.
        ours = self.secrets and not is_normalizer
        keys = self._keys(entries, url) if ours else None
        if keys is not None and kind in VERSIONS and url:
            elsewhere = not entries.keys().isdisjoint(_ELSEWHERE)
            url, keys, auth = at_vertex(reader, kind, Access(url, keys, auth), otherwise=elsewhere)
        return Provider(
            name=name,
            api_base_url=url,
            type=kind,
            dialect=inference.KINDS[kind],
            api_keys=keys,
            api_key_files=self._key_files(entries) if ours else (),
            models=tuple(model for model in models if model != ALL_MODELS),
            lists_models=not is_normalizer and (not models or ALL_MODELS in models),
            transformer=transformer,
            tokenizers=read_tokenizers(reader, entries.get("tokenizer")),
            auth=auth,
            headers=read_headers(reader, entries) if self.secrets else None,
            proxy=self._proxy(entries) if self.secrets else None,
            timeouts=reader.struct(Timeouts, entries.get("timeouts")),
            limits=reader.struct(RateLimits, entries.get("limits")),
            prices=self._prices(entries, models),
            billing=self._billing(entries, auth),
            reasoning=self._levels(entries, models, is_normalizer=is_normalizer),
            system_prompt=self._system_prompt(entries, is_normalizer=is_normalizer),
            traceparent=reader.get(entries, "traceparent", bool, False),
            is_normalizer=is_normalizer,
            health_check=read_health_check(
                reader,
                entries.get("health_check"),
                tuple(model for model in models if model != ALL_MODELS),
                is_normalizer=is_normalizer,
            ),
            disabled_because="enabled is false" if off and not is_normalizer else None,
        )

    def _models(self, entries: Entries) -> tuple[str, ...]:
        """Each once; a star needs no list around it."""
        if "models" in entries and entries["models"].value == ALL_MODELS:
            return (ALL_MODELS,)
        return tuple(dict.fromkeys(self.reader.get(entries, "models", list[str], [])))

    def _levels(self, entries: Entries, models: tuple[str, ...], *, is_normalizer: bool) -> dict[str, str]:
        entry = entries.get("reasoning")
        if entry is not None and is_normalizer:
            self.reader.warn(entry.path, "has no effect: the normalizer's models have levels of their own")
        return read_levels(self.reader, entry, None if not models or ALL_MODELS in models else models)

    def _system_prompt(self, entries: Entries, *, is_normalizer: bool) -> str:
        entry = entries.get("system_prompt")
        if entry is not None and is_normalizer:
            self.reader.warn(entry.path, "has no effect: the normalizer puts it before the prompt of its own providers")
        return self.reader.text(entries, "system_prompt") or ""

    def _url(self, entries: Entries, path: KeyPath) -> str:
        url = (self.reader.text(entries, "api_base_url") or "").strip()
        entry = entries.get("api_base_url")
        if url and (fault := urls.fault_of(url)):
            self.reader.problem(entries["api_base_url"].path, fault)
            return ""
        if entry is None or entry.value == "":
            self.reader.problem((*path, "api_base_url"), "missing; give the URL of the provider's API")
        return url

    def _kind(self, url: str, transformer: Transformer, entries: Entries) -> str:
        given = self.reader.text(entries, "type")
        if given is None:
            # One of the user's own is told everything in chat, as in claude-code-router, wherever it sends it then.
            names = ["" if use.custom else use.name for use in transformer.use]
            return inference.infer("" if transformer.custom else url, names)
        kind = inference.canonical(given)
        if kind is None:
            suggestion = did_you_mean(given, inference.KINDS) or f"; must be one of {', '.join(inference.KINDS)}"
            self.reader.problem(entries["type"].path, f"unknown type {given}{suggestion}")
        return kind or "openai"

    def _keys(self, entries: Entries, url: str) -> tuple[Secret, ...]:
        """`api_key` and `api_keys`, either of them one key or a list of keys, and `credentials`; else the host's own
        variable."""
        if entries.keys().isdisjoint(_CREDENTIALS):
            token = self.reader.env.get(_VARIABLES.get(urlsplit(url).hostname or "", ""), "").strip()
            return (Secret(token),) if token and _ONE_LINE.match(token) else ()
        keys: list[str] = []
        for spelling in ("api_key", "api_keys"):
            given: str | list[str] = self.reader.get(entries, spelling, str | list[str], [])
            keys += [given.strip()] if isinstance(given, str) else [key.strip() for key in given]
            if not all(map(_ONE_LINE.match, keys)):
                self.reader.problem(entries[spelling].path, NO_HEADER)
                return ()
        for item in self.reader.objects(entries.get("credentials")):
            members = self.reader.members(_CREDENTIAL, item)
            key = (self.reader.text(members, "api_key") or "").strip()
            if not _ONE_LINE.match(key):
                self.reader.problem(members["api_key"].path, NO_HEADER)
            elif self.reader.get(members, "enabled", bool, True):
                keys.append(key)
        return tuple(Secret(key) for key in dict.fromkeys(keys) if key)

    def _key_files(self, entries: Entries) -> tuple[str, ...]:
        """`api_key_file` and `api_keys_file`, either of them one path or a list of paths."""
        paths: list[str] = []
        for spelling in ("api_key_file", "api_keys_file"):
            given: str | list[str] = self.reader.get(entries, spelling, str | list[str], [])
            paths += [given] if isinstance(given, str) else given
        return tuple(dict.fromkeys(self.reader.in_home(path.strip()) for path in paths if path.strip()))

    def _proxy(self, entries: Entries) -> Secret | None:
        proxy = self.reader.text(entries, "proxy")
        if proxy is not None and (fault := urls.proxy_fault_of(proxy)):
            self.reader.problem(entries["proxy"].path, fault)
        return Secret(proxy) if proxy else None

    def _billing(self, entries: Entries, auth: Auth | None) -> str | None:
        """As it says, else as its login tells."""
        given = self.reader.text(entries, "billing")
        if given is not None and given not in BILLINGS:
            self.reader.problem(entries["billing"].path, f"must be one of {', '.join(BILLINGS)}")
        if given is not None or auth is None:
            return given
        return "subscription" if auth.type in _SUBSCRIPTIONS else None

    def _prices(self, entries: Entries, models: tuple[str, ...]) -> dict[str, Prices]:
        """`{input, output, …}` for all models, or `{<model>: {input, output, …}}`."""
        entry = entries.get("prices")
        if entry is None:
            return {}
        if not isinstance(entry.value, dict) or not any(isinstance(item, dict) for item in entry.value.values()):
            return {"*": self.reader.struct(Prices, entry)}
        for model in entry.value:
            if models and ALL_MODELS not in models and model not in (*models, "*"):
                suggestion = did_you_mean(model, models)
                self.reader.warn((*entry.path, model), f"is not among the models of this provider{suggestion}")
        return {
            model: self.reader.struct(Prices, Entry(item, (*entry.path, model), entry.qualified))
            for model, item in entry.value.items()
        }


def read_headers(reader: Reader, entries: Entries) -> dict[str, Secret]:
    """`headers` of whatever is called; says which of them no request can carry."""
    headers = reader.texts(entries, "headers")
    for name, value in headers.items():
        path = (*entries["headers"].path, name)
        if not _HEADER_NAME.match(name):
            reader.problem(path, "is not the name of a header")
        if not fits_a_header(value):
            reader.problem(path, NO_HEADER)
    return {name: Secret(value) for name, value in headers.items()}


def fits_a_header(value: str) -> bool:
    """Whether a text can stand in a header."""
    return _ONE_LINE.match(value) is not None


def read_providers(
    reader: Reader,
    entry: Entry | None,
    custom: Collection[CustomTransformer] = (),
    *,
    secrets: bool,
    normalizer_url: str,
) -> list[Draft]:
    """Every entry of `Providers`, the faulty ones included. `custom`: the transformers of the user's own."""
    provider_reader = ProviderReader(reader, Names(custom), secrets=secrets, normalizer_url=normalizer_url)
    drafts = (provider_reader.read(item) for item in reader.objects(entry))
    return [draft for draft in drafts if draft is not None]
