"""Takes off what a vendor puts around its stream, as it arrives."""

from collections.abc import AsyncIterator

from fairlead.shared.failure import FailureError
from fairlead.shared.framing import Unwrapper


async def unwrapped(chunks: AsyncIterator[bytes], unwrapper: Unwrapper) -> AsyncIterator[bytes]:
    """The dialect's own bytes. Raises `FailureError` where what is around them cannot be read, and what `chunks` do."""
    async for chunk in chunks:
        out = unwrapper.feed(chunk)
        if out:
            yield out
        if unwrapper.failure is not None:
            raise FailureError(unwrapper.failure)
    out = unwrapper.close()
    if out:
        yield out
    if unwrapper.failure is not None:
        raise FailureError(unwrapper.failure)
