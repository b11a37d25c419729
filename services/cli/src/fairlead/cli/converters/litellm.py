"""LiteLLM's `config.yaml`: deployments become providers, its model names become `Router.families`, fallbacks stay.

https://docs.litellm.ai/docs/proxy/configs and https://docs.litellm.ai/docs/proxy/reliability
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

import msgspec
import yaml
from msgspec import Struct

from fairlead.cli.converters.checked import checked
from fairlead.cli.converters.converted import ConversionError, Converted
from fairlead.cli.converters.litellm_vendors import Vendor, auth_of, vendor_of

_STRATEGIES = {
    "simple-shuffle": "weighted",
    "least-busy": "availability",
    "latency-based-routing": "performance",
    "usage-based-routing": "intelligent",
    "usage-based-routing-v2": "intelligent",
    "cost-based-routing": "cost",
}
_PARAMETERS = frozenset(
    {"model", "api_key", "api_base", "base_url", "rpm", "tpm", "weight", "max_parallel_requests", "extra_headers",
     "headers", "timeout", "stream_timeout", "input_cost_per_token", "output_cost_per_token", "custom_llm_provider"}
)  # fmt: skip
_SECTIONS = frozenset(
    {"model_list", "router_settings", "litellm_settings", "general_settings", "environment_variables"}
)
_ROUTER = frozenset({"routing_strategy", "fallbacks", "default_fallbacks", "model_group_alias", "num_retries"})
_ANYWHERE = ("fallbacks", "default_fallbacks")
"""Settings of the router that may stand in `litellm_settings` too."""
_MILLION = 1_000_000


class Deployment(Struct, frozen=True):
    """One entry of `model_list`: the name clients use, and where it is served under which name."""

    group: str
    vendor: Vendor
    model: str
    key: str | None
    base: str
    auth: tuple[tuple[str, str], ...]
    parameters: Mapping[str, Any]

    @property
    def place(self) -> "Place":
        return self.vendor.type, self.base, self.key, self.auth


Place: TypeAlias = tuple[str, str, str | None, tuple[tuple[str, str], ...]]
"""Deployments that have all of this in common are of one provider."""


def convert(text: str, env: Mapping[str, str], *, file: str) -> Converted:
    """Raises `ConversionError`."""
    document = _document(text, file)
    lost: list[str] = []
    deployments = list(_deployments(document["model_list"], lost))
    if not deployments:
        raise ConversionError("\n".join([f"no model of {file} can be taken over", *lost]))
    names = _names(deployments)
    config: dict[str, Any] = {
        "Providers": list(_providers(deployments, names, lost)),
        "Router": _router(deployments, names, _routing(document, lost), lost),
    }
    _settings(document, config, lost)
    lost += [f"{key}: has no counterpart" for key in document if key not in _SECTIONS]
    body = msgspec.json.format(msgspec.json.encode(config), indent=2).decode()
    made = f"// Made from LiteLLM's {file.rpartition('/')[2]}.\n{body}\n"
    return checked(made, env, file=file, lost=tuple(dict.fromkeys(lost)))


def _document(text: str, file: str) -> dict[str, Any]:
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}" if mark is not None else ""
        raise ConversionError(f"{file}{where}: is not YAML: {getattr(error, 'problem', None) or error}") from None
    if not isinstance(document, dict) or not isinstance(document.get("model_list"), list):
        raise ConversionError(f"{file} has no model_list; it is no configuration of LiteLLM")
    return document


def _object(document: Mapping[str, Any], key: str, lost: list[str]) -> Mapping[str, Any]:
    value = document.get(key) or {}
    if not isinstance(value, dict):
        lost.append(f"{key}: is no mapping")
        return {}
    return value


def _routing(document: Mapping[str, Any], lost: list[str]) -> Mapping[str, Any]:
    """`router_settings`, with the fallbacks that LiteLLM takes from `litellm_settings` as well."""
    elsewhere = _object(document, "litellm_settings", lost)
    moved = {key: elsewhere[key] for key in _ANYWHERE if key in elsewhere}
    return {**moved, **_object(document, "router_settings", lost)}


def _deployments(entries: Iterable[Any], lost: list[str]) -> Iterator[Deployment]:
    for number, entry in enumerate(entries):
        at = f"model_list[{number}]"
        parameters = entry.get("litellm_params") if isinstance(entry, dict) else None
        if not isinstance(parameters, dict) or not isinstance(parameters.get("model"), str):
            lost.append(f"{at}: has no litellm_params.model")
            continue
        found = vendor_of(parameters["model"], parameters)
        if found is None:
            lost.append(f"{at}: {parameters['model']} is of a kind that has no counterpart here")
            continue
        vendor, model = found
        base = _text(parameters.get("api_base") or parameters.get("base_url")) or vendor.base
        if base is None:
            lost.append(f"{at}: {parameters['model']} has no api_base")
            continue
        known = _PARAMETERS | vendor.parameters.keys()
        lost += [f"{at}.litellm_params.{key}: has no counterpart" for key in parameters if key not in known]
        key = _text(parameters.get("api_key")) or (f"${{{vendor.variable}}}" if vendor.variable else None)
        auth = {} if key else {name: _text(value) or "" for name, value in auth_of(vendor, parameters).items()}
        base = base.replace("{region}", auth.get("region", "${AWS_REGION}"))
        name = str(entry.get("model_name", model))
        yield Deployment(name, vendor, model, key, base, tuple(sorted(auth.items())), parameters)


def _text(value: Any) -> str | None:
    """With LiteLLM's `os.environ/NAME` in our words."""
    if value is None:
        return None
    text = str(value)
    return f"${{{text.removeprefix('os.environ/')}}}" if text.startswith("os.environ/") else text


def _names(deployments: Iterable[Deployment]) -> dict[Place, str]:
    """A name for each provider: the vendor's, numbered where there are several."""
    names: dict[Place, str] = {}
    for one in deployments:
        if one.place not in names:
            count = sum(
                name.rpartition("-")[0] == one.vendor.name or name == one.vendor.name for name in names.values()
            )
            names[one.place] = f"{one.vendor.name}-{count + 1}" if count else one.vendor.name
    return names


def _providers(
    deployments: Iterable[Deployment], names: Mapping[Place, str], lost: list[str]
) -> Iterator[dict[str, Any]]:
    every = list(deployments)
    for place, name in names.items():
        own = [one for one in every if one.place == place]
        provider: dict[str, Any] = {"name": name, "type": place[0], "api_base_url": place[1]}
        if place[2] is not None:
            provider["api_key"] = place[2]
        if place[3]:
            provider["auth"] = dict(place[3])
        provider["models"] = list(dict.fromkeys(one.model for one in own))
        provider |= _limits(name, own, lost)
        headers = own[0].parameters.get("extra_headers") or own[0].parameters.get("headers")
        if isinstance(headers, dict):
            provider["headers"] = {key: _text(value) for key, value in headers.items()}
        if prices := {one.model: cost for one in own if (cost := _prices(one.parameters))}:
            provider["prices"] = prices
        yield provider


def _limits(name: str, own: list[Deployment], lost: list[str]) -> dict[str, Any]:
    """Ours are a provider's: where it has several models, theirs are added up."""
    limits: dict[str, Any] = {}
    for ours, theirs in (("rpm", "rpm"), ("tpm", "tpm"), ("concurrency", "max_parallel_requests")):
        given = [one.parameters[theirs] for one in own if isinstance(one.parameters.get(theirs), int)]
        if given and len(given) == len(own):
            limits[ours] = sum(given)
        elif given:
            lost.append(f"{theirs} of single models of {name}: limits are a provider's here")
    made: dict[str, Any] = {"limits": limits} if limits else {}
    timeout = own[0].parameters.get("timeout")
    if isinstance(timeout, int | float):
        made["timeouts"] = {"first_byte": timeout}
    return made


def _prices(parameters: Mapping[str, Any]) -> dict[str, float]:
    """Ours are for a million tokens."""
    pairs = (("input", "input_cost_per_token"), ("output", "output_cost_per_token"))
    return {
        ours: round(parameters[theirs] * _MILLION, 6)
        for ours, theirs in pairs
        if isinstance(parameters.get(theirs), int | float)
    }


def _router(
    deployments: list[Deployment],
    names: Mapping[Place, str],
    settings: Mapping[str, Any],
    lost: list[str],
) -> dict[str, Any]:
    """A family for each model name, and the first of them as the default."""
    strategy = str(settings.get("routing_strategy", "simple-shuffle"))
    if strategy not in _STRATEGIES:
        lost.append(f"router_settings.routing_strategy: there is no {strategy} here; the order written is kept")
    groups: dict[str, list[dict[str, Any]]] = {}
    for one in deployments:
        target: dict[str, Any] = {"provider": names[one.place], "model": one.model}
        weight = one.parameters.get("weight", one.parameters.get("rpm"))
        if isinstance(weight, int | float):
            target["weight"] = weight
        groups.setdefault(one.group, []).append(target)
    fallbacks = _fallbacks(settings, groups, lost)
    families = {
        group: _route(targets, _STRATEGIES.get(strategy), fallbacks.get(group, []))
        for group, targets in groups.items()
        if "*" not in group
    }
    lost += [
        f"model_name {group}: patterns are not taken over; clients ask for provider,model"
        for group in groups
        if "*" in group
    ]
    for alias, group in _aliases(settings):
        if group in families:
            families[alias] = families[group]
    lost += [f"router_settings.{key}: has no counterpart" for key in settings if key not in _ROUTER]
    first = next(iter(families.values()), None) or _route(next(iter(groups.values())), None, [])
    return {"default": first, "families": families}


def _route(targets: list[dict[str, Any]], strategy: str | None, fallback: list[str]) -> dict[str, Any]:
    route: dict[str, Any] = {"targets": targets}
    if strategy and len(targets) > 1:
        route["strategy"] = strategy
    if fallback:
        route["fallback"] = fallback
    return route


def _fallbacks(
    settings: Mapping[str, Any], groups: Mapping[str, list[dict[str, Any]]], lost: list[str]
) -> dict[str, list[str]]:
    """Group → targets of the groups that follow it; `default_fallbacks` follow all of them."""
    found: dict[str, list[str]] = {}
    for entry in settings.get("fallbacks") or []:
        for group, nexts in entry.items() if isinstance(entry, dict) else ():
            found.setdefault(str(group), []).extend(_targets(nexts, groups, lost))
    everybody = _targets(settings.get("default_fallbacks") or [], groups, lost)
    return {
        group: [one for one in dict.fromkeys((*found.get(group, []), *everybody)) if one not in _written(groups[group])]
        for group in groups
    }


def _targets(nexts: Any, groups: Mapping[str, list[dict[str, Any]]], lost: list[str]) -> list[str]:
    targets: list[str] = []
    for name in nexts if isinstance(nexts, list) else [nexts]:
        if name in groups:
            targets += _written(groups[name])
        else:
            lost.append(f"router_settings.fallbacks: {name} is no model_name that was taken over")
    return targets


def _written(targets: Iterable[Mapping[str, Any]]) -> list[str]:
    return [f"{one['provider']},{one['model']}" for one in targets]


def _aliases(settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    aliases = settings.get("model_group_alias")
    for alias, group in aliases.items() if isinstance(aliases, dict) else ():
        yield str(alias), str(group.get("model") if isinstance(group, dict) else group)


def _settings(document: Mapping[str, Any], config: dict[str, Any], lost: list[str]) -> None:
    """The proxy's own key, and what is left of the other sections."""
    general = _object(document, "general_settings", lost)
    if key := _text(general.get("master_key")):
        config["APIKEY"] = key
    lost += [f"general_settings.{key}: has no counterpart" for key in general if key != "master_key"]
    for section in ("litellm_settings", "environment_variables"):
        left = (key for key in _object(document, section, lost) if key not in _ANYWHERE)
        lost += [f"{section}.{key}: has no counterpart" for key in left]
