"""A job's start and end, between which its bookmark is open."""

from __future__ import annotations

from typing import Any

from local_aws.glue_job.bookmark_session import BookmarkSession


class Job:
    """Glue's job object: `init` opens the bookmark, `commit` saves what was read."""

    @classmethod
    def continuation_options(cls) -> list[str]:
        """Return the option, and its values, that job bookmarks had at first."""
        return [
            "--continuation-option",
            "continuation-enabled",
            "continuation-readonly",
            "continuation-ignore",
        ]

    @classmethod
    def job_bookmark_options(cls) -> list[str]:
        """Return the bookmark option and its values."""
        return [
            "--job-bookmark-option",
            "job-bookmark-enable",
            "job-bookmark-pause",
            "job-bookmark-disable",
        ]

    @classmethod
    def job_bookmark_range_options(cls) -> list[str]:
        """Return the options that name the first and the last run of a range."""
        return ["--job-bookmark-from", "--job-bookmark-to"]

    @classmethod
    def id_params(cls) -> list[str]:
        """Return the arguments that Glue adds to each run."""
        return ["--JOB_NAME", "--JOB_ID", "--JOB_RUN_ID", "--SECURITY_CONFIGURATION"]

    @classmethod
    def encryption_type_options(cls) -> list[str]:
        """Return the encryption option and its values."""
        return ["--encryption-type", "sse-s3"]

    @classmethod
    def data_lineage_options(cls) -> list[str]:
        """Return the data lineage option."""
        return ["--enable-data-lineage"]

    def __init__(self, glue_context_or_spark_session: Any) -> None:
        if not hasattr(glue_context_or_spark_session, "sparkContext") and not hasattr(
            glue_context_or_spark_session, "spark_session"
        ):
            given = type(glue_context_or_spark_session).__name__
            raise TypeError(f"Job takes a GlueContext or a SparkSession, not {given}")

    def init(self, job_name: str, args: dict[str, Any] = {}) -> None:  # noqa: B006 - the signature is Glue's
        """Open the job's bookmark as `args`, which getResolvedOptions has returned, says."""
        BookmarkSession.open(job_name, args)

    def isInitialized(self) -> bool:  # noqa: N802
        """Return whether `init` was called."""
        return BookmarkSession.current() is not None

    def commit(self) -> None:
        """Save what the reads of this run have consumed."""
        session = BookmarkSession.current()
        if session is None:
            raise RuntimeError("job.commit was called before job.init")
        session.commit()
