"""The jars are fetched once, whole, and pinned."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_aws import jars
from local_aws.jars import (
    Jar,
    JarsError,
    fetch_jars,
    iceberg_jars,
    pinned_jars,
    s3a_jars,
)
from local_aws.settings import default_jars_dir

CONTENT = b"content of a jar"


@pytest.fixture
def one_jar(monkeypatch: pytest.MonkeyPatch) -> Jar:
    """Pin one jar only, one that no repository has."""
    jar = Jar("local.example", "no-such-jar", "1.0", jars.hashlib.sha256(CONTENT).hexdigest())
    monkeypatch.setattr(jars, "pinned_jars", lambda: [jar])
    return jar


def test_every_job_has_s3a_and_only_iceberg_jobs_have_iceberg() -> None:
    every = {path.name for path in s3a_jars(Path("x"))}
    iceberg = {path.name for path in iceberg_jars(Path("x"))}
    assert "hadoop-aws-3.3.4.jar" in every
    assert "iceberg-spark-runtime-3.5_2.12-1.10.0.jar" in iceberg
    assert every | iceberg == {jar.file_name for jar in pinned_jars()}
    assert not every & iceberg


def test_jars_that_are_there_are_not_fetched_again() -> None:
    assert fetch_jars(default_jars_dir()) == []


def test_an_altered_jar_is_fetched_again_and_kept_out_when_that_fails(
    one_jar: Jar, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Jar] = []
    monkeypatch.setattr(jars, "_run_ivy", lambda missing, _folder: asked.extend(missing) or "")
    intact = tmp_path / one_jar.file_name
    intact.write_bytes(CONTENT)
    assert fetch_jars(tmp_path) == []
    intact.write_bytes(CONTENT[:-1])
    with pytest.raises(JarsError, match="1 of 1 jars could not be fetched"):
        fetch_jars(tmp_path)
    assert asked == [one_jar]


def test_what_was_fetched_is_put_in_place_whole(
    one_jar: Jar, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(missing: list[Jar], folder: Path) -> str:
        for jar in missing:
            (folder / jar.file_name).write_bytes(CONTENT)
        return ""

    monkeypatch.setattr(jars, "_run_ivy", fetch)
    assert fetch_jars(tmp_path) == [one_jar]
    assert [path.name for path in tmp_path.iterdir()] == [one_jar.file_name]
    assert (tmp_path / one_jar.file_name).read_bytes() == CONTENT
