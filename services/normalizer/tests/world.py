"""What credential sources are given in tests: time that stands where it is put, and nobody to call."""

import httpx2

from fairlead.normalizer.credentials import Surroundings


async def _no_pause(_seconds: float) -> None:
    """Time does not pass."""


async def _nobody(request: httpx2.Request) -> httpx2.Response:
    raise AssertionError(f"nobody was to be called, but {request.url} was")


NOBODY = Surroundings(httpx2.MockTransport(_nobody), lambda: 0.0, lambda: 1_700_000_000.0, lambda: 0.0, _no_pause)
