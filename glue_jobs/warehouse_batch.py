"""Stages a batch for the warehouse: Parquet files, COPY manifests and a description."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from pyspark.sql import DataFrame, Observation
from pyspark.sql import functions as F

from loader.warehouse import Batch, batch_key

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True)
class StagingArea:
    """Where one run stages its batch.

    Attributes
    ----------
    s3 : client that lists the files and writes the manifests.
    bucket : the lake's bucket.
    run_id : execution that the batch belongs to.
    """

    s3: S3Client
    bucket: str
    run_id: str

    def stage(
        self, start: int, end: int, sales: DataFrame, invoices: DataFrame, *, replaces_all: bool
    ) -> Batch:
        """Write the batch; its description comes last, when all is there.

        A repeated attempt of the same run overwrites what an earlier one has left. Parameters are
        the parts of `loader.warehouse.Batch`.
        """
        counted = Observation("staged")
        rows = F.count(F.lit(1)).alias("rows")
        sales_manifest = self._write("sales", sales.observe(counted, rows))
        invoices_manifest = self._write("invoices", invoices)
        rows_staged = counted.get["rows"]
        batch = Batch(
            start, end, rows_staged, sales_manifest, invoices_manifest, replaces_all=replaces_all
        )
        description = json.dumps(asdict(batch)).encode()
        self.s3.put_object(Bucket=self.bucket, Key=self._key("batch.json"), Body=description)
        return batch

    def _key(self, name: str) -> str:
        return batch_key(self.run_id, name)

    def _write(self, name: str, rows: DataFrame) -> str:
        """Write the rows and their manifest; return the manifest's URL.

        COPY from Parquet wants each file's length (Amazon Redshift: using a manifest).
        """
        folder = self._key(f"{name}/")
        rows.write.mode("overwrite").parquet(f"s3://{self.bucket}/{folder}")
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=folder)
        entries = [
            {
                "url": f"s3://{self.bucket}/{entry['Key']}",
                "mandatory": True,
                "meta": {"content_length": entry["Size"]},
            }
            for page in pages
            for entry in page.get("Contents", [])
            if entry["Key"].endswith(".parquet")
        ]
        manifest = self._key(f"{name}.manifest")
        body = json.dumps({"entries": entries}).encode()
        self.s3.put_object(Bucket=self.bucket, Key=manifest, Body=body)
        return f"s3://{self.bucket}/{manifest}"
