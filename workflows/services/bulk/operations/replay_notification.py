"""Send notifications again."""

from uuid import UUID

from django.db.models import Q

from workflows.engine.notices import DeliveryStatus
from workflows.engine.repairs import Target
from workflows.models import NotificationDelivery
from workflows.services.bulk.operation import Effects, Operation, Options, Order
from workflows.services.notifications import replaying


class ReplayNotification(Operation[Options]):
    """A new notification for each, in the same words to the same address."""

    name = "replay"
    target = Target.NOTIFICATION
    options = Options

    def applies(self) -> Q:
        return ~Q(status=DeliveryStatus.PENDING)

    def look(self, row: NotificationDelivery, options: Options) -> Effects:
        return Effects(executed=1)

    def act(self, target_id: UUID, order: Order[Options]) -> UUID | None:
        return replaying.replay(NotificationDelivery.objects.get(pk=target_id), by=order.by, reason=order.words).pk
