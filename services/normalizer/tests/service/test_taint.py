"""Secrets in every place where there may be one, and nothing of them in anything that leaves the service."""

import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from ..credentials.auth_server import AuthServer, said
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


async def said_by(normalizer: Normalizer) -> list[str]:
    """Everything that it answers, headers and all."""
    async with httpx2.AsyncClient(trust_env=False, timeout=60, headers={"x-api-key": KEY}) as client:
        answers = []
        for model in ("factory", "oauth", "own"):
            for path in ("/v1/messages", "/v1/chat/completions"):
                body = {"model": model, "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}]}
                answers.append(await client.post(normalizer.url + path, json=body))
        for path in ("/", "/health", "/ready", "/metrics", "/api/credentials", "/v1/models", "/nothing"):
            answers.append(await client.get(normalizer.url + path))
    return [f"{answer.headers.raw!r}\n{answer.text}" for answer in answers]
