"""CodeWhisperer, which Amazon Q and Kiro talk to: what is said to it and what it streams. It has no clients of ours."""

from fairlead.shared.conversation import Message
from fairlead.shared.dialect import ProviderDialect
from fairlead.shared.dialects.codewhisperer.errors import decode_failure
from fairlead.shared.dialects.codewhisperer.request import encode_request
from fairlead.shared.dialects.codewhisperer.stream import NAME, Decoder
from fairlead.shared.failure import FailureError


def decode_response(body: bytes) -> Message:
    """Raises `FailureError`: an answer is always a stream, so JSON in its place says why there is none."""
    raise FailureError(decode_failure(500, body))


CODEWHISPERER = ProviderDialect(
    name=NAME,
    encode_request=encode_request,
    decode_response=decode_response,
    stream_decoder=Decoder,
    stream_watcher=Decoder,
    decode_failure=decode_failure,
)
