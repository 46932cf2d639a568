"""Resource types that MiniStack does not have, over its services' own calls."""

from __future__ import annotations

import json

from ministack.services import athena, budgets, glue

from local_aws.cloudformation.handlers import Created, Properties, add_type, demand

_NAMED_QUERY = "AWS::Athena::NamedQuery"
_SECURITY_CONFIGURATION = "AWS::Glue::SecurityConfiguration"
_BUDGET = "AWS::Budgets::Budget"


def install() -> None:
    """Serve the types."""
    add_type(
        _NAMED_QUERY,
        create=_create_named_query,
        update=_update_named_query,
        delete=lambda physical_id, _: athena._delete_named_query({"NamedQueryId": physical_id}),
    )
    add_type(
        _SECURITY_CONFIGURATION,
        create=_create_security_configuration,
        update=_update_security_configuration,
        delete=lambda physical_id, _: glue._delete_security_configuration({"Name": physical_id}),
    )
    add_type(_BUDGET, create=_create_budget, update=_update_budget, delete=_delete_budget)


def _create_named_query(logical_id: str, properties: Properties, stack: str) -> Created:
    request = {"Name": f"{stack}-{logical_id}", **properties}
    answer = demand(_NAMED_QUERY, athena._create_named_query(request))
    query_id = json.loads(answer)["NamedQueryId"]
    return query_id, {"NamedQueryId": query_id}


def _update_named_query(_: str, __: Properties, new: Properties, stack: str) -> Created:
    # Every property needs a replacement; CloudFormation deletes the old one afterwards.
    return _create_named_query("NamedQuery", new, stack)


def _create_security_configuration(_: str, properties: Properties, __: str) -> Created:
    request = {"Name": properties["Name"]}
    request["EncryptionConfiguration"] = properties["EncryptionConfiguration"]
    demand(_SECURITY_CONFIGURATION, glue._create_security_configuration(request))
    return properties["Name"], {}


def _update_security_configuration(
    physical_id: str, old: Properties, new: Properties, stack: str
) -> Created:
    if new["Name"] == old["Name"]:
        raise ValueError(
            "CloudFormation cannot update a stack when a custom-named resource requires "
            f"replacing. Rename {physical_id} and update the stack again."
        )
    return _create_security_configuration("", new, stack)


def _create_budget(logical_id: str, properties: Properties, stack: str) -> Created:
    budget = {"BudgetName": f"{stack}-{logical_id}", **properties["Budget"]}
    request = {
        "AccountId": budgets.get_account_id(),
        "Budget": budget,
        "NotificationsWithSubscribers": properties.get("NotificationsWithSubscribers", []),
    }
    demand(_BUDGET, budgets._create_budget(request))
    return budget["BudgetName"], {}


def _update_budget(physical_id: str, old: Properties, new: Properties, stack: str) -> Created:
    if new.get("NotificationsWithSubscribers") != old.get("NotificationsWithSubscribers"):
        _delete_budget(physical_id, old)
        budget = {"BudgetName": physical_id, **new["Budget"]}
        return _create_budget("", {**new, "Budget": budget}, stack)
    budget = {**new["Budget"], "BudgetName": physical_id}
    request = {"AccountId": budgets.get_account_id(), "NewBudget": budget}
    demand(_BUDGET, budgets._update_budget(request))
    return physical_id, {}


def _delete_budget(physical_id: str, _: Properties) -> None:
    request = {"AccountId": budgets.get_account_id(), "BudgetName": physical_id}
    budgets._delete_budget(request)
