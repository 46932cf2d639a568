"""Where a delivery stream delivers: its S3 configuration, checked and typed."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any

from local_aws.firehose.prefix import PrefixError, check_prefixes

MEBIBYTE = 1 << 20
_ALLOWED_SIZES_MIB = range(1, 129)
_ALLOWED_INTERVALS_S = range(901)
_EXTENSION = re.compile(r"^$|^\.[0-9a-z!\-_.*'()]+$")
_NOT_SUPPORTED = ("DataFormatConversionConfiguration", "DynamicPartitioningConfiguration")


class DestinationError(ValueError):
    """A destination that Firehose refuses, or that the local cloud does not support."""


@dataclass(frozen=True)
class S3Destination:
    """An S3 destination.

    Attributes
    ----------
    bucket : name of the bucket.
    role : ARN of the role that delivers.
    prefix : key prefix with its expressions.
    time_zone : of the timestamps in prefix and key.
    size_limit : bytes before compression at which a buffer is delivered.
    seconds_limit : age of its oldest record at which a buffer is delivered.
    gzip : whether objects are compressed.
    extension : of the key; replaces the `.gz` of a compressed object.
    delimiter : appended to each record.
    """

    bucket: str
    prefix: str
    time_zone: str
    size_limit: int
    seconds_limit: float
    gzip: bool
    extension: str
    delimiter: bytes
    role: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return a form that `json` can write; `from_json` reads it."""
        return {**asdict(self), "delimiter": self.delimiter.decode("latin-1")}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> S3Destination:
        """Return the destination that `to_json` wrote."""
        return cls(**{**content, "delimiter": content["delimiter"].encode("latin-1")})


def read_destination(config: dict[str, Any]) -> S3Destination:
    """Return the destination of an (Extended)S3DestinationConfiguration.

    Raises
    ------
    DestinationError : an invalid value, or a feature that the local cloud does not have.
    """
    for name in _NOT_SUPPORTED:
        if _is_enabled(config.get(name)):
            raise DestinationError(f"{name} is not supported by the local cloud")
    prefix = config.get("Prefix") or ""
    try:
        check_prefixes(prefix, config.get("ErrorOutputPrefix") or "")
    except PrefixError as error:
        raise DestinationError(str(error)) from error
    compressed = _is_gzip(config.get("CompressionFormat") or "UNCOMPRESSED")
    size_mib, seconds = _read_hints(config.get("BufferingHints") or {})
    return S3Destination(
        bucket=config["BucketARN"].removeprefix("arn:aws:s3:::"),
        prefix=prefix,
        time_zone=config.get("CustomTimeZone") or "UTC",
        size_limit=size_mib * MEBIBYTE,
        seconds_limit=seconds,
        gzip=compressed,
        extension=_read_extension(config.get("FileExtension")) or (".gz" if compressed else ""),
        delimiter=_read_delimiter(config.get("ProcessingConfiguration") or {}),
        role=config.get("RoleARN") or "",
    )


def _is_gzip(compression: str) -> bool:
    if compression not in {"UNCOMPRESSED", "GZIP"}:
        raise DestinationError(f"CompressionFormat {compression} is not supported")
    return compression == "GZIP"


def _is_enabled(feature: dict[str, Any] | None) -> bool:
    """Tell whether a feature is on; CloudFormation passes booleans as text."""
    return str((feature or {}).get("Enabled", False)).lower() == "true"


def _read_hints(hints: dict[str, Any]) -> tuple[int, int]:
    size = int(hints.get("SizeInMBs", 5))
    seconds = int(hints.get("IntervalInSeconds", 300))
    if size not in _ALLOWED_SIZES_MIB:
        raise DestinationError("BufferingHints.SizeInMBs must be between 1 and 128")
    if seconds not in _ALLOWED_INTERVALS_S:
        raise DestinationError("BufferingHints.IntervalInSeconds must be between 0 and 900")
    return size, seconds


def _read_extension(extension: str | None) -> str:
    if extension is not None and not _EXTENSION.match(extension):
        raise DestinationError(f"FileExtension {extension!r} is not valid")
    return extension or ""


def _read_delimiter(processing: dict[str, Any]) -> bytes:
    if not _is_enabled(processing):
        return b""
    delimiter = b""
    for processor in processing.get("Processors", []):
        if processor["Type"] != "AppendDelimiterToRecord":
            raise DestinationError(f"The processor {processor['Type']} is not supported")
        given = {p["ParameterName"]: p["ParameterValue"] for p in processor.get("Parameters", [])}
        delimiter = given.get("Delimiter", "\\n").replace("\\n", "\n").encode()
    return delimiter
