"""OpenAI chat completions, with fairlead's documented extension fields: requests, answers, streams and errors."""

from fairlead.shared.dialect import Dialect
from fairlead.shared.dialects.openai.errors import decode_failure, encode_failure, failure_event, failure_status
from fairlead.shared.dialects.openai.request_in import decode_request
from fairlead.shared.dialects.openai.request_out import encode_request
from fairlead.shared.dialects.openai.response import decode_response, encode_response
from fairlead.shared.dialects.openai.stream_in import Decoder
from fairlead.shared.dialects.openai.stream_out import PING, Encoder
from fairlead.shared.dialects.openai.watcher import Watcher

OPENAI = Dialect(
    name="openai",
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
)
