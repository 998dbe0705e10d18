from core.context import workspace_names
from core.models import Workspace


def test_settings_of_a_workspace_stand_beside_its_own_names_which_win() -> None:
    workspace = Workspace(slug="acme", name="Acme Ltd", settings={"owner_email": "ann@acme.example", "name": "Other"})

    names = workspace_names(workspace)

    assert names == {"owner_email": "ann@acme.example", "name": "Acme Ltd", "slug": "acme", "id": str(workspace.pk)}
