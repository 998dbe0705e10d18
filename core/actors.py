"""Who asks for a change of access, and what they may hand on."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core import scopes as vocabulary
from core.errors import ForbiddenError
from core.models import Role


@dataclass(frozen=True, slots=True)
class Actor:
    """A caller as services know it: `name` for the records, and the role and scopes that it can hand on at most.

    `user_id` is the person whose session or key it is, `account_id` the service account; both None for operators, and
    for keys that are nobody's. `is_operator`: somebody on the server, who may act for anybody.
    `expires_at`: when the key ends that asks, if it does.
    """

    name: str
    role: Role = Role.ADMIN
    scopes: tuple[str, ...] = ()
    user_id: int | None = None
    account_id: UUID | None = None
    expires_at: datetime | None = None
    is_operator: bool = False

    def check_can_give(self, *, role: Role, scopes: Collection[str] | None = None) -> None:
        """Raises `ForbiddenError` for a higher role than its own, and for scopes that it does not have itself.

        `scopes` are those of a key that is to be made; None for members, whom no scopes hold back.
        """
        if not self.role.includes(role):
            raise ForbiddenError(f"Nobody gives a higher role than their own: {role.value} is above {self.role.value}.")
        if not self.scopes:
            return
        if scopes is None:
            raise ForbiddenError("A key with scopes lets nobody in and changes no roles, since members have no scopes.")
        more = [each for each in scopes or vocabulary.SCOPES if each not in self.scopes]
        if more:
            raise ForbiddenError(
                f"A key with scopes makes keys with some of its own alone; it lacks {', '.join(more[:5])}."
            )

    def check_can_end(self, at: datetime | None) -> None:
        """Raises `ForbiddenError` for a key that would outlive the one that asks; `at` None is no end."""
        if self.expires_at is not None and (at is None or at > self.expires_at):
            raise ForbiddenError(
                f"No key outlives the one that makes or changes it, which ends {self.expires_at:%Y-%m-%d %H:%M:%SZ}; "
                "say an `expires_at` that is no later, or ask somebody whose key or session does not end."
            )
