"""The way to a provider past the transformers of the user's own: each sees the request on its way out, the last first
the response on its way back. They are the user's code, named in the configuration, and may send it anywhere."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import httpx2

from fairlead.shared.config.schema import Provider, TransformerUse
from fairlead.shared.failure import FailureError
from fairlead.shared.runtime.upstream_headers import first

from .talk import Head, Talk, failure_of
from .worker import Worker
from .workshop import Workshop

_OF_THE_BODY = frozenset({"content-length", "content-encoding", "transfer-encoding", "connection"})
"""Headers that say how a body came, and not what it is."""
_KEY_HEADERS = ("authorization", "x-api-key", "api-key", "x-goog-api-key")


class Chain(httpx2.AsyncBaseTransport):
    """`uses` in their order, on the way that `inner` leads. Raises `FailureError` beside what `inner` raises."""

    def __init__(
        self, inner: httpx2.AsyncBaseTransport, uses: Sequence[TransformerUse], workshop: Workshop, provider: Provider
    ) -> None:
        self._inner = inner
        self._uses = uses
        self._workshop = workshop
        self._shown = _shown(provider)

    def __repr__(self) -> str:
        return f"<Chain {[use.name for use in self._uses]}>"

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        way = self._inner
        for use in reversed(self._uses):
            worker = await self._workshop.of(use.name)
            if worker is not None:
                way = _Step(way, worker, use.options, self._shown)
        return await way.handle_async_request(request)

    async def aclose(self) -> None:
        """Who made `inner` closes it."""


class _Step(httpx2.AsyncBaseTransport):
    """One transformer, on the way that `inner` leads."""

    def __init__(
        self,
        inner: httpx2.AsyncBaseTransport,
        worker: Worker,
        options: Mapping[str, Any],
        provider: Mapping[str, Any],
    ) -> None:
        self._inner = inner
        self._worker = worker
        self._options = {**worker.options, **options}
        self._provider = provider

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        talk = self._worker.talk()
        try:
            return await self._through(talk, request)
        except BaseException:
            await talk.aclose()
            raise

    async def _through(self, talk: Talk, request: httpx2.Request) -> httpx2.Response:
        assert isinstance(request.stream, httpx2.AsyncByteStream), "an asynchronous call has such a body"
        body = b"".join([part async for part in request.stream])
        provider = {**self._provider, "apiKey": _key(request.headers)}
        asked = await talk.request(body, provider, self._options, request.headers.get("x-request-id", ""))
        response = await self._inner.handle_async_request(
            httpx2.Request(
                request.method,
                _url(asked.url, request.url, self._worker.name),
                headers=_headers(request.headers, asked.headers),
                stream=httpx2.ByteStream(bytes(asked.body)),
                extensions=request.extensions,
            )
        )
        try:
            if not asked.answers or not response.is_success:
                await talk.aclose()
                return response
            return await _answered(talk, response)
        except BaseException:
            await response.aclose()
            raise


async def _answered(talk: Talk, response: httpx2.Response) -> httpx2.Response:
    head = Head(response.status_code, _plain(response.headers))
    encoded = first(response.headers.raw, b"content-encoding")
    chunks: AsyncIterator[bytes] = response.aiter_bytes() if encoded else aiter(response.stream)  # type: ignore[arg-type]  # every response here is async
    told = await talk.response(head, chunks)
    # What the user's code does not repeat, such as limits, is still known.
    headers = {**head.headers, **_plain(httpx2.Headers(dict(told.headers)))}
    return httpx2.Response(told.status, headers=headers, stream=_Body(talk, response))


class _Body(httpx2.AsyncByteStream):
    """The body as the transformer tells it, while the provider's flows."""

    def __init__(self, talk: Talk, response: httpx2.Response) -> None:
        self._talk = talk
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for data in self._talk.body():
            yield data

    async def aclose(self) -> None:
        try:
            await self._talk.aclose()
        finally:
            await self._response.aclose()


def _plain(headers: httpx2.Headers) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in _OF_THE_BODY}


def _headers(ours: httpx2.Headers, changed: Mapping[str, str | None]) -> httpx2.Headers:
    """What was not said is left out, and so is a credential that was made of what is not there."""
    headers = httpx2.Headers(ours)
    headers.pop("content-length", None)
    for name, value in changed.items():
        headers.pop(name, None)
        if value is not None and not (name.lower() == "authorization" and "undefined" in value):
            headers[name] = value
    return headers


def _url(given: str | None, ours: httpx2.URL, name: str) -> httpx2.URL:
    if given is None:
        return ours
    try:
        url = ours.join(given)
    except httpx2.InvalidURL as error:
        raise FailureError(failure_of(name, f"gives a URL that is none ({error})")) from error
    if url.scheme not in ("http", "https"):
        raise FailureError(failure_of(name, f"gives a URL that is not http or https: {url}"))
    return url


def _key(headers: httpx2.Headers) -> str:
    """The credential of this call, as the user's code expects it."""
    found = next((headers[name] for name in _KEY_HEADERS if name in headers), "")
    return found.removeprefix("Bearer ")


def _shown(provider: Provider) -> dict[str, Any]:
    uses = [[use.name, use.options] for use in provider.transformer.use]
    return {
        "name": provider.name,
        "baseUrl": provider.api_base_url,
        "models": provider.models,
        "transformer": {"use": uses},
    }
