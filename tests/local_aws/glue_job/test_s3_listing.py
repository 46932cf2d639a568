"""The listing of an S3 source sees the files that Glue's reader sees."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from local_aws.glue_job.s3_listing import exclusion_filter, list_files

KEYS = [
    "raw/a.gz",
    "raw/day=1/b.gz",
    "raw/day=1/_temporary/c.gz",
    "raw/day=1/.hidden",
    "raw/day=1/sub/d e+f.gz",
    "raw-errors/e.gz",
]


@pytest.fixture
def s3() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="lake")
        for key in KEYS:
            client.put_object(Bucket="lake", Key=key, Body=b"x")
        client.put_object(Bucket="lake", Key="raw/empty.gz", Body=b"")
        yield client


def listed(s3: Any, *paths: str, recurse: bool = True, exclusions: str | None = None) -> list[str]:
    is_excluded = exclusion_filter(exclusions)
    return sorted(
        each.key for each in list_files(s3, paths, recurse=recurse, is_excluded=is_excluded)
    )


@pytest.mark.parametrize("path", ["s3://lake/raw", "s3://lake/raw/"])
def test_a_folder_is_read_with_its_folders_but_without_hidden_and_empty_files(
    s3: Any, path: str
) -> None:
    assert listed(s3, path) == ["raw/a.gz", "raw/day=1/b.gz", "raw/day=1/sub/d e+f.gz"]


def test_without_recurse_only_the_folder_itself_is_read(s3: Any) -> None:
    assert listed(s3, "s3://lake/raw/day=1", recurse=False) == ["raw/day=1/b.gz"]


def test_a_path_may_be_an_object_and_each_file_counts_once(s3: Any) -> None:
    assert listed(s3, "s3://lake/raw/a.gz", "s3://lake/raw/", recurse=False) == ["raw/a.gz"]


def test_a_whole_bucket(s3: Any) -> None:
    assert "raw-errors/e.gz" in listed(s3, "s3://lake")


def test_exclusions_are_globs_over_the_whole_path(s3: Any) -> None:
    assert listed(s3, "s3://lake/raw", exclusions='["**/day=1/b.gz"]') == [
        "raw/a.gz",
        "raw/day=1/sub/d e+f.gz",
    ]


@pytest.mark.parametrize(
    ("glob", "path", "matches"),
    [
        ("**.pdf", "s3://b/x/y.pdf", True),
        ("*.pdf", "s3://b/x/y.pdf", False),
        ("s3://b/*/y.{pdf,csv}", "s3://b/x/y.csv", True),
        ("s3://b/x,y", "s3://b/x,y", True),
        ("s3://b/[!a]?", "s3://b/xy", True),
        ("s3://b/[!a]?", "s3://b/ay", False),
        (r"s3://b/\*", "s3://b/*", True),
        (r"s3://b/\*", "s3://b/a", False),
    ],
)
def test_globs(glob: str, path: str, matches: bool) -> None:
    exclusions = '["' + glob.replace("\\", "\\\\") + '"]'
    assert exclusion_filter(exclusions)(path) is matches


def test_what_is_no_s3_path_is_refused(s3: Any) -> None:
    with pytest.raises(ValueError, match="not an S3 path"):
        listed(s3, "file:///raw")
