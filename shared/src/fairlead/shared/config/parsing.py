"""Turns the text of a configuration file into a `Config`, or into everything that is wrong with it at once."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import msgspec

from . import urls
from .alerts import read_alerts
from .budgets import read_budgets
from .client_keys import read_client_keys
from .document import Document, read
from .droid2api import NORMALIZER, read_endpoints, read_normalizer
from .findings import ConfigError, Finding, show_path
from .providers import Draft, read_providers
from .routes import RouteReader
from .schema import APIKEY_NAME, Config, Count, Limits, LogFiles, Port, Secret, UsageConfig
from .sections import Entries, Reader, Section, did_you_mean, fold
from .transformers import read_custom

NORMALIZER_URL = "http://127.0.0.1:3000"
LOG_LEVELS = {
    **{level: level for level in ("trace", "debug", "info", "warn", "error", "fatal")},
    "warning": "warn",
    "critical": "fatal",
}

TOP = Section(
    "",
    (
        "Providers",
        "Router",
        "fallback",
        "APIKEY",
        "client_keys",
        "ADMIN_KEY",
        "HOST",
        "PORT",
        "LOG",
        "LOG_LEVEL",
        "log_files",
        "NORMALIZER_URL",
        "REDIS_URL",
        "DATABASE_URL",
        "limits",
        "usage",
        "budgets",
        "alerts",
        "normalizer",
        "PROXY_URL",
        "transformers",
        "API_TIMEOUT_MS",
        "NON_INTERACTIVE_MODE",
        "CUSTOM_ROUTER_PATH",
        "CUSTOM_ROUTER_TIMEOUT_MS",
        "REWRITE_SYSTEM_PROMPT",
        "forceUseImageAgent",
        "CLAUDE_PATH",
        "ANTHROPIC_SMALL_FAST_MODEL",
        "StatusLine",
        "plugins",
        "presets",
        "categories",
        "$schema",
        "OPENAI_API_KEY",
        "OPENAI_BASE_URL",
        "OPENAI_MODEL",
    ),
    {"HTTPS_PROXY": "PROXY_URL", "APIKEYS": "client_keys"},
)
_Object = dict[str, Any]


class Loaded(msgspec.Struct, frozen=True):
    """A configuration that may be served with, and what its writer should know all the same."""

    config: Config
    warnings: tuple[Finding, ...] = ()


def parse(
    text: str,
    env: Mapping[str, str],
    *,
    file: str,
    resolve_secrets: bool = True,
    normalizer_url: str | None = None,
) -> Loaded:
    """Reads claude-code-router's or droid2api's configuration; raises `ConfigError`, and nothing else, on bad text.

    `file` is the name to call it by in messages. The router passes `resolve_secrets=False`: keys, headers, proxies and
    the options of `auth` then stay unread, so that variables only they ask for may be unset. `normalizer_url` tells
    which providers are the normalizer itself; without it the file's `NORMALIZER_URL` does, else port 3000 here.
    """
    return parse_document(read(text, file=file), env, resolve_secrets=resolve_secrets, normalizer_url=normalizer_url)


def parse_document(
    document: Document, env: Mapping[str, str], *, resolve_secrets: bool = True, normalizer_url: str | None = None
) -> Loaded:
    """As `parse`, for what was read already."""
    reader = Reader(document, env)
    top, droid = _split(reader, document)
    for path in document.repeated:
        reader.warn(path, "given more than once; the last one is used")
    own_url = normalizer_url or _url(reader, top, "NORMALIZER_URL")
    normalizer = read_normalizer(reader, droid, secrets=resolve_secrets)
    custom = read_custom(reader, top.get("transformers"), secrets=resolve_secrets)
    drafts = [
        *read_providers(
            reader,
            top.get("Providers"),
            custom,
            secrets=resolve_secrets,
            normalizer_url=own_url or NORMALIZER_URL,
        ),
        *read_endpoints(reader, droid.get("endpoint"), normalizer, secrets=resolve_secrets),
    ]
    refuse_duplicates(reader, drafts)
    routes = RouteReader(reader, drafts)
    router = routes.router(top.get("Router"), top.get("categories"))
    fallback = routes.fallbacks(top.get("fallback"), router)
    limits = reader.struct(Limits, top.get("limits"))
    plain = _plain(reader, top, secrets=resolve_secrets)
    if plain["custom_router_path"] is None:
        routes.remark_on_unreachable()
    keys = [APIKEY_NAME, *[key.name for key in plain["client_keys"]]]
    routes.remark_on_unknown_keys(keys)
    budgets = read_budgets(reader, routes, top.get("budgets"), keys)
    # Last, when everything has been read that could ask for a variable.
    drafts = settle_missing(reader, drafts, routes.used)
    config = Config(
        providers=tuple(draft.provider for draft in drafts if draft.provider),
        router=router,
        fallback=fallback,
        limits=limits,
        budgets=budgets,
        alerts=read_alerts(reader, top.get("alerts")),
        normalizer=normalizer,
        normalizer_url=own_url,
        transformers=custom,
        **plain,
    )
    if reader.problems:
        raise ConfigError(_in_order([*reader.problems, *reader.slips]))
    return Loaded(config, _in_order(reader.warnings))


def _in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: finding.line or 0))


def _split(reader: Reader, document: Document) -> tuple[Entries, Entries]:
    """The top-level keys, and droid2api's: in a file with `endpoint` or `endpoints` those lie at the top too.

    Beside `Providers` or `Router` a key of both, such as `port`, is the router's.
    """
    value = document.value
    if not any(fold(key) in ("endpoint", "endpoints") for key in value):
        top = reader.entries(TOP, value, ())
        section = top.get("normalizer")
        return top, reader.members(NORMALIZER, section) if section else {}
    shared = any(fold(key) in ("providers", "router") for key in value)
    droids = NORMALIZER.canonical.keys() - (TOP.canonical.keys() if shared else set())
    own = {key: item for key, item in value.items() if fold(key) in droids}
    rest = {key: item for key, item in value.items() if key not in own}
    top = reader.entries(TOP, rest, (), suggest=NORMALIZER.keys)
    if "normalizer" in top:
        reader.problem(top["normalizer"].path, "a file with endpoint at the top cannot have this section too; keep one")
    return top, reader.entries(NORMALIZER, own, ())


def _url(reader: Reader, top: Entries, key: str) -> str | None:
    url = reader.text(top, key)
    if url is not None and (fault := urls.fault_of(url)):
        reader.problem(top[key].path, fault)
        return None
    return url


def _plain(reader: Reader, top: Entries, *, secrets: bool) -> dict[str, Any]:
    """The top-level keys that need no more than their type checked."""
    apikey = (reader.text(top, "APIKEY") or "").strip()
    admin_key = (reader.text(top, "ADMIN_KEY") or "").strip()
    redis_url, proxy_url = reader.text(top, "REDIS_URL"), reader.text(top, "PROXY_URL") if secrets else None
    database_url = reader.text(top, "DATABASE_URL")
    if proxy_url is not None and (fault := urls.proxy_fault_of(proxy_url)):
        reader.problem(top["PROXY_URL"].path, fault)
    if redis_url and (fault := urls.redis_fault_of(redis_url)):
        reader.problem(top["REDIS_URL"].path, fault)
    return {
        "client_keys": read_client_keys(reader, Secret(apikey) if apikey else None, top.get("client_keys")),
        "admin_key": Secret(admin_key) if admin_key else None,
        "host": reader.text(top, "HOST"),
        "port": reader.get(top, "PORT", Port, None),
        "log": reader.get(top, "LOG", bool, True),
        "log_level": _log_level(reader, top),
        "log_files": reader.struct(LogFiles, top.get("log_files")),
        "usage": reader.struct(UsageConfig, top.get("usage")),
        "redis_url": Secret(redis_url) if redis_url else None,
        "database_url": Secret(database_url) if database_url else None,
        "proxy_url": Secret(proxy_url) if proxy_url else None,
        "api_timeout_ms": reader.get(top, "API_TIMEOUT_MS", Count, 600_000),
        "non_interactive_mode": reader.get(top, "NON_INTERACTIVE_MODE", bool, False),
        "custom_router_path": reader.in_home(reader.text(top, "CUSTOM_ROUTER_PATH") or "") or None,
        "custom_router_timeout_ms": reader.get(top, "CUSTOM_ROUTER_TIMEOUT_MS", Count, 2_000),
        "rewrite_system_prompt": reader.in_home(reader.text(top, "REWRITE_SYSTEM_PROMPT") or "") or None,
        "force_use_image_agent": reader.get(top, "forceUseImageAgent", bool, False),
        "claude_path": reader.text(top, "CLAUDE_PATH"),
        "small_fast_model": reader.text(top, "ANTHROPIC_SMALL_FAST_MODEL"),
        "status_line": _as_written(reader, top, "StatusLine"),
        "plugins": reader.get(top, "plugins", tuple[_Object, ...], ()),
    }


def _as_written(reader: Reader, top: Entries, key: str) -> _Object | None:
    """An object whose texts have braces and dollars of their own, which name no variables of the environment."""
    entry = top.get(key)
    if entry is None:
        return None
    if not isinstance(entry.value, dict):
        reader.problem(entry.path, "must be an object")
        return None
    return entry.value


def _log_level(reader: Reader, top: Entries) -> str | None:
    level = reader.text(top, "LOG_LEVEL")
    if level is not None and level.lower() not in LOG_LEVELS:
        suggestion = did_you_mean(level, LOG_LEVELS) or f"; must be one of {', '.join(LOG_LEVELS)}"
        reader.problem(top["LOG_LEVEL"].path, f"unknown level {level}{suggestion}")
        return None
    return level and LOG_LEVELS[level.lower()]


def refuse_duplicates(reader: Reader, drafts: Iterable[Draft]) -> None:
    first: dict[str, Draft] = {}
    for draft in drafts:
        other = first.setdefault(draft.name.casefold(), draft)
        if other is not draft:
            path = show_path(other.path)
            reader.problem(draft.path, f"a second provider of the name {draft.name}, after {path}; rename one")


def settle_missing(
    reader: Reader, drafts: Iterable[Draft], used: Collection[str], why: str = ", since no route uses it"
) -> list[Draft]:
    """An unset variable is an error, but inside a provider that no route uses it only disables that provider."""
    settled = list(drafts)
    for path, variable in reader.missing:
        number = next((n for n, draft in enumerate(settled) if path[: len(draft.path)] == draft.path), None)
        draft = None if number is None else settled[number]
        if number is None or draft is None or draft.name in used:
            reader.problem(path, f"the variable {variable} is not set; set it, or write ${{{variable}:-default}}")
        else:
            reader.warn(path, f"the variable {variable} is not set; {draft.name} is disabled{why}")
            settled[number] = _disabled(draft, f"the variable {variable} is not set")
    return settled


def _disabled(draft: Draft, reason: str) -> Draft:
    provider = draft.provider and msgspec.structs.replace(draft.provider, disabled_because=reason)
    return msgspec.structs.replace(draft, provider=provider)
