"""The namespaces and workgroups that exist, and the warehouse behind each namespace."""

from __future__ import annotations

import datetime
import json
import re
import secrets
import string
import threading
import uuid
from collections.abc import Mapping
from typing import Any

from ministack.core.responses import (
    AccountRegionScopedDict,
    get_account_id,
    get_region,
    request_scope,
)
from ministack.services import secretsmanager

from local_aws.redshift.api.caller import ROOT
from local_aws.redshift.api.json_service import ApiError, validation
from local_aws.redshift.load.storage import RolesOfNamespace
from local_aws.redshift.postgres import HOST
from local_aws.redshift.warehouse import Owner, Warehouse
from local_aws.settings import CloudSettings

Record = dict[str, Any]

_DEFAULT_DATABASE = "dev"
_DEFAULT_ADMIN = "admin"
_NAME = re.compile(r"[a-z0-9-]{3,64}")
_PASSWORD = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[!#-&(-.0-?A-\[\]-~]{8,64}")
_PASSWORD_LENGTH = 32
# What an update may change; everything else comes from us or is fixed at creation.
_NAMESPACE_MEMBERS = ("adminUsername", "defaultIamRoleArn", "iamRoles", "kmsKeyId", "logExports")
_ADMIN_MEMBERS = ("adminUsername", "adminUserPassword", "manageAdminPassword")
_WORKGROUP_MEMBERS = (
    "baseCapacity",
    "configParameters",
    "enhancedVpcRouting",
    "ipAddressType",
    "maxCapacity",
    "pricePerformanceTarget",
    "publiclyAccessible",
    "securityGroupIds",
    "subnetIds",
    "trackName",
)


class Registry:
    """All of them, in all accounts and regions; its two dictionaries are what is persisted."""

    def __init__(self) -> None:
        self.namespaces = AccountRegionScopedDict()
        self.workgroups = AccountRegionScopedDict()
        self._warehouses: dict[str, Warehouse] = {}  # by namespaceId
        self._settings: CloudSettings | None = None
        self._lock = threading.RLock()

    def use(self, settings: CloudSettings) -> None:
        """Tell where warehouses keep their data; to be called before anything else."""
        self._settings = settings

    # Namespaces

    def create_namespace(self, request: Mapping[str, Any], creator: str = ROOT) -> Record:
        """Make a namespace from the members of CreateNamespace.

        Where no admin is asked for, the IAM identity that creates it is its superuser (see
        "Getting started with IAM credentials" in the Redshift management guide).

        Raises
        ------
        ApiError : the name is taken, or a member does not fit.
        """
        name = _checked_name(request, "namespaceName")
        with self._lock:
            if name in self.namespaces:
                raise ApiError("ConflictException", f"Namespace {name} already exists.")
            identifier = str(uuid.uuid4())
            record = {
                "namespaceName": name,
                "namespaceId": identifier,
                "namespaceArn": _arn("namespace", identifier),
                "dbName": request.get("dbName") or _DEFAULT_DATABASE,
                "adminUsername": request.get("adminUsername") or _DEFAULT_ADMIN,
                "iamRoles": [],
                "logExports": [],
                "status": "AVAILABLE",
                "creationDate": _now(),
                "tags": request.get("tags") or [],
            }
            if not any(request.get(member) for member in _ADMIN_MEMBERS):
                record["creator"] = creator
            self._apply_to_namespace(record, request)
            self.namespaces[name] = record
            return record

    def update_namespace(self, request: Mapping[str, Any]) -> Record:
        """Change a namespace by the members of UpdateNamespace."""
        with self._lock:
            record = self.namespace(request.get("namespaceName"))
            self._apply_to_namespace(record, request)
            return record

    def delete_namespace(self, name: str) -> Record:
        """Remove a namespace and its data."""
        with self._lock:
            record = self.namespace(name)
            if any(workgroup["namespaceName"] == name for workgroup in self.workgroups.values()):
                raise ApiError("ConflictException", f"The namespace {name} still has a workgroup.")
            self.warehouse_of_namespace(record).delete()
            self._warehouses.pop(record["namespaceId"], None)
            self._forget_secret(record)
            del self.namespaces[name]
            return {**record, "status": "DELETING"}

    def namespace(self, name: Any) -> Record:
        """Return a namespace, or raise ResourceNotFoundException."""
        if name not in self.namespaces:
            raise _not_found(f"Namespace {name} does not exist.", name)
        record: Record = self.namespaces[name]
        return record

    def _apply_to_namespace(self, record: Record, request: Mapping[str, Any]) -> None:
        for member in _NAMESPACE_MEMBERS:
            if request.get(member) is not None:
                record[member] = request[member]
        default = record.get("defaultIamRoleArn")
        if default and default not in record["iamRoles"]:
            raise validation("The default IAM role must be one of the namespace's iamRoles.")
        password = request.get("adminUserPassword")
        if request.get("manageAdminPassword"):
            if password:
                raise validation("adminUserPassword and manageAdminPassword exclude each other.")
            self._keep_secret(record)
        elif password:
            if not _PASSWORD.fullmatch(password):
                raise validation(
                    "adminUserPassword needs 8 to 64 printable ASCII characters with a lower-case "
                    "letter, an upper-case letter and a digit, without / @ \" ' \\ or spaces."
                )
            self._forget_secret(record)
            record["adminUserPassword"] = password

    def _keep_secret(self, record: Record) -> None:
        if "adminPasswordSecretArn" in record:
            return
        record.pop("adminUserPassword", None)
        content = {"username": record["adminUsername"], "password": _new_password()}
        name = f"redshift!{record['namespaceName']}-{record['adminUsername']}"
        arn = secretsmanager.create_secret_in_process(
            name, json.dumps(content), "Managed by the namespace " + record["namespaceName"]
        )
        if arn is None:
            raise ApiError("ConflictException", f"The secret {name} already exists.")
        record["adminPasswordSecretArn"] = arn

    @staticmethod
    def _forget_secret(record: Record) -> None:
        arn = record.pop("adminPasswordSecretArn", None)
        if arn:
            secretsmanager.delete_secret_in_process(arn)

    # Workgroups

    def create_workgroup(self, request: Mapping[str, Any]) -> Record:
        """Make a workgroup from the members of CreateWorkgroup, and open its port."""
        name = _checked_name(request, "workgroupName")
        with self._lock:
            if name in self.workgroups:
                raise ApiError("ConflictException", f"Workgroup {name} already exists.")
            namespace = self.namespace(request.get("namespaceName"))
            for other in self.workgroups.values():
                if other["namespaceName"] == namespace["namespaceName"]:
                    raise ApiError("ConflictException", "The namespace already has a workgroup.")
            identifier = str(uuid.uuid4())
            record = {
                "workgroupName": name,
                "workgroupId": identifier,
                "workgroupArn": _arn("workgroup", identifier),
                "namespaceName": namespace["namespaceName"],
                "baseCapacity": 128,
                "enhancedVpcRouting": False,
                "publiclyAccessible": False,
                "securityGroupIds": [],
                "subnetIds": [],
                "configParameters": [],
                "status": "AVAILABLE",
                "creationDate": _now(),
                "tags": request.get("tags") or [],
            }
            self._apply_to_workgroup(record, request)
            self.workgroups[name] = record
            self._open(record)
            return record

    def update_workgroup(self, request: Mapping[str, Any]) -> Record:
        """Change a workgroup by the members of UpdateWorkgroup."""
        with self._lock:
            record = self.workgroup(request.get("workgroupName"))
            self._apply_to_workgroup(record, request)
            return record

    def delete_workgroup(self, name: str) -> Record:
        """Remove a workgroup; the namespace keeps its data."""
        with self._lock:
            record = self.workgroup(name)
            self.warehouse_of(name).close()
            del self.workgroups[name]
            return {**record, "status": "DELETING"}

    def workgroup(self, name: Any) -> Record:
        """Return a workgroup, or raise ResourceNotFoundException."""
        if name not in self.workgroups:
            raise _not_found(f"Workgroup {name} does not exist.", name)
        record: Record = self.workgroups[name]
        return record

    @staticmethod
    def _apply_to_workgroup(record: Record, request: Mapping[str, Any]) -> None:
        for member in _WORKGROUP_MEMBERS:
            if request.get(member) is not None:
                record[member] = request[member]

    def _open(self, workgroup: Record) -> None:
        port = self.warehouse_of(workgroup["workgroupName"]).open()
        workgroup["port"] = port
        workgroup["endpoint"] = {"address": HOST, "port": port, "vpcEndpoints": []}

    # Warehouses

    def warehouse_of(self, workgroup: str) -> Warehouse:
        """Return the warehouse that a workgroup computes on."""
        return self.warehouse_of_namespace(
            self.namespace(self.workgroup(workgroup)["namespaceName"])
        )

    def warehouse_of_namespace(self, namespace: Record) -> Warehouse:
        """Return the warehouse of a namespace; it starts nothing."""
        assert self._settings is not None  # noqa: S101  # `use` comes first
        identifier = namespace["namespaceId"]
        with self._lock:
            if identifier not in self._warehouses:
                folder = self._settings.state_dir / "redshift" / namespace["namespaceName"]
                self._warehouses[identifier] = Warehouse(
                    folder, _owner(namespace), self._settings.endpoint
                )
            return self._warehouses[identifier]

    def open_all(self) -> None:
        """Open the ports of all workgroups, after their state was loaded."""
        for account, region in {key[:2] for key in list(self.workgroups._data)}:
            with request_scope(account, region):
                for workgroup in self.workgroups.values():
                    self._open(workgroup)

    def close_all(self) -> None:
        """End all sessions and database servers; data and records stay."""
        for warehouse in list(self._warehouses.values()):
            warehouse.close()


registry = Registry()
"""The one of this process, as MiniStack's services keep their state."""


def _owner(namespace: Record) -> Owner:
    account, region = get_account_id(), get_region()

    def admin_password() -> str | None:
        arn = namespace.get("adminPasswordSecretArn")
        if arn is None:
            return namespace.get("adminUserPassword")
        with request_scope(account, region):
            content = secretsmanager.resolve_secret_string(arn)
        return None if content is None else str(json.loads(content)["password"])

    return Owner(
        database=namespace["dbName"],
        admin=namespace["adminUsername"],
        creator=namespace.get("creator"),
        admin_password=admin_password,
        roles=lambda: RolesOfNamespace(
            tuple(namespace["iamRoles"]), namespace.get("defaultIamRoleArn") or None
        ),
    )


def _checked_name(request: Mapping[str, Any], member: str) -> str:
    name = request.get(member)
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise validation(
            f"{member} must have 3 to 64 characters, which are a-z, 0-9 or -: {name!r}"
        )
    return name


def _arn(kind: str, identifier: str) -> str:
    return f"arn:aws:redshift-serverless:{get_region()}:{get_account_id()}:{kind}/{identifier}"


def _now() -> str:
    now = datetime.datetime.now(datetime.UTC)
    return now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _new_password() -> str:
    alphabet = string.ascii_letters + string.digits
    while True:
        password = "".join(secrets.choice(alphabet) for _ in range(_PASSWORD_LENGTH))
        if _PASSWORD.fullmatch(password):
            return password


def _not_found(message: str, name: Any) -> ApiError:
    return ApiError("ResourceNotFoundException", message, resourceName=str(name))
