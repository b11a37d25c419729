"""Gemini generateContent: what its requests, answers, streams and errors mean.

Model and streaming stand in the URL: an endpoint puts them among the peeked fields (`model`, `stream`), and a provider
builds the URL from the neutral request; the encoded body names neither.
"""

from fairlead.shared.dialect import Dialect
from fairlead.shared.dialects.gemini.errors import decode_failure, encode_failure, failure_event, failure_status
from fairlead.shared.dialects.gemini.request_in import decode_request
from fairlead.shared.dialects.gemini.request_out import encode_request
from fairlead.shared.dialects.gemini.response import decode_response, encode_response
from fairlead.shared.dialects.gemini.signatures import NAME
from fairlead.shared.dialects.gemini.stream_in import Decoder, Watcher
from fairlead.shared.dialects.gemini.stream_out import PING, Encoder, named_ping

GEMINI = Dialect(
    name=NAME,
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
    request_id_header="x-request-id",
    named_ping=named_ping,
)
