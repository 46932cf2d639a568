"""Register our services with MiniStack, which has none for Redshift."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from ministack import app
from ministack.core import router
from ministack.services import stepfunctions

from local_aws.redshift.api import cloudformation, data_service, serverless


def install() -> None:
    """Let MiniStack route to redshift-serverless and redshift-data, and Step Functions call it."""
    _register("redshift-serverless", "redshift_serverless", serverless, "RedshiftServerless")
    _register("redshift-data", "redshift_data", data_service, "RedshiftData")
    for name, service, prefix in (
        ("redshiftdata", "redshift-data", "RedshiftData"),
        ("redshiftserverless", "redshift-serverless", "RedshiftServerless"),
    ):
        stepfunctions._AWS_SDK_SERVICE_MAP[name] = {
            "target_prefix": prefix,
            "protocol": "json",
            "service_key": service,
        }
        stepfunctions._AWS_SDK_ERROR_PREFIX[name] = prefix
    cloudformation.install()


def _register(service: str, module_name: str, module: ModuleType, target_prefix: str) -> None:
    registry: dict[str, Any] = app.SERVICE_REGISTRY
    registry[service] = {"module": module_name}
    app._loaded_modules[module_name] = module
    app.SERVICE_HANDLERS[service] = app._lazy_handler(module_name)
    app._state_map[module_name] = module_name
    router.SERVICE_PATTERNS[service] = {
        "target_prefixes": [target_prefix + "."],
        "host_patterns": [service.replace("-", r"\-") + r"\."],
        "credential_scope": service,
    }
