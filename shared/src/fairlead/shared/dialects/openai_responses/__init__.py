"""OpenAI Responses: what its requests, answers, streams and errors mean."""

from fairlead.shared.dialect import Dialect
from fairlead.shared.dialects.openai_responses.errors import decode_failure, encode_failure, failure_status
from fairlead.shared.dialects.openai_responses.reasoning import NAME
from fairlead.shared.dialects.openai_responses.request_in import decode_request
from fairlead.shared.dialects.openai_responses.request_out import encode_request
from fairlead.shared.dialects.openai_responses.response import decode_response, encode_response
from fairlead.shared.dialects.openai_responses.stream_in import Decoder, Watcher
from fairlead.shared.dialects.openai_responses.stream_out import PING, Encoder, failure_event

OPENAI_RESPONSES = Dialect(
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
)
