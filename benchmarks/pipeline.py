"""The deployed pipeline's jobs, run one by one, with what each took; its lake, emptied again."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import Any

from benchmarks.deployment import Deployment
from benchmarks.machine import ProcessWatch
from contracts.raw_zone import POSITION_ITEM, RAW_PREFIX

_PAUSE = 0.1
_ACTIVE = ("STARTING", "RUNNING", "STOPPING")
_WAREHOUSE = "warehouse/"
_DELETED_AT_ONCE = 1000


@dataclass(frozen=True)
class StageRun:
    """One job run.

    Attributes
    ----------
    seconds : of the stage's own work, as the run ledger has them: without Spark's start.
    with_start : from StartJobRun to the end of its process.
    peak_mib : most resident memory of its JVM and Python processes together.
    ledger : the stage's item.
    """

    stage: str
    seconds: float
    with_start: float
    peak_mib: int
    ledger: dict[str, Any]


@dataclass(frozen=True)
class Files:
    """Data files of the lake, by their keys, and what they hold in bytes."""

    sizes: dict[str, int]

    def since(self, before: Files) -> tuple[int, int]:
        """Return how many files were written since, and their bytes."""
        new = {key: size for key, size in self.sizes.items() if key not in before.sizes}
        return len(new), sum(new.values())


class Pipeline:
    """The jobs of a deployment and the lake that they write."""

    def __init__(self, cloud: Deployment) -> None:
        self._cloud = cloud
        self._glue, self._s3 = cloud.client("glue"), cloud.client("s3")
        self._bucket = cloud.outputs["LakeBucket"]
        self._empty: dict[str, dict[str, Any]] = {}

    def new_run(self) -> str:
        """Return a name for a run."""
        return f"measured-{secrets.token_hex(4)}"

    def run_stage(self, stage: str, run_id: str) -> StageRun:
        """Run a stage's job to its end.

        Raises
        ------
        RuntimeError : it failed.
        """
        job = self._cloud.outputs[f"{stage.capitalize()}Job"]
        arguments = {"--run_id": run_id, **({"--replay": "none"} if stage == "cleanse" else {})}
        with ProcessWatch(self._cloud.pid) as watch:
            started = time.monotonic()
            run = self._glue.start_job_run(JobName=job, Arguments=arguments)["JobRunId"]
            while True:
                record = self._glue.get_job_run(JobName=job, RunId=run)["JobRun"]
                if record["JobRunState"] not in _ACTIVE:
                    break
                time.sleep(_PAUSE)
            took = time.monotonic() - started
        if record["JobRunState"] != "SUCCEEDED":
            raise RuntimeError(f"{stage}: {record['JobRunState']}: {record.get('ErrorMessage')}")
        item = self._ledger(run_id, stage)
        return StageRun(stage, float(item["seconds"]), round(took, 2), watch.peak_mib, item)

    def prepare(self) -> None:
        """Let the jobs create their tables, and remember these: call it before anything is landed.

        A deployment's first run does this once; every later one finds the tables.
        """
        self.run_stage("cleanse", self.new_run())
        for table in self._glue.get_tables(DatabaseName=self._database)["TableList"]:
            if table.get("Parameters", {}).get("table_type", "").upper() == "ICEBERG":
                self._empty[table["Name"]] = _as_input(table)
        self._kept = set(self._keys(_WAREHOUSE))

    def empty(self, *, raw: bool = False) -> None:
        """Make the tables what they were at first, and forget what was read; `raw` goes too."""
        for table in self._empty.values():
            self._glue.update_table(DatabaseName=self._database, TableInput=table)
        self._delete(key for key in self._keys(_WAREHOUSE) if key not in self._kept)
        if raw:
            self._delete(self._keys(RAW_PREFIX))
        self._glue.reset_job_bookmark(JobName=self._cloud.outputs["CleanseJob"])
        self._cloud.client("dynamodb").delete_item(
            TableName=self._cloud.outputs["StateTable"], Key={"item": {"S": POSITION_ITEM}}
        )

    def delete(self, folder: str) -> None:
        """Delete a folder of the lake's bucket."""
        self._delete(self._keys(f"{folder}/"))

    def table_metadata(self, table: str) -> str:
        """Return where a table's current metadata is."""
        found = self._glue.get_table(DatabaseName=self._database, Name=table)["Table"]
        location: str = found["Parameters"]["metadata_location"]
        return location

    def data_files(self) -> Files:
        """Return the lake's data files."""
        return Files({key: size for key, size in self._keys(_WAREHOUSE).items() if "/data/" in key})

    @property
    def bucket(self) -> str:
        """The lake's bucket."""
        return self._bucket

    @property
    def _database(self) -> str:
        return self._cloud.outputs["Database"]

    def _ledger(self, run_id: str, stage: str) -> dict[str, Any]:
        table = self._cloud.resource("dynamodb").Table(self._cloud.outputs["LedgerTable"])
        item: dict[str, Any] = table.get_item(Key={"run_id": run_id, "stage": stage})["Item"]
        return item

    def _keys(self, prefix: str) -> dict[str, int]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=prefix
        )
        return {each["Key"]: each["Size"] for page in pages for each in page.get("Contents", [])}

    def _delete(self, keys: Any) -> None:
        doomed = [{"Key": key} for key in keys]
        for start in range(0, len(doomed), _DELETED_AT_ONCE):
            part = doomed[start : start + _DELETED_AT_ONCE]
            self._s3.delete_objects(Bucket=self._bucket, Delete={"Objects": part, "Quiet": True})


def _as_input(table: dict[str, Any]) -> dict[str, Any]:
    names = ("Name", "Description", "Owner", "Retention", "StorageDescriptor", "PartitionKeys",
             "TableType", "Parameters")  # fmt: skip
    return {name: table[name] for name in names if table.get(name) not in (None, "")}
