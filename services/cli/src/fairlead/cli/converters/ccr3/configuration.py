"""The whole configuration of claude-code-router 3, whatever it was read from, as one of ours.

Names and defaults: packages/core/src/contracts/app.ts, config/config.ts and config/default-config.ts of
github.com/musistudio/claude-code-router (read at 04c464a, 2026-09). An export has it under `config`, beside copies of
its databases, which are not looked into (docs/src/content/docs/en/configuration/configuration-file.md there).
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from fairlead.cli.converters.ccr3.client_keys import Keys
from fairlead.cli.converters.ccr3.providers import Models, providers
from fairlead.cli.converters.ccr3.reading import Object, in_use, member, number, objects, text
from fairlead.cli.converters.ccr3.routing import Routing
from fairlead.cli.converters.checked import checked
from fairlead.cli.converters.converted import ConversionError, Converted

_OWN = frozenset(
    {"builtInRules", "profile", "virtualModelProfiles", "gateway", "toolHub", "contextArchive", "botGateway"}
)
"""Keys that no earlier version has, at the top or in its `Router`."""
_OF_ITS_APP = ("autoStart", "launchAtLogin", "overviewWidgets", "preferredProvider", "routerEndpoint", "theme")
_TRAY = "tray"
_READ = frozenset(
    {"Providers", "providers", "Router", "profile", "APIKEY", "APIKEYS", "apiKeys", "HOST", "PORT", "gateway"}
    | {"API_TIMEOUT_MS", "CUSTOM_ROUTER_PATH", "configRevision", *_OF_ITS_APP}
)
_WHY: Mapping[str, str] = {
    "agent": "has no counterpart: MCP servers are of the clients",
    "observability": "has no effect: usage and decisions are kept anyway; see docs/usage.md",
    "plugins": "has no counterpart: plug-ins of its own cannot be run",
    "providerPlugins": "has no counterpart: logins of other programs are not taken over",
    "proxy": "has no counterpart: no program's traffic is redirected; PROXY_URL names a proxy on the way to providers",
    "virtualModelProfiles": "has no counterpart: there are no Fusion models",
}
_NO_COUNTERPART = "has no counterpart"


def configuration_of(document: Object) -> Object | None:
    """The part that is a configuration of version 3; None where there is none."""
    inner = member(document, "config") or document
    router = member(inner, "Router")
    entries = objects(inner, "Providers", "providers")
    is_third = (
        not _OWN.isdisjoint(inner)
        or not _OWN.isdisjoint(router)
        or isinstance(router.get("rules"), list)
        or any("credentials" in one or "capabilities" in one for one in entries)
        or any("createdAt" in key for key in objects(inner, "APIKEYS"))
    )
    return inner if is_third and ("Providers" in inner or "providers" in inner) else None


def convert(document: Object, env: Mapping[str, str], *, file: str) -> Converted:
    """`document` is of `configuration_of`. Raises `ConversionError`."""
    lost: list[str] = []
    taken = providers(document, lost)
    models = Models(taken)
    if not models.first(""):
        raise ConversionError("\n".join([f"no model of {file} can be taken over", *lost]))
    keys = Keys(document, lost)
    config = {
        **_settings(document, file, lost),
        **({"client_keys": keys.client_keys} if keys.client_keys else {}),
        "Providers": [one.config for one in taken],
        "Router": Routing(document, models, keys.names, lost).made(),
    }
    lost += _left(document)
    body = msgspec.json.format(msgspec.json.encode(config), indent=2).decode()
    name = Path(file).name
    made = f"// Made from claude-code-router's {name}.\n{body}\n"
    return checked(made, env, file=f"(made from {name})", lost=tuple(dict.fromkeys(lost)))


def _settings(document: Object, file: str, lost: list[str]) -> dict[str, Any]:
    gateway = member(document, "gateway")
    settings: dict[str, Any] = {}
    if host := text(gateway, "host") or text(document, "HOST"):
        settings["HOST"] = host
    if (port := number(gateway, "port") or number(document, "PORT")) and 1 <= port <= 65_535:
        settings["PORT"] = int(port)
    if (timeout := number(document, "API_TIMEOUT_MS")) and timeout >= 1:
        settings["API_TIMEOUT_MS"] = int(timeout)
    if program := text(document, "CUSTOM_ROUTER_PATH"):
        settings["CUSTOM_ROUTER_PATH"] = program if program[0] in "~/" else str(Path(file).absolute().parent / program)
        lost.append("CUSTOM_ROUTER_PATH: is run as it is; here it has to answer provider,model, not provider/model")
    return settings


def _left(document: Object) -> Iterator[str]:
    """What has no counterpart and is in use; what is of its window alone in one line."""
    app = [key for key in document if key in _OF_ITS_APP or key.startswith(_TRAY)]
    if app:
        yield f"of its app alone: {', '.join(app)}"
    for agent, rule in member(member(document, "Router"), "builtInRules").items():
        if isinstance(rule, dict) and rule.get("enabled") is False:
            yield f"Router.builtInRules.{agent}: is switched off; here a profile's models are routes like any other"
    for key, value in document.items():
        if key not in _READ and key not in app and _is_in_use(key, value):
            yield f"{key}: {_WHY.get(key, _NO_COUNTERPART)}"


def _is_in_use(key: str, value: Any) -> bool:
    """Some sections say much while they are switched off."""
    if key == "observability" and isinstance(value, dict):
        return any(value.get(switch) is True for switch in ("requestLogs", "agentAnalysis"))
    if key == "proxy" and isinstance(value, dict):
        upstream = member(value, "upstream")
        return value.get("enabled") is True or text(upstream, "mode") == "custom"
    return in_use(value)
