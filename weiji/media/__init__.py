"""Media: pictures that were uploaded. See README.md."""

from weiji.media.files import read_picture
from weiji.media.jobs import jobs
from weiji.media.model import (
    BYTES_MAX,
    NO_OWNER,
    PIXELS_MAX,
    TAKEN,
    UploadResult,
    UploadStatus,
    Usage,
    UsePictures,
)
from weiji.media.operations import find_kept, get_usage, use_pictures
from weiji.media.uploads import upload_pictures

__all__ = [
    "BYTES_MAX",
    "NO_OWNER",
    "PIXELS_MAX",
    "TAKEN",
    "UploadResult",
    "UploadStatus",
    "Usage",
    "UsePictures",
    "find_kept",
    "get_usage",
    "jobs",
    "read_picture",
    "upload_pictures",
    "use_pictures",
]
