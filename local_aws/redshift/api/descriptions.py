"""What DescribeStatement tells about a statement."""

from __future__ import annotations

from typing import Any

from local_aws.redshift.api.statements import Statement, SubStatement


def describe(statement: Statement, part: SubStatement | None) -> dict[str, Any]:
    """Return the answer of DescribeStatement for a statement, or for one part of a batch."""
    shown: dict[str, Any] = {
        "Id": part.id if part else statement.id,
        "Database": statement.database,
        "WorkgroupName": statement.workgroup,
        "CreatedAt": statement.created,
        "UpdatedAt": statement.updated,
        "RedshiftPid": statement.pid,
        "RedshiftQueryId": 0,
        "ResultFormat": statement.result_format,
        **({"SecretArn": statement.secret} if statement.secret else {"DbUser": statement.user}),
    }
    if part is None and statement.batch:
        return shown | _described_batch(statement)
    described = _described_part(part or statement.parts[0])
    if part is None:  # its own status also tells of the login
        described |= {"Status": statement.status}
        described |= {"Error": statement.error} if statement.error else {}
        if statement.parameters:
            described["QueryParameters"] = statement.parameters
    return shown | described


def _described_batch(statement: Statement) -> dict[str, Any]:
    parts = statement.parts
    return {
        "Status": statement.status,
        **({"Error": statement.error} if statement.error else {}),
        "Duration": sum(max(part.duration, 0) for part in parts),
        "HasResultSet": any(part.has_result for part in parts),
        "ResultRows": -1,
        "ResultSize": -1,
        "SubStatements": [
            {
                "Id": part.id,
                "CreatedAt": part.created,
                "UpdatedAt": part.updated,
                **_described_part(part),
            }
            for part in parts
        ],
    }


def _described_part(part: SubStatement) -> dict[str, Any]:
    return {
        "Status": part.status,
        **({"Error": part.error} if part.error else {}),
        "Duration": part.duration,
        "HasResultSet": part.has_result,
        "QueryString": part.sql,
        "RedshiftQueryId": 0,
        "ResultRows": part.rows,
        "ResultSize": part.size,
    }
