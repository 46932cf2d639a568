"""A warehouse without the rest of the cloud for the dialect, and one in the cloud for the rest."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from local_aws.redshift.load.storage import RolesOfNamespace
from local_aws.redshift.warehouse import Owner, Warehouse
from tests.conftest import LocalCloud

ADMIN, PASSWORD, DATABASE = "admin", "Secret123", "dev"
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Client:
    """A psycopg client of the warehouse that speaks the simple protocol, as psql does."""

    connection: psycopg.Connection[Row]

    def run(self, sql: str) -> str:
        """Run a statement; return its command tag."""
        with psycopg.ClientCursor(self.connection) as cursor:
            cursor.execute(sql.encode())
            return cursor.statusmessage or ""

    def rows(self, sql: str) -> list[Row]:
        """Run a query; return its rows as the text that the server sends, None for NULL."""
        with psycopg.ClientCursor(self.connection) as cursor:
            cursor.execute(sql.encode())
            result = cursor.pgresult
            assert result is not None
            return [
                tuple(_text(result.get_value(row, column)) for column in range(result.nfields))
                for row in range(result.ntuples)
            ]

    def value(self, sql: str) -> str | None:
        """Run a query of one row and column; return its value as text."""
        ((value,),) = self.rows(sql)
        return None if value is None else str(value)


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode()


def make_warehouse(folder: Path) -> Warehouse:
    """Return a warehouse whose S3 cannot be reached."""
    owner = Owner(
        database=DATABASE,
        admin=ADMIN,
        creator=None,
        admin_password=lambda: PASSWORD,
        roles=lambda: RolesOfNamespace((), None),
    )
    return Warehouse(folder, owner, "http://127.0.0.1:9")


def connect(warehouse: Warehouse, user: str = ADMIN, password: str = PASSWORD) -> Client:
    """Log in to a warehouse."""
    return Client(
        psycopg.connect(
            host="127.0.0.1",
            port=warehouse.open(),
            user=user,
            password=password,
            dbname=DATABASE,
            autocommit=True,
        )
    )


@pytest.fixture(scope="session")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """One warehouse for all tests: use names of your own in it."""
    shared = make_warehouse(tmp_path_factory.mktemp("warehouse"))
    yield shared
    shared.close()


@pytest.fixture
def client(warehouse: Warehouse) -> Iterator[Client]:
    """Log in to the shared warehouse; what it has open is rolled back."""
    one = connect(warehouse)
    yield one
    one.connection.close()


@pytest.fixture
def other(warehouse: Warehouse) -> Iterator[Client]:
    """Log in a second time to the shared warehouse."""
    one = connect(warehouse)
    yield one
    one.connection.close()


@pytest.fixture(scope="session")
def sales(warehouse: Warehouse) -> str:
    """Make a table like the one of the guide's examples, with a few of its rows."""
    one = connect(warehouse)
    one.run(
        "CREATE TABLE winsales (salesid int, dateid date, sellerid int, buyerid varchar(10), "
        "qty int, qty_shipped int, pricepaid decimal(8,2), commission decimal(8,2))"
    )
    one.run(
        "INSERT INTO winsales VALUES "
        "(30001, '2003-08-02', 3, 'b', 10, 10, 728.00, 109.20), "
        "(10001, '2003-12-24', 1, 'c', 10, 10, 76.00, 11.40), "
        "(10005, '2003-12-24', 1, 'a', 30, NULL, 350.00, 52.50), "
        "(40001, '2004-01-09', 4, 'a', 40, NULL, 175.00, 26.25), "
        "(10006, '2004-01-18', 1, 'c', 10, NULL, 154.00, 23.10), "
        "(20001, '2004-02-12', 2, 'b', 20, 20, 394.00, 59.10), "
        "(40005, '2004-02-12', 4, 'a', 10, 10, 788.00, 118.20), "
        "(20002, '2004-02-16', 2, 'c', 20, 20, 197.00, 29.55), "
        "(30003, '2004-04-18', 3, 'b', 15, NULL, 591.00, 88.65), "
        "(30004, '2004-04-18', 3, 'b', 20, NULL, 65.00, 9.75), "
        "(30007, '2004-09-07', 3, 'c', 30, NULL, 28.05, 28.05)"
    )
    one.run("CREATE VIEW soldviews AS SELECT qty FROM winsales")
    one.run("CREATE MATERIALIZED VIEW soldstored AS SELECT qty FROM winsales")
    one.connection.close()
    return "winsales"


BUCKET = "redshift-files"
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "redshift-serverless.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


@dataclass(frozen=True)
class CloudWarehouse:
    """A workgroup of the local cloud and what is around it.

    Attributes
    ----------
    workgroup, namespace, database : their names.
    role : ARN of the namespace's IAM role.
    secret : ARN of the admin's secret.
    host, port : where clients connect.
    user, password : the admin's.
    """

    cloud: LocalCloud
    workgroup: str
    namespace: str
    database: str
    role: str
    secret: str
    host: str
    port: int
    user: str
    password: str

    def put(self, key: str, content: bytes) -> str:
        """Write an object; return its s3:// address."""
        self.cloud.client("s3").put_object(Bucket=BUCKET, Key=key, Body=content)
        return f"s3://{BUCKET}/{key}"

    def get(self, key: str) -> bytes:
        """Return an object."""
        content: bytes = self.cloud.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return content

    def keys(self, prefix: str) -> list[str]:
        """Return the keys that begin so."""
        found = self.cloud.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=prefix)
        return [each["Key"] for each in found.get("Contents", [])]

    def connect(self) -> Client:
        """Log in as the admin."""
        return Client(
            psycopg.connect(
                host=self.host,
                port=self.port,
                user=self.user,
                password=self.password,
                dbname=self.database,
                autocommit=True,
            )
        )


@pytest.fixture(scope="session")
def cloud_warehouse(local_cloud: LocalCloud) -> CloudWarehouse:
    """Make a workgroup in the local cloud, with a role, a secret and a bucket."""
    local_cloud.client("s3").create_bucket(Bucket=BUCKET)
    role = local_cloud.client("iam").create_role(
        RoleName="warehouse-reads-s3", AssumeRolePolicyDocument=json.dumps(_TRUST)
    )["Role"]["Arn"]
    serverless = local_cloud.client("redshift-serverless")
    namespace = serverless.create_namespace(
        namespaceName="tests", manageAdminPassword=True, iamRoles=[role], defaultIamRoleArn=role
    )["namespace"]
    workgroup = serverless.create_workgroup(workgroupName="tests", namespaceName="tests")[
        "workgroup"
    ]
    secret = namespace["adminPasswordSecretArn"]
    content = json.loads(
        local_cloud.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
    )
    return CloudWarehouse(
        cloud=local_cloud,
        workgroup="tests",
        namespace="tests",
        database=namespace["dbName"],
        role=role,
        secret=secret,
        host=workgroup["endpoint"]["address"],
        port=workgroup["endpoint"]["port"],
        user=content["username"],
        password=content["password"],
    )


@pytest.fixture
def admin(cloud_warehouse: CloudWarehouse) -> Iterator[Client]:
    """Log in as the admin of the cloud's warehouse."""
    one = cloud_warehouse.connect()
    yield one
    one.connection.close()
