"""Which store an action means: that of the connection it names, or the folder of this machine where there is none."""

from actions.base import ActionCall
from actions.models import Connection
from actions.objects.base import Store
from actions.objects.local import LocalStore
from actions.objects.s3 import S3Store

KINDS = frozenset({"s3", "local_folder"})


def opened(name: str | None, call: ActionCall) -> Store:
    """The store of the connection; without a name that of the only one, and the default folder when there is none.

    Raises `ActionFailedError`, as `call.connections.open` does.
    """
    if name is None and not Connection.objects.filter(kind__in=KINDS).exists():
        return LocalStore(call.workspace_id)
    account = call.connections.open(name, kinds=KINDS)
    if account.kind == "s3":
        return S3Store(account)
    return LocalStore(call.workspace_id, folder=account.settings.folder)
