"""Where workspaces, who is in them, secrets, dead letters, plugins and the audit trail are found."""

from rest_framework.routers import SimpleRouter

from core.api import (
    api_keys,
    audit,
    dead_letters,
    invitations,
    members,
    plugins,
    secrets,
    service_accounts,
    workspaces,
)

router = SimpleRouter()
router.register("secrets", secrets.SecretViewSet, basename="secret")
router.register("dead-letters", dead_letters.DeadLetterViewSet, basename="dead-letter")
router.register("plugins", plugins.PluginViewSet, basename="plugin")
router.register("monitoring/audit", audit.AuditViewSet, basename="audit")
router.register("workspaces", workspaces.MyWorkspacesViewSet, basename="my-workspace")
router.register("workspaces", workspaces.WorkspaceDetailViewSet, basename="workspace")
router.register("api-keys", api_keys.ApiKeyViewSet, basename="api-key")
router.register("service-accounts", service_accounts.ServiceAccountViewSet, basename="service-account")
# Before the members: "accept" and "invitations" are no ids of any.
router.register("members/accept", members.AcceptViewSet, basename="member-accept")
router.register("members/invitations", invitations.InvitationViewSet, basename="invitation")
router.register("members", members.MemberViewSet, basename="member")
urlpatterns = router.urls
