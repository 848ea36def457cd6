"""What S3's refusals and silences mean, in our words. Messages name the bucket and the variables to set."""

from __future__ import annotations

import asyncio
from typing import Any

from ...errors import (
    BadInput,
    ExplorerError,
    NotFound,
    NotSupported,
    TrackingBroken,
    TrackingDenied,
    TrackingTimeout,
    TrackingUnavailable,
)
from .location import CloudFolder

_SET = (
    "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN), or AWS_PROFILE, in the environment of"
    " Jupyter Server, and start it again."
)
_ENDPOINT = "MLFLOW_S3_ENDPOINT_URL or AWS_ENDPOINT_URL"
_EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired")
_WRONG_KEY = ("InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "InvalidClientTokenId")
_NO_CREDENTIALS = ("NoCredentialsError", "PartialCredentialsError", "ProfileNotFound")
_WRONG_PLACE = ("PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "301")


def status(error: Exception) -> int | None:
    """Return the HTTP status of an answer that botocore took for an error, None for other errors."""
    response = getattr(error, "response", None)
    found = response.get("ResponseMetadata", {}).get("HTTPStatusCode") if isinstance(response, dict) else None
    return found if isinstance(found, int) else None


def cut(folder: CloudFolder) -> TrackingBroken:
    """Return the error for bytes that end before they should."""
    return TrackingBroken(f"{folder.name} broke off its answer. Try again.")


def no_s3(folder: CloudFolder, what: str) -> TrackingBroken:
    """Return the error for an answer that S3 never gives."""
    return TrackingBroken(
        f"The answer for {folder.name} makes no sense for S3 ({what}). Check the endpoint ({_ENDPOINT})."
    )


def timeout(folder: CloudFolder, limit_s: float) -> TrackingTimeout:
    """Return the error for storage that takes too long."""
    return TrackingTimeout(
        f"{folder.name} did not answer within {limit_s:g} s. Try again, check the network, or raise request_timeout_s."
    )


def translate(folder: CloudFolder, path: str, error: Exception, limit_s: float) -> Exception:
    """Return our error for one of botocore or aiohttp; ours and unknown ones come back as they are."""
    if isinstance(error, ExplorerError):
        return error
    if isinstance(error, ImportError):
        return not_installed(folder.name, "s3fs", "s3")
    if isinstance(error, asyncio.TimeoutError):
        return timeout(folder, limit_s)
    from botocore import exceptions as boto

    if isinstance(error, boto.ClientError):
        return _refused(folder, path, error.response)
    if isinstance(
        error, boto.NoCredentialsError | boto.PartialCredentialsError | boto.CredentialRetrievalError | boto.SSOError
    ):
        return TrackingDenied(
            f"There are no credentials for {folder.name}. {_SET} For a public bucket set"
            " MLFLOW_EXPERIMENTAL_S3_SIGNATURE_VERSION=unsigned."
        )
    if isinstance(error, boto.ProfileNotFound):
        return TrackingDenied(f"AWS_PROFILE names a profile that the AWS configuration of this server lacks. {_SET}")
    if isinstance(error, boto.NoRegionError | boto.InvalidRegionError):
        return TrackingUnavailable(f"The region of {folder.name} is not known. Set AWS_DEFAULT_REGION.")
    if isinstance(error, boto.ParamValidationError):
        return NotFound(f"There is no bucket '{folder.bucket}' with a key '{path}': S3 does not allow such names.")
    if isinstance(error, boto.SSLError):
        return TrackingUnavailable(
            f"The certificate for {folder.name} is not trusted. Set AWS_CA_BUNDLE to the certificate of its authority,"
            " or MLFLOW_S3_IGNORE_TLS=true, and start Jupyter again."
        )
    if isinstance(error, boto.ConnectTimeoutError | boto.ReadTimeoutError):
        return timeout(folder, limit_s)
    return _unreached(folder, error)


def is_about_credentials(error: Exception) -> bool:
    """Whether other credentials might help."""
    response = getattr(error, "response", None)
    code = response.get("Error", {}).get("Code") if isinstance(response, dict) else None
    return code in _EXPIRED or code in _WRONG_KEY or error.__class__.__name__ in _NO_CREDENTIALS


def not_installed(place: str, package: str, extra: str) -> NotSupported:
    """Return the error for storage whose package is missing."""
    return NotSupported(
        f"Artifacts on {place} are read with the package {package}, which is not installed beside Jupyter Server."
        f' Install it with: pip install "jupyter-mlflow-explorer[{extra}]", and start Jupyter again.'
    )


def _unreached(folder: CloudFolder, error: Exception) -> Exception:
    import aiohttp
    from botocore import exceptions as boto
    from botocore.parsers import ResponseParserError

    if "nvalid endpoint" in str(error):
        return TrackingUnavailable(
            f"The endpoint for {folder.name} is not a valid address. Check {_ENDPOINT} in the environment."
        )
    if isinstance(error, boto.ResponseStreamingError | boto.IncompleteReadError | aiohttp.ClientPayloadError):
        return cut(folder)
    if isinstance(error, ResponseParserError):
        return no_s3(folder, "no XML")
    if isinstance(error, boto.HTTPClientError | boto.ConnectionError | aiohttp.ClientError | OSError):
        return TrackingUnavailable(
            f"{folder.name} cannot be reached. Check the network, and the endpoint ({_ENDPOINT}) where one is set."
        )
    if isinstance(error, boto.BotoCoreError):
        return TrackingUnavailable(f"{folder.name} cannot be read ({error.__class__.__name__}).")
    return error


def _refused(folder: CloudFolder, path: str, response: Any) -> ExplorerError:
    code = str(response.get("Error", {}).get("Code", ""))
    http = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode") or 0)
    if code in ("NoSuchBucket", "InvalidBucketName"):
        return NotFound(f"There is no bucket '{folder.bucket}' on {folder.name}. Check the endpoint ({_ENDPOINT}).")
    if code in _EXPIRED:
        return TrackingDenied(f"The credentials for {folder.name} have expired. {_SET}")
    if code in _WRONG_KEY:
        return TrackingDenied(f"{folder.name} does not accept the credentials ({code}). {_SET}")
    if code in _WRONG_PLACE or http == 301:
        return TrackingUnavailable(f"The bucket '{folder.bucket}' is in another region. Set AWS_DEFAULT_REGION to it.")
    if code == "InvalidObjectState":
        return NotSupported(f"The artifact '{path}' is archived on {folder.name} and has to be restored first.")
    if http == 404:
        return NotFound(f"There is no artifact '{path}'." if path else f"There is nothing at {folder.name}.")
    if http in (401, 403):
        return TrackingDenied(
            f"{folder.name} refused access ({code or http}): the credentials may not read this, or it is not there."
            f" They need s3:GetObject and s3:ListBucket. {_SET}"
        )
    if http in (408, 429, 503) or code in ("SlowDown", "RequestTimeout", "RequestTimeTooSkewed"):
        return TrackingUnavailable(f"{folder.name} is not ready ({code or http}). Try again in a moment.")
    if http == 416:
        return BadInput("The range is outside the file.")
    return TrackingBroken(f"{folder.name} failed ({code or http}).")
