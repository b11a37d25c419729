"""What botocore is used for: finding Amazon's credentials wherever its own tools keep them, and signing by them.

It is an extra, large, and slow to import, so nothing imports this module but a thread that needs it.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from fairlead.normalizer.authorization import SECURITY_TOKEN, Unsigned
from fairlead.shared.config.aws import AwsLogin

from .aws import Found, Keys
from .extras import LostError


def look_up(login: AwsLogin) -> Found:
    """Reads the environment and files, and may ask the machine it runs on. Raises `LostError`."""
    secret, token = login.secret_access_key, login.session_token
    try:
        session = Session(profile=login.profile)
        region = os.environ.get("AWS_REGION") or session.get_config_variable("region")
        if login.access_key_id and secret:
            found = Credentials(login.access_key_id, secret.value, token.value if token else None, "configuration")
        else:
            found = session.get_credentials()
    except (BotoCoreError, ClientError) as error:
        raise LostError(str(error)) from error
    if found is None:
        raise LostError("none in the environment, in ~/.aws, of a container or of this machine")
    # Keys that end know when they are to be had anew, which takes a call.
    stale = getattr(found, "refresh_needed", lambda: False)
    return Found(found.method, region, partial(_keys, found), stale, sign)


def _keys(credentials: Any) -> Keys:
    try:
        frozen = credentials.get_frozen_credentials()
    except (BotoCoreError, ClientError, RuntimeError) as error:
        raise LostError(str(error)) from error
    return Keys(frozen.access_key, frozen.secret_key, frozen.token)


def sign(keys: Keys, region: str, service: str, request: Unsigned) -> Mapping[str, str]:
    """The headers that sign the host, the path, the content type, the moment and the body."""
    stamp = datetime.fromtimestamp(request.moment, UTC).strftime("%Y%m%dT%H%M%SZ")
    added = {"x-amz-date": stamp}
    if keys.token:
        added[SECURITY_TOKEN] = keys.token
    signer = SigV4Auth(keys, service, region)
    signed = {"content-type": "application/json", **added}
    whole = AWSRequest(request.method, request.url, headers=signed, data=request.body)
    # Step by step, not by `add_auth`: that reads the clock, and logs what it signs.
    whole.context["timestamp"] = stamp
    signature = signer.signature(signer.string_to_sign(whole, signer.canonical_request(whole)), whole)
    names = signer.signed_headers(signer.headers_to_sign(whole))
    proof = f"Credential={signer.scope(whole)}, SignedHeaders={names}, Signature={signature}"
    return {**added, "authorization": f"AWS4-HMAC-SHA256 {proof}"}
