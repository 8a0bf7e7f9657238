"""What media tell."""

from weiji.events.model import Event


class VideoShown(Event, frozen=True, kw_only=True):
    """Something of a shop, which is the subject, shows another video; an empty `url`: none."""

    url: str
