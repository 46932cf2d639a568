"""Names the calls of S3, which are told apart by method, path and query only."""

from __future__ import annotations

from collections.abc import Mapping

Parameters = Mapping[str, list[str]]

# (method, a parameter of the query that it has) → action; the first that fits.
_OF_BUCKET = (
    ("GET", "list-type", "ListObjectsV2"),
    ("GET", "uploads", "ListMultipartUploads"),
    ("GET", "versions", "ListObjectVersions"),
    ("GET", "location", "GetBucketLocation"),
    ("POST", "delete", "DeleteObjects"),
    ("GET", None, "ListObjects"),
    ("HEAD", None, "HeadBucket"),
    ("PUT", None, "CreateBucket"),
    ("DELETE", None, "DeleteBucket"),
)
_OF_OBJECT = (
    ("PUT", "partNumber", "UploadPart"),
    ("POST", "uploads", "CreateMultipartUpload"),
    ("POST", "uploadId", "CompleteMultipartUpload"),
    ("DELETE", "uploadId", "AbortMultipartUpload"),
    ("GET", "uploadId", "ListParts"),
    ("GET", "tagging", "GetObjectTagging"),
    ("PUT", "tagging", "PutObjectTagging"),
    ("GET", None, "GetObject"),
    ("HEAD", None, "HeadObject"),
    ("PUT", None, "PutObject"),
    ("DELETE", None, "DeleteObject"),
)


def name(method: str, path: str, parameters: Parameters) -> tuple[str, str]:
    """Return action and resource of a call.

    The resource is `bucket`, `bucket/key`, or `bucket/prefix` of a list. Copies count as what they
    do to their target: PutObject and UploadPart.
    """
    bucket, _, key = path.lstrip("/").partition("/")
    if not bucket:
        return ("ListBuckets" if method == "GET" else method), ""
    if key:
        return _action(_OF_OBJECT, method, parameters), f"{bucket}/{key}"
    prefix = parameters.get("prefix", [""])[0]
    return _action(_OF_BUCKET, method, parameters), f"{bucket}/{prefix}" if prefix else bucket


def _action(
    known: tuple[tuple[str, str | None, str], ...], method: str, parameters: Parameters
) -> str:
    for of_method, parameter, action in known:
        if of_method == method and (parameter is None or parameter in parameters):
            return action
    return method
