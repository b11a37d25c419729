"""Asks the router that runs: where it is, with which key, and what can be wrong on the way."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

import httpx2
import msgspec
from msgspec import Struct

from fairlead.router.cli.verb import CommandError, Environment
from fairlead.shared.config import Config, ConfigError, load, settings, urls
from fairlead.shared.config.schema import Secret
from fairlead.shared.config.settings import Flags

KEY = "FAIRLEAD_KEY"
"""A client key of the router; the one of the configuration goes only to where the configuration says."""

SECONDS = 10.0
"""For one answer; the router keeps what it is asked for in its memory."""

_EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104


class Place(Struct, frozen=True):
    """A router: its base URL, and a key that opens it, if one is known."""

    url: str
    key: Secret | None = None


def takes(parser: ArgumentParser) -> None:
    """The flags that say which router is meant."""
    parser.add_argument("--url", help="the router (where the configuration says, else http://127.0.0.1:3456)")
    parser.add_argument("--config", metavar="FILE", help="configuration (~/.fairlead/config.json)")


def place_of(options: Namespace, env: Environment) -> Place:
    """The router that is meant. Raises `CommandError` for an address or a configuration that cannot be used."""
    own = env.get(KEY)
    if options.url is not None:
        if fault := urls.fault_of(options.url):
            raise CommandError(f"--url {options.url}: {fault}")
        return Place(options.url.rstrip("/"), Secret(own) if own else None)
    try:
        return _configured(Flags(config=options.config), env, Secret(own) if own else None)
    except ConfigError as error:
        raise CommandError(
            f"the configuration cannot be used; --url says where the router is without it:\n{error}"
        ) from error


def _configured(flags: Flags, env: Environment, key: Secret | None) -> Place:
    path = settings.find_config(flags, env, Path(env.get("HOME") or Path.home()), Path.exists)
    config = load(path, env, resolve_secrets=False).config if path else Config()
    resolved = settings.resolve("router", flags, env, config)
    host = settings.LOOPBACK if resolved.host in _EVERYWHERE else resolved.host
    unlimited = next((one.key for one in config.client_keys if one.is_unlimited), None)
    return Place(f"http://{f'[{host}]' if ':' in host else host}:{resolved.port}", key or unlimited)


def get(place: Place, path: str) -> bytes:
    """The body of a good answer. Raises `CommandError` for any other, in words that say what to do."""
    headers = {"authorization": f"Bearer {place.key.value}"} if place.key is not None else {}
    try:
        with httpx2.Client(trust_env=False, timeout=SECONDS) as client:
            answer = client.get(place.url + path, headers=headers)
    except httpx2.ConnectError as error:
        raise CommandError(f"no router answers at {place.url}; start one, or say with --url where it is") from error
    except httpx2.HTTPError as error:
        raise CommandError(f"what answers at {place.url} is no router, or is stuck: {error}") from error
    if answer.is_success:
        return answer.content
    raise CommandError(_fault(place, answer))


def _fault(place: Place, answer: httpx2.Response) -> str:
    if answer.status_code == httpx2.codes.UNAUTHORIZED:
        what = "wants a client key" if place.key is None else "does not know this client key"
        return f"the router at {place.url} {what}; put one that opens everything into {KEY}"
    told = _message(answer.content)
    if told is None:
        return f"what answers at {place.url} is no router: HTTP {answer.status_code}"
    return told


class _Error(Struct):
    message: str


class _Body(Struct):
    error: _Error


def _message(body: bytes) -> str | None:
    """What an error of the router says."""
    try:
        return msgspec.json.decode(body, type=_Body).error.message
    except msgspec.MsgspecError:
        return None


def read(place: Place, body: bytes, kind: type[Any]) -> Any:
    """An answer as `kind`. Raises `CommandError`."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError as error:
        raise CommandError(f"what answers at {place.url} is no router of this version: {error}") from error
