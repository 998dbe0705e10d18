"""`local_folder`: a folder of this machine, below the deployment's home."""

from actions.connections.base import ConnectionType, NoSecrets, Opened, TestCall
from actions.connections.registry import register
from actions.objects.local import LocalFolderSettings, LocalStore


class LocalFolder(ConnectionType[LocalFolderSettings, NoSecrets]):
    """A folder by name; where it lies on the disk is the operator's to say."""

    key = "local_folder"
    title = "Folder of this machine"
    description = "A folder for object_put and object_get, where there is no store that speaks S3."
    icon = "folder"
    settings_model = LocalFolderSettings

    def test(self, opened: Opened[LocalFolderSettings, NoSecrets], call: TestCall) -> str:
        LocalStore(call.workspace_id, folder=opened.settings.folder).test()
        return f"The folder {opened.settings.folder!r} can be written to."


register(LocalFolder())
