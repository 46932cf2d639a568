"""The properties of a bucket that MiniStack's CloudFormation drops; full buckets stay."""

from __future__ import annotations

import functools
from typing import Any

import botocore.session
from botocore.serialize import create_serializer
from ministack.services import s3

from local_aws.cloudformation.handlers import Created, Properties, demand, wrap_handler

TYPE = "AWS::S3::Bucket"

# CloudFormation's names of the S3 API's members.
_ENCRYPTION_NAMES = {"ServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault"}
_TRANSITION_NAMES = {"TransitionInDays": "Days", "TransitionDate": "Date"}


def install() -> None:
    """Apply encryption, lifecycle and ownership; refuse to delete a bucket that is not empty."""
    wrap_handler(TYPE, "create", _creating, pin="477b78a3cb15")
    wrap_handler(TYPE, "update", _updating, pin="1d4f3f6390bb")
    wrap_handler(TYPE, "delete", lambda _: _delete, pin="52bcaf59bd5b")


def _creating(original: Any) -> Any:
    def create(logical_id: str, properties: Properties, stack: str) -> Created:
        created: Created = original(logical_id, properties, stack)
        _apply(created[0], properties)
        return created

    return create


def _updating(original: Any) -> Any:
    def update(physical_id: str, old: Properties, new: Properties, stack: str) -> Created:
        updated: Created = original(physical_id, old, new, stack)
        name = updated[0]
        if "BucketEncryption" in old and "BucketEncryption" not in new:
            s3._delete_bucket_encryption(name)
        if "LifecycleConfiguration" in old and "LifecycleConfiguration" not in new:
            s3._delete_bucket_lifecycle(name)
        if "OwnershipControls" in old and "OwnershipControls" not in new:
            s3._delete_bucket_ownership_controls(name)
        _apply(name, new)
        return updated

    return update


def _delete(physical_id: str, _: Properties) -> None:
    if physical_id in s3._buckets:
        demand(TYPE, s3._delete_bucket(physical_id))


def _apply(name: str, properties: Properties) -> None:
    if "BucketEncryption" in properties:
        given = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        rules = {"Rules": [_rename(rule, _ENCRYPTION_NAMES) for rule in given]}
        body = _as_xml("PutBucketEncryption", ServerSideEncryptionConfiguration=rules)
        demand(TYPE, s3._put_bucket_encryption(name, body))
    if "LifecycleConfiguration" in properties:
        rules = {"Rules": [_rule(r) for r in properties["LifecycleConfiguration"]["Rules"]]}
        body = _as_xml("PutBucketLifecycleConfiguration", LifecycleConfiguration=rules)
        demand(TYPE, s3._put_bucket_lifecycle(name, body))
    if "OwnershipControls" in properties:
        controls = properties["OwnershipControls"]
        body = _as_xml("PutBucketOwnershipControls", OwnershipControls=controls)
        demand(TYPE, s3._put_bucket_ownership_controls(name, body))


def _rule(rule: dict[str, Any]) -> dict[str, Any]:
    """Return a lifecycle rule of CloudFormation as the S3 API writes it."""
    copied = ("Status", "AbortIncompleteMultipartUpload", "NoncurrentVersionExpiration")
    converted = {name: rule[name] for name in copied if name in rule}
    if "Id" in rule:
        converted["ID"] = rule["Id"]
    converted["Filter"] = _filter(rule)
    if "Transitions" in rule:
        given = rule["Transitions"]
        converted["Transitions"] = [_rename(each, _TRANSITION_NAMES) for each in given]
    expiration = {
        "Days": rule.get("ExpirationInDays"),
        "Date": rule.get("ExpirationDate"),
        "ExpiredObjectDeleteMarker": rule.get("ExpiredObjectDeleteMarker"),
    }
    if when := {name: value for name, value in expiration.items() if value is not None}:
        converted["Expiration"] = when
    known = {*copied, "Id", "Prefix", "TagFilters", "Transitions", "ExpirationInDays"}
    known |= {"ExpirationDate", "ExpiredObjectDeleteMarker"}
    if unknown := sorted(set(rule) - known):
        raise ValueError(f"Lifecycle rules with {unknown[0]} are not supported by the local cloud")
    return converted


def _filter(rule: dict[str, Any]) -> dict[str, Any]:
    tags = rule.get("TagFilters", [])
    prefix = rule.get("Prefix", "")
    if not tags:
        return {"Prefix": prefix}
    if len(tags) == 1 and not prefix:
        return {"Tag": tags[0]}
    return {"And": {"Prefix": prefix, "Tags": tags}}


def _rename(values: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {names.get(name, name): value for name, value in values.items()}


@functools.cache
def _model() -> Any:
    return botocore.session.get_session().get_service_model("s3")


def _as_xml(operation: str, **parameters: Any) -> bytes:
    """Return the body that an SDK sends for a call."""
    model = _model().operation_model(operation)
    serializer = create_serializer("rest-xml", include_validation=False)
    request = serializer.serialize_to_request({"Bucket": "any", **parameters}, model)
    body: bytes = request["body"]
    return body
