"""Anthropic Messages: what its requests, answers, streams and errors mean."""

from fairlead.shared.dialect import Dialect
from fairlead.shared.dialects.anthropic.errors import decode_failure, encode_failure, failure_event, failure_status
from fairlead.shared.dialects.anthropic.request import decode_request, encode_request
from fairlead.shared.dialects.anthropic.response import decode_response, encode_response
from fairlead.shared.dialects.anthropic.stream_in import Decoder, Watcher
from fairlead.shared.dialects.anthropic.stream_out import PING, Encoder, sign_of_life

ANTHROPIC = Dialect(
    name="anthropic",
    decode_request=decode_request,
    encode_request=encode_request,
    decode_response=decode_response,
    encode_response=encode_response,
    stream_decoder=Decoder,
    stream_watcher=Watcher,
    stream_encoder=Encoder,
    decode_failure=decode_failure,
    encode_failure=encode_failure,
    failure_status=failure_status,
    failure_event=failure_event,
    ping=PING,
    request_id_header="request-id",
    sign_of_life=sign_of_life,
)
