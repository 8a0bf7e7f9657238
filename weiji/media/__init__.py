"""Media: pictures that were uploaded. See README.md."""

from weiji.media.decoding import decode
from weiji.media.files import is_kept, read_picture, read_video
from weiji.media.jobs import jobs
from weiji.media.model import (
    BYTES_MAX,
    NO_OWNER,
    TAKEN,
    ShowVideo,
    ShowVideoStatus,
    UploadResult,
    UploadStatus,
    Usage,
    UsePictures,
    VideoResult,
    VideoStatus,
)
from weiji.media.operations import find_kept, find_owned, get_usage, use_pictures
from weiji.media.uploads import upload_pictures
from weiji.media.videos import show_videos, upload_video

__all__ = [
    "BYTES_MAX",
    "NO_OWNER",
    "TAKEN",
    "ShowVideo",
    "ShowVideoStatus",
    "UploadResult",
    "UploadStatus",
    "Usage",
    "UsePictures",
    "VideoResult",
    "VideoStatus",
    "decode",
    "find_kept",
    "find_owned",
    "get_usage",
    "is_kept",
    "jobs",
    "read_picture",
    "read_video",
    "show_videos",
    "upload_pictures",
    "upload_video",
    "use_pictures",
]
