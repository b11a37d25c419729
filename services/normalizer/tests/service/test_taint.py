"""Secrets in every place where there may be one, and nothing of them in anything that leaves the service."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from ..credentials.auth_server import Answer, AuthServer, said
from ..credentials.google_server import key_pair, service_account, written
from .logins import Normalizer, World, process, world

KEY = "canary-client-key"
CANARIES = {
    "DROID_REFRESH_KEY": "canary-refresh-from-env",
    "FACTORY_ORG_ID": "org",
    "CLIENT_SECRET": "canary-client-secret-from-env",
    "AUDIENCE": "canary-of-a-parameter",
    "CLIENT_KEY": KEY,
}
CONFIG = """{{
  endpoint: [{{name: 'factory', base_url: '{url}/v1/messages'}}],
  models: [{{id: 'factory', type: 'factory'}}],
  APIKEY: '$CLIENT_KEY', REDIS_URL: 'redis://:canary-redis-password@127.0.0.1:1/0',
  Providers: [
    {{name: 'o', api_base_url: '{url}/v1/messages', models: ['oauth'], auth: {{type: 'oauth', token_url: '{url}/token',
      client_id: 'id', client_secret: '$CLIENT_SECRET', refresh_token_file: '{file}', auth_method: 'client_secret_post'}}}},
    {{name: 'c', api_base_url: '{url}/v1/messages', models: ['own'], auth: {{type: 'client_credentials',
      token_url: '{url}/token', client_id: 'id', client_secret: 'canary-client-secret-in-config',
      params: {{audience: '$AUDIENCE'}}}}}},
  ],
}}"""
ECHO = {
    "error": "canary-as-a-code",
    "error_description": "the token canary-refresh-from-env, canary-in-a-file and canary-client-secret-from-env",
    "access_token": None,
    "refresh_token": "canary-in-an-error",
}


@pytest.fixture
async def provider() -> AsyncIterator[World]:
    async with world(AuthServer(CANARIES["DROID_REFRESH_KEY"], now=time.time())) as made:
        yield made


@pytest.mark.parametrize("auth_json", [True, False], ids=["auth.json", "environment"])
async def test_no_secret_leaves(provider: World, tmp_path: Path, auth_json: bool) -> None:
    home, file = tmp_path / "home", tmp_path / "refresh"
    (home / ".factory").mkdir(parents=True)
    (home / ".factory" / "auth.json").write_text(
        json.dumps({"access_token": "canary-stale-access", "refresh_token": "canary-in-auth-json", "x": "canary-x"})
    )
    file.write_text("canary-in-a-file")
    env = {**CANARIES, "FACTORY_TOKEN_URL": f"{provider.url}/token"}
    if auth_json:
        del env["DROID_REFRESH_KEY"]
    granted = said(200, access_token="canary-access-token-granted", refresh_token="canary-rotated")
    left: list[str] = []
    for answer in (said(400, **{**ECHO, "error": "invalid_grant"}), (200, b"canary-garbage"), granted):
        provider.server.does[:] = [lambda answer=answer: answer] * 40
        # A provider may repeat what it is shown.
        provider.refuses = b'{"error":{"message":"Invalid token canary-access-token-granted"}}'
        async with process(home, CONFIG.format(url=provider.url, file=file), **env) as normalizer:
            left += await said_by(normalizer)
        left.append(normalizer.log)
    told = "\n".join(left)
    assert "token not renewed" in told
    assert "token renewed" in told
    assert "/token" not in told
    found = [line for line in told.splitlines() if "canary" in line]
    assert found == []


async def said_by(normalizer: Normalizer, models: Iterable[str] = ("factory", "oauth", "own")) -> list[str]:
    """Everything that it answers, headers and all. Models are asked at once: what is turned away is tried again later."""
    async with httpx2.AsyncClient(trust_env=False, timeout=60, headers={"x-api-key": KEY}) as client:
        asked = []
        for model in models:
            for path in ("/v1/messages", "/v1/chat/completions"):
                body = {"model": model, "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}]}
                asked.append(client.post(normalizer.url + path, json=body))
        answers = await asyncio.gather(*asked)
        for path in ("/", "/health", "/ready", "/metrics", "/api/credentials", "/v1/models", "/nothing"):
            answers.append(await client.get(normalizer.url + path))
    return [f"{answer.headers.raw!r}\n{answer.text}" for answer in answers]


class Echo(World):
    """A provider that refuses everybody, and repeats whatever it was shown."""

    status = 401

    async def _answer(self, scope: dict[str, Any], body: bytes) -> Answer:
        if scope["path"] == "/token":
            return await super()._answer(scope, body)
        shown = [value.decode("latin-1") for _, value in scope["headers"]]
        message = f"refused: {' '.join(shown)} {scope['query_string'].decode()}"
        # In the words of each dialect.
        return said(self.status, type="error", error={"type": "x", "message": message, "code": self.status})


OTHERS = """{{
  APIKEY: '$CLIENT_KEY',
  Providers: [
    {{name: 'env', api_base_url: '{url}/v1/messages', api_key: '$API_KEY', models: ['env']}},
    {{name: 'many', api_base_url: '{url}/v1', api_keys: ['canary-key-one', 'canary-key-two'], models: ['many']}},
    {{name: 'file', api_base_url: '{url}/v1', api_keys_file: '{keys}', models: ['file']}},
    {{name: 'gemini', type: 'gemini', api_base_url: '{url}/v1beta', api_key: 'canary-gemini-key', models: ['gemini']}},
    {{name: 'header', api_base_url: '{url}/v1', headers: {{'api-key': '$API_KEY'}}, models: ['header']}},
    {{name: 'proxied', api_base_url: 'http://h.example/v1', proxy: 'http://u:canary-proxy-password@127.0.0.1:1', models: ['proxied']}},
    {{name: 'aws', type: 'bedrock-claude', api_base_url: '{url}', models: ['aws'], auth: {{type: 'aws', region: 'x',
      access_key_id: 'canary-access-key-id', secret_access_key: '$API_KEY', session_token: 'canary-session-token'}}}},
    {{name: 'vertex', type: 'vertex-claude', api_base_url: '{url}', models: ['vertex'], auth: {{type: 'google',
      credentials_file: '{account}', quota_project: 'my-project-2'}}}},
    {{name: 'written', type: 'vertex-gemini', api_base_url: '{url}', api_key: '$SERVICE_ACCOUNT', models: ['written']}},
    {{name: 'through', api_base_url: '{url}/v1', auth: 'passthrough', models: ['through']}},
  ],
}}"""
MODELS = ("env", "many", "file", "gemini", "header", "proxied", "aws", "vertex", "written", "through")


@pytest.mark.parametrize("status", [401, 429])
async def test_no_key_and_no_token_of_any_other_kind_leaves(tmp_path: Path, status: int) -> None:
    keys = tmp_path / "keys"
    keys.write_text("canary-key-in-a-file\ncanary-another-in-a-file\n")
    async with world(AuthServer(now=time.time()), Echo) as provider:
        provider.status = status  # type: ignore[attr-defined]
        told = service_account(f"{provider.url}/token", private_key_id="canary-private-key-id")
        refusals = [lambda: said(400, **{**ECHO, "error": "invalid_grant"})]
        tokens = [lambda: said(200, access_token="canary-google-token-1", expires_in=3600)] * 9
        provider.server.does[:] = [*refusals, *tokens]
        config = OTHERS.format(url=provider.url, keys=keys, account=written(tmp_path, told))
        env = {"API_KEY": "canary-api-key-from-env", "CLIENT_KEY": KEY, "SERVICE_ACCOUNT": json.dumps(told)}
        async with process(tmp_path / "home", config, **env) as normalizer:
            # One login is refused by Google; the token of the other is repeated by the provider.
            left = await said_by(normalizer, MODELS)
            left += await said_by(normalizer, MODELS)
        left.append(normalizer.log)
    everything = "\n".join(left)
    assert "refused: " in everything
    assert "everybody on this machine can read a secret" in everything
    assert [line for line in everything.splitlines() if "canary" in line] == []
    private = [line for line in key_pair()[0].splitlines() if len(line) > 20]
    assert [line for line in private if line in everything] == []
