"""`/api/presets`: which there are, what they say, what is wrong with them, and how one goes; for whoever may."""

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fairlead.router.policy import name_of
from fairlead.router.reception import Caller, Reception
from fairlead.router.steering import Steering
from fairlead.shared.codec import encode
from fairlead.shared.config import ConfigError
from fairlead.shared.config.inputs import Input
from fairlead.shared.config.loading import read_text
from fairlead.shared.config.manifest import Manifest, read_manifest
from fairlead.shared.config.masking import masked
from fairlead.shared.config.schema import Preset, Provider, Target
from fairlead.shared.dialect import Dialect
from fairlead.shared.failure import Kind, refuse
from fairlead.shared.queries import parameters
from fairlead.shared.runtime.asgi import Receive, Scope, Send, respond_told

from .config import NO_FILE


class PresetsEndpoint:
    """All of them, and each by its name."""

    def __init__(self, dialect: Dialect, reception: Reception, steering: Steering | None) -> None:
        self._dialect = dialect
        self._reception = reception
        self._steering = steering

    def __repr__(self) -> str:
        return f"<PresetsEndpoint {self._steering!r}>"

    async def tell(self, caller: Caller, _scope: Scope, _receive: Receive, send: Send) -> None:
        """GET."""
        await respond_told(send, self._told(caller), self._dialect, caller.request_id)

    async def delete(self, caller: Caller, _scope: Scope, _receive: Receive, send: Send) -> None:
        """DELETE."""
        await respond_told(send, self._deleted(caller), self._dialect, caller.request_id)

    async def _told(self, caller: Caller) -> bytes:
        steering, name = self._let_in(caller), caller.named.get("name")
        if name is None:
            return encode(
                {
                    "presets": await asyncio.to_thread(
                        lambda: [_in_short(one, _manifest(one)) for one in steering.presets]
                    )
                }
            )
        preset = next((one for one in steering.presets if one.name == name), None)
        if preset is None:
            raise refuse(Kind.NOT_FOUND, f"there is no preset {name[:80]}", param="name")
        return encode(await asyncio.to_thread(whole, preset))

    async def _deleted(self, caller: Caller) -> bytes:
        steering, name = self._let_in(caller), caller.named.get("name") or ""
        await steering.drop(name)
        return encode({"success": True, "name": name})

    def _let_in(self, caller: Caller) -> Steering:
        """Raises `FailureError`."""
        self._reception.administer(caller)
        parameters(caller.query)
        if self._steering is None:
            raise refuse(Kind.CONFLICT, NO_FILE)
        return self._steering


def whole(preset: Preset) -> dict[str, Any]:
    """Everything but answers, which may be secrets."""
    manifest = _manifest(preset)
    router = preset.router
    return {
        **_in_short(preset, manifest),
        "providers": [_provider(preset, one) for one in preset.providers],
        "router": {name: _names(route.targets) for name, route in router.scenarios.items()},
        "fallback": {name: _names(targets) for name, targets in _fallbacks(preset)},
        "inputs": [_input(one, manifest) for one in manifest.inputs] if manifest is not None else [],
    }


def _in_short(preset: Preset, manifest: Manifest | None) -> dict[str, Any]:
    return {
        "name": preset.name,
        "path": f"/preset/{preset.name}",
        "file": preset.file,
        "served": not preset.problems,
        "problems": preset.problems,
        "about": {key: masked(value) for key, value in manifest.about.items()} if manifest is not None else {},
    }


def _manifest(preset: Preset) -> Manifest | None:
    """As it is now; None for one that cannot be read, whose problems say so."""
    try:
        return read_manifest(read_text(Path(preset.file)), file=preset.file, folder=str(Path(preset.file).parent))
    except ConfigError:
        return None


def _provider(preset: Preset, provider: Provider) -> dict[str, Any]:
    return {
        "name": provider.name.removeprefix(f"{preset.name}/"),
        "api_base_url": masked(provider.api_base_url),
        "type": provider.type,
        "models": provider.models,
        "disabled": provider.disabled_because,
    }


def _fallbacks(preset: Preset) -> Iterator[tuple[str, tuple[Target, ...]]]:
    for name in dict.fromkeys((*preset.router.scenarios, *preset.fallback)):
        route = preset.router.scenarios.get(name)
        targets = (*(route.fallback if route is not None else ()), *preset.fallback.get(name, ()))
        if targets:
            yield name, targets


def _names(targets: tuple[Target, ...]) -> list[str]:
    return [name_of(target) for target in targets]


def _input(one: Input, manifest: Manifest) -> Mapping[str, Any]:
    return {
        "id": one.id,
        "type": one.type,
        "label": one.label,
        "prompt": one.prompt,
        "required": one.required,
        "answered": one.id in manifest.given,
    }
