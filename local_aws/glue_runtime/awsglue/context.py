"""The entry point to Spark and to Glue's own readers."""

from __future__ import annotations

import logging
import warnings
from typing import Any

from awsglue.dynamicframe import DynamicFrame, DynamicFrameReader
from pyspark.context import SparkContext
from pyspark.sql import SparkSession, SQLContext

from local_aws.glue_job.dynamic_source import read_source


class GlueContext(SQLContext):  # type: ignore[misc]  # pyspark is not type-checked
    """A Spark SQL context that also reads DynamicFrames."""

    def __init__(self, sparkContext: Any = None, **options: Any) -> None:  # noqa: ARG002, N803 - the signature is Glue's
        session = SparkSession.builder.getOrCreate()
        spark_context = sparkContext if isinstance(sparkContext, SparkContext) else None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # SQLContext itself is deprecated
            super().__init__(spark_context or session.sparkContext, session)
        self.create_dynamic_frame = DynamicFrameReader(self)
        self.spark_session = session

    def create_dynamic_frame_from_options(  # noqa: PLR0913, PLR0917 - the signature is Glue's
        self,
        connection_type: str,
        connection_options: dict[str, Any] = {},  # noqa: B006
        format: str | None = None,  # noqa: A002
        format_options: dict[str, Any] = {},  # noqa: B006
        transformation_ctx: str = "",
        push_down_predicate: str = "",
        **kwargs: Any,
    ) -> DynamicFrame:
        """Read files of S3 that the job bookmark has not seen.

        Only what the local runtime honours is taken: connection type `s3`, formats `csv` and
        `json`, and the options of `local_aws.glue_job.dynamic_source`.
        """
        if push_down_predicate or kwargs:
            raise NotImplementedError("push_down_predicate and minPartitions are not built locally")
        if connection_type != "s3":
            raise NotImplementedError(f"connection_type {connection_type!r} is not built locally")
        load = read_source(
            self.spark_session, connection_options, format, format_options, transformation_ctx
        )
        return DynamicFrame(load, self, transformation_ctx)

    def get_logger(self) -> logging.Logger:
        """Return the job's logger."""
        return logging.getLogger("glue")
