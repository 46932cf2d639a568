"""Make the session of a client that has logged in.

It imports the SQL parser and Arrow, which take longer than all the rest: who has no warehouse, or
does not use it, does not wait for them.
"""

from __future__ import annotations

from local_aws.redshift.execution import Executor
from local_aws.redshift.load.storage import Storage
from local_aws.redshift.wire.messages import Channel
from local_aws.redshift.wire.session import ClientSession
from local_aws.redshift.wire.upstream import Upstream


def session_of(client: Channel, upstream: Upstream, storage: Storage) -> ClientSession:
    """Return the session that serves a client.

    Parameters
    ----------
    client : its connection.
    upstream : the session of the database server that is its own.
    storage : S3 as its namespace reaches it.
    """
    return ClientSession(client, upstream, Executor(upstream, storage))
