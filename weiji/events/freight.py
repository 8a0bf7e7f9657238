"""What freight tells. The stream is the shop, the subject the template."""

from uuid import UUID

from weiji.events.model import Event


class FreightTemplateChanged(Event, frozen=True, kw_only=True):
    """A shop charges something else for sending from now on: a template was written or removed."""

    template_id: UUID
    shop_id: UUID
    is_removed: bool
