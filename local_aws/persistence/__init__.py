"""What the local cloud knows survives its stop, and but for the last seconds also its death."""

from __future__ import annotations

from local_aws import lifecycle
from local_aws.persistence.autosave import Autosave, StateFiles
from local_aws.persistence.dynamodb_items import StoredItems
from local_aws.persistence.item_store import ItemStore
from local_aws.settings import CloudSettings


def install(settings: CloudSettings) -> None:
    """Save in the background, and keep DynamoDB's items in a store of their own."""
    store = ItemStore(settings.state_dir / "dynamodb" / "items.sqlite")
    StoredItems(store).install()
    autosave = Autosave(StateFiles(settings.state_dir / "services"))
    autosave.install()
    lifecycle.at_start(store.start)
    lifecycle.at_exit(store.stop)
    lifecycle.at_start(autosave.start)
    lifecycle.at_stop(autosave.stop)  # MiniStack writes the same files at its end
