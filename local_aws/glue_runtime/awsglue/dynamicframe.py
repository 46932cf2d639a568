"""Glue's frame of self-describing records, on top of a Spark DataFrame."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql.types import StructType


class DynamicFrame:
    """A frame whose schema is known only once it is asked for."""

    def __init__(self, jdf: Callable[[], DataFrame], glue_ctx: Any, name: str = "") -> None:
        self._load = jdf
        self._frame: DataFrame | None = None
        self.glue_ctx = glue_ctx
        self.name = name

    @classmethod
    def fromDF(cls, dataframe: DataFrame, glue_ctx: Any, name: str = "") -> DynamicFrame:  # noqa: N802
        """Return a DynamicFrame of the DataFrame's rows."""
        return DynamicFrame(lambda: dataframe, glue_ctx, name)

    def toDF(self, options: Any = None) -> DataFrame:  # noqa: N802
        """Return the records as a DataFrame; it has no columns where there are no records."""
        if options is not None:
            raise NotImplementedError("toDF takes no ResolveOptions locally")
        if self._frame is None:
            self._frame = self._load()
        return self._frame

    def count(self) -> int:
        """Return the number of records."""
        return int(self.toDF().count())

    def schema(self) -> StructType:
        """Return the schema of the records."""
        return self.toDF().schema

    def printSchema(self) -> None:  # noqa: N802
        """Print the schema of the records as a tree."""
        self.toDF().printSchema()


class DynamicFrameReader:
    """What `glueContext.create_dynamic_frame` is."""

    def __init__(self, glue_context: Any) -> None:
        self._glue_context = glue_context

    def from_options(  # noqa: PLR0913, PLR0917 - the signature is Glue's
        self,
        connection_type: str,
        connection_options: dict[str, Any] = {},  # noqa: B006
        format: str | None = None,  # noqa: A002
        format_options: dict[str, Any] = {},  # noqa: B006
        transformation_ctx: str = "",
        push_down_predicate: str = "",
        **kwargs: Any,
    ) -> DynamicFrame:
        """Read a source; see GlueContext.create_dynamic_frame_from_options."""
        frame: DynamicFrame = self._glue_context.create_dynamic_frame_from_options(
            connection_type,
            connection_options,
            format,
            format_options,
            transformation_ctx,
            push_down_predicate,
            **kwargs,
        )
        return frame
