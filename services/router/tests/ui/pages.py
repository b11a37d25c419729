"""Pages as a browser without scripts has them: what a form holds, and what comes of sending it."""

import re
from html import unescape
from pathlib import Path
from typing import Any

import httpx2

ADMIN, CLIENT = "admin-key-0123456789", "client-key-0123456789"
KEYS = {"": "", "with keys": f'APIKEY: "{CLIENT}", ADMIN_KEY: "{ADMIN}",'}

_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
_TEXT = re.compile(r'<textarea[^>]* name="text"[^>]*>\n(.*?)</textarea>', re.DOTALL)
_TOKEN = re.compile(r'"x-csrf-token": "([0-9a-f]+)"|name="csrf" value="([0-9a-f]+)"')


def token_in(page: str) -> str:
    found = _TOKEN.search(page)
    assert found is not None
    return found[1] or found[2]


def text_in(page: str) -> str:
    """What is in the editor."""
    found = _TEXT.search(page)
    assert found is not None
    return unescape(found[1])


def fields_in(page: str) -> dict[str, str]:
    """Of all forms of a page, the hidden ones and the text."""
    fields = {name: unescape(value) for name, value in _HIDDEN.findall(page)}
    return {**fields, "text": text_in(page)} if _TEXT.search(page) else fields


def said(file: Path) -> str:
    return file.read_text()


def put(file: Path, content: str) -> None:
    file.write_text(content)


class Visitor:
    """Somebody who looks at the dashboard at `url`, and logs in where that is asked for."""

    def __init__(self, url: str) -> None:
        self.client = httpx2.AsyncClient(base_url=f"{url}/ui/", timeout=20, follow_redirects=True)

    async def __aenter__(self) -> "Visitor":
        page = await self.client.get("")
        if 'name="key"' in page.text:
            await self.client.post("login", data={"csrf": token_in(page.text), "key": ADMIN})
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.aclose()

    async def get(self, path: str, **query: str) -> httpx2.Response:
        return await self.client.get(path, params=query)

    async def send(self, path: str, page: httpx2.Response, **fields: Any) -> httpx2.Response:
        """The form of a page with these fields in it, as a browser sends it: lines end in CR LF."""
        sent = {**fields_in(page.text), "csrf": token_in(page.text), **fields}
        encoded = {name: re.sub(r"\r\n|\n", "\r\n", value) for name, value in sent.items()}
        return await self.client.post(path, data=encoded, headers={"sec-fetch-site": "same-origin"})
