"""Brings the pictures and videos that files of goods name, after the goods: from the package itself, or from elsewhere.

The work is a line of a run, which is one product: it is claimed for a while, each of its pictures is taken in, and
the product is saved once with the addresses that they have now. What became of a picture is kept for the shop, so that
it is brought once, whoever else names it, and a file that comes again changes nothing. A picture that can't be brought
is told of in the line; its product keeps the address that the file gave.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from tempfile import TemporaryFile
from typing import IO, BinaryIO, Final, cast
from uuid import UUID

import structlog
from msgspec.structs import replace

from weiji.catalog import (
    Picture,
    SaveProduct,
    SaveProductStatus,
    SaveSku,
    get_products,
    save_products,
    show_product_videos,
)
from weiji.kit import clock
from weiji.kit.batch import Batchers
from weiji.kit.db import RETRIES, UNREACHABLE, Database, Reader, Transaction
from weiji.kit.fetching import Fetcher, FetchError
from weiji.media import BYTES_MAX, TAKEN, ShowVideo, ShowVideoStatus, find_kept, upload_pictures, upload_video
from weiji.porting import store
from weiji.porting.model import Outcome, RunState
from weiji.porting.packages import SCHEME, Package, PackageError
from weiji.porting.page_design import apply_design, design_sources
from weiji.porting.records import Fault, LineProblem, ProductRecord, SkuRecord, VideoRecord, saved
from weiji.porting.store import Brought, PictureLine, PictureTask, VideoOfLine
from weiji.settings import Settings

AT_ONCE: Final = 4
"""Products whose pictures one process brings at a time."""

CLAIM: Final = timedelta(minutes=5)
"""How long a process has a line, from the last of its pictures on: far longer than one may take."""

PAUSES: Final = (1.0, 5.0)
"""Seconds to wait before a picture is asked for again, where the other side is only busy."""

BUSY: Final = ("too_slow", "unreachable", "status_429", "status_500", "status_502", "status_503", "status_504")

TICK: Final = 1.0
"""Seconds between two looks for work, where there was none."""

PACKAGES_OPEN: Final = 4
"""Packages that one process has open."""

NO_RUN: Final = UUID(int=0)
"""The run of a picture that no run brought."""

_OWN: Final = re.compile(r"(?:^package:|/media/)([0-9a-f]{64}(?:-[1-9][0-9]{0,3}\.webp|\.mp4))(?:\Z|\?)")

_VIDEO: Final = re.compile(r"\.mp4(?:\Z|\?)")

log = structlog.get_logger("weiji.pictures")


def is_to_bring(url: str | None) -> bool:
    """Tell whether an address is one of a picture that the shop does not have yet."""
    return url is not None and url.lower().startswith((SCHEME, "http://", "https://", "//"))


def sources_of(product: SaveProduct) -> list[str]:
    """List the addresses of a product's pictures that are to be brought, each once."""
    urls = [*(picture.url for picture in product.pictures), *(sku.picture for sku in product.skus)]
    return list(dict.fromkeys(url for url in urls if url and is_to_bring(url)))


async def with_known(reader: Reader, shop_id: UUID, records: Sequence[ProductRecord]) -> list[ProductRecord]:
    """Give products of a file the pictures that were brought before, instead of the addresses that they have there."""
    urls = {picture.url for record in records for picture in record.pictures}
    urls |= {sku.picture for record in records for sku in record.skus if sku.picture}
    urls |= {url for record in records if record.video for url in (record.video.url, record.video.cover)}
    brought = await find_brought(reader, shop_id, {url for url in urls if is_to_bring(url)})
    return [_shown(record, brought) for record in records] if brought else list(records)


async def find_brought(reader: Reader, shop_id: UUID, sources: set[str]) -> dict[str, Brought]:
    """Find the pictures that were brought before, or are the shop's own, by the addresses that a file gives them."""
    known = await _known(reader, shop_id, sources)
    brought = {source: found for source, found in known.items() if found.url}
    own = {source: url for source in sources if (url := _address_in(source))}
    kept = await find_kept(reader, shop_id, set(own.values()))
    return brought | {
        source: Brought(source=source, url=url, run_id=NO_RUN) for source, url in own.items() if url in kept
    }


def _address_in(source: str) -> str | None:
    """Give the address that a picture has in weiji where a file of weiji's names it: it may be the shop's still."""
    found = _OWN.search(source)
    return f"/media/{found[1]}" if found else None


async def _known(reader: Reader, shop_id: UUID, sources: set[str]) -> dict[str, Brought]:
    """Read what became of pictures; those that were swept since were never brought."""
    known = await store.get_pictures(reader, shop_id, sources)
    kept = await find_kept(reader, shop_id, [found.url for found in known.values() if found.url])
    return {source: found for source, found in known.items() if found.url is None or found.url in kept}


def _shown(record: ProductRecord, brought: Mapping[str, Brought]) -> ProductRecord:
    skus = tuple(replace(sku, picture=_url(sku, brought)) for sku in record.skus)
    video = record.video and _video(record.video, brought)
    return replace(record, pictures=_pictures(record.pictures, brought), skus=skus, video=video)


def _video(video: VideoRecord, brought: Mapping[str, Brought]) -> VideoRecord:
    """Put what was brought in the place of addresses."""
    urls = {source: found.url for source, found in brought.items() if found.url}
    return replace(video, url=urls.get(video.url, video.url), cover=urls.get(video.cover, video.cover))


def _url(sku: SkuRecord | SaveSku, brought: Mapping[str, Brought]) -> str | None:
    found = brought.get(sku.picture or "")
    return found.url if found else sku.picture


def _pictures(pictures: Sequence[Picture], brought: Mapping[str, Brought]) -> tuple[Picture, ...]:
    """Put what was brought in the place of addresses. Two addresses of one picture are one."""
    shown: dict[str, Picture] = {}
    for picture in pictures:
        found = brought.get(picture.url)
        if found and found.url:
            size = (found.width, found.height) if found.width else (picture.width, picture.height)
            picture = replace(picture, url=found.url, width=size[0], height=size[1])
        shown.setdefault(picture.url, picture)
    return tuple(shown.values())


class Bringer:
    """Brings pictures, those of a few products at a time. It waits for other people's servers, so it is no job."""

    def __init__(self, database: Database, batchers: Batchers, settings: Settings) -> None:
        self.database = database
        self.batchers = batchers
        self.settings = settings
        self.fetcher = Fetcher(may_go_inside=settings.fetch_inside)
        self._packages = _Packages(database)

    async def run(self) -> None:
        """Bring what there is to bring until cancelled."""
        try:
            while True:
                try:
                    done = await self.work()
                except UNREACHABLE as error:
                    self.database.outage.warn(log, "pictures not brought", error)
                    done = 0
                if not done:
                    await asyncio.sleep(TICK)
        finally:
            self.close()

    def close(self) -> None:
        """Let go of packages."""
        self._packages.close()

    async def work(self) -> int:
        """Bring the pictures of a few products; say of how many."""
        async with self.database.read() as reader:
            tasks = await store.get_lines_with_pictures(reader, clock.now(), AT_ONCE)
        ended = await asyncio.gather(*map(self._bring, tasks), return_exceptions=True)
        for task, error in zip(tasks, ended, strict=True):
            if isinstance(error, asyncio.CancelledError):
                raise error
            if isinstance(error, BaseException):  # The claim ends by itself, and somebody tries once more.
                log.error("pictures failed", run=str(task.run_id), number=task.number, error=repr(error))
        return len(tasks)

    async def _bring(self, task: PictureTask) -> None:
        async with self.database.transaction() as tx:
            if not await store.claim_line(tx, task, tx.now + CLAIM):
                return
        async with self.database.read() as reader:
            sources = await _sources_of(reader, task)
            if task.video:
                addresses = (task.video.video.url, task.video.video.cover)
                sources = list(dict.fromkeys([*sources, *filter(is_to_bring, addresses)]))
            known = await _known(reader, task.shop_id, set(sources))
        brought: dict[str, Brought] = {}
        for source in sources:
            found = known.get(source)
            # What failed before is worth another try, once in each run.
            if found is None or (found.url is None and found.run_id != task.run_id):
                found = await self._take(task, source)
            brought[source] = found
        await self._retried(task, brought)

    async def _take(self, task: PictureTask, source: str) -> Brought:
        """Take one picture in; write down what became of it."""
        found = Brought(source=source, run_id=task.run_id)
        is_video = _VIDEO.search(source)
        try:
            content = await self._read(task, source, self.settings.video_mb * 1024**2 if is_video else BYTES_MAX)
        except FetchError as error:
            found = replace(found, fault=str(error))
        else:
            if is_video:
                video = await upload_video(self.batchers, self.settings, task.shop_id, content)
                fault = "" if video.url else str(video.status)
                found = replace(found, url=video.url, fault=fault, width=video.width, height=video.height)
                return await self._note(task, found)
            (result,) = await upload_pictures(self.batchers, self.settings, task.shop_id, [content])
            if result.status in TAKEN:
                found = replace(found, url=result.url, width=result.width, height=result.height)
            else:
                found = replace(found, fault=str(result.status))
        return await self._note(task, found)

    async def _note(self, task: PictureTask, found: Brought) -> Brought:
        """Write down what became of it, and go on for a while."""
        async with self.database.transaction() as tx:
            await store.save_picture(tx, task.shop_id, found)
            await store.prolong_line(tx, task, tx.now + CLAIM)
        return found

    async def _read(self, task: PictureTask, source: str, bytes_max: int) -> bytes:
        if source.startswith(SCHEME):
            return await self._packages.read(task.run_id, source, bytes_max)
        url = f"https:{source}" if source.startswith("//") else source
        for pause in PAUSES:
            with suppress(_Busy):
                return await self._fetch(url, bytes_max)
            await asyncio.sleep(pause)
        return await self.fetcher.fetch(url, bytes_max)

    async def _fetch(self, url: str, bytes_max: int) -> bytes:
        try:
            return await self.fetcher.fetch(url, bytes_max)
        except FetchError as error:
            if str(error) in BUSY:
                raise _Busy from error
            raise

    async def _retried(self, task: PictureTask, brought: Mapping[str, Brought]) -> None:
        for attempt in range(1, RETRIES + 1):
            try:
                await self.database.retried(lambda tx: _finish(tx, task, brought))
            except _Raced:
                if attempt == RETRIES:
                    raise
            else:
                return


class _Busy(Exception):
    """The other side has no time just now."""


class _Raced(Exception):
    """Somebody saved the product between reading and saving it."""


async def _finish(tx: Transaction, task: PictureTask, brought: Mapping[str, Brought]) -> None:
    """Save a product with its pictures, and write down in its line what became of them, unless the run was undone."""
    locked = (await store.lock_runs(tx, [task.run_id])).get(task.run_id)
    line = await store.lock_line(tx, task)
    if not locked or locked.run.state is not RunState.IMPORTED or line is None:
        return
    problems = [
        LineProblem(line=0, fault=Fault.PICTURE_NOT_TAKEN, column=found.fault, value=source[-80:])
        for source, found in brought.items()
        if found.url is None
    ]
    before = line
    if len(problems) < len(brought) or task.product_id is None or task.video:
        found = {source: each for source, each in brought.items() if each.url}
        if task.product_id is None:
            refusal = await _save_design(tx, task, found)
        else:
            line, refusal = await _save(tx, task, task.product_id, line, found)
            if line.video and not refusal:
                line, refusal = await _show_video(tx, task, task.product_id, line, line.video, found)
        if refusal:
            problems = [LineProblem(line=0, fault=Fault.NOT_SAVED, value=refusal)] * line.pictures
    missed = min(len(problems), line.pictures)
    line = replace(line, problems=(*line.problems, *dict.fromkeys(problems))[:PROBLEMS_KEPT])
    await store.finish_line(tx, task, line)
    is_changed = line.outcome is not before.outcome
    run = locked.run
    run = replace(
        run,
        pictures_taken=run.pictures_taken + line.pictures - missed,
        pictures_missed=run.pictures_missed + missed,
        changed=run.changed + is_changed,
        same=run.same - is_changed,
        warned=run.warned + (bool(line.problems) and not before.problems),
    )
    await store.update_runs(tx, [run])


PROBLEMS_KEPT: Final = 20
"""Problems of one product that a report tells of."""


async def _save(
    tx: Transaction, task: PictureTask, product_id: UUID, line: PictureLine, brought: Mapping[str, Brought]
) -> tuple[PictureLine, str]:
    """Save the product with its pictures; give the line as it is then, and why it was refused. Raises _Raced."""
    (page,) = await get_products(tx, [product_id])
    assert page, "a product stays"
    command = replace(saved(page, task.actor), version=page.version)
    skus = tuple(replace(sku, picture=_url(sku, brought)) for sku in command.skus)
    shown = replace(command, pictures=_pictures(command.pictures, brought), skus=skus)
    (result,) = await save_products(tx, [shown])
    match result.status:
        case SaveProductStatus.VERSION_CONFLICT:
            raise _Raced
        case SaveProductStatus.UPDATED:
            # Undoing takes it back as long as nobody else changed the product.
            if page.version == line.version:
                is_new_change = line.outcome is Outcome.SAME
                line = replace(
                    line,
                    version=result.version,
                    outcome=Outcome.CHANGED if is_new_change else line.outcome,
                    before=saved(page, task.actor) if is_new_change else line.before,
                )
            return line, ""
        case SaveProductStatus.EXISTS:
            return line, ""
        case refusal:
            return line, str(refusal)


async def _show_video(
    tx: Transaction,
    task: PictureTask,
    product_id: UUID,
    line: PictureLine,
    its: VideoOfLine,
    brought: Mapping[str, Brought],
) -> tuple[PictureLine, str]:
    """Have a product show its video; give the line as it is then, and why it was refused.

    Without the cover that the file names, the product's first picture is it. A video that could not be brought was told
    of.
    """
    video = _video(its.video, brought)
    if is_to_bring(video.url):
        return line, ""
    (page,) = await get_products(tx, [product_id])
    assert page, "a product stays"
    first = next((picture.url for picture in page.pictures if not is_to_bring(picture.url)), "")
    command = ShowVideo(
        holder_id=product_id,
        owner_id=task.shop_id,
        url=video.url,
        cover=first if is_to_bring(video.cover) else video.cover,
        alt=video.alt,
        actor=task.actor,
    )
    (status,) = await show_product_videos(tx, [command])
    if status is not ShowVideoStatus.DONE:
        return line, str(status)
    before = page.video and VideoRecord(url=page.video.url, cover=page.video.cover, alt=page.video.alt)
    if line.outcome is Outcome.SAME and page.version == line.version:
        line = replace(line, outcome=Outcome.CHANGED, before=saved(page, task.actor))
    return replace(line, video=replace(its, shown=video.url, before=before)), ""


async def _sources_of(reader: Reader, task: PictureTask) -> list[str]:
    """List the addresses of the pictures of a line's product, or of the shop's page, that are to be brought."""
    if task.product_id is None:
        design = await store.get_design(reader, task.run_id)
        return [url for url in design_sources(design) if is_to_bring(url)] if design else []
    (page,) = await get_products(reader, [task.product_id])
    return sources_of(saved(page, task.actor)) if page and page.shop_id == task.shop_id else []


async def _save_design(tx: Transaction, task: PictureTask, brought: Mapping[str, Brought]) -> str:
    """Make the page that the shop brought along, now that its pictures are there; say why it was refused."""
    design = await store.get_design(tx, task.run_id)
    if design is None:
        return ""
    urls = {source: each.url for source, each in brought.items() if each.url}
    urls |= {url: url for url in design_sources(design) if not is_to_bring(url)}
    return await apply_design(tx, task.shop_id, design, urls, task.actor) or ""


class _Packages:
    """The packages of runs, as long as pictures of them are read."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._open: dict[UUID, tuple[IO[bytes], Package]] = {}
        self._lock = asyncio.Lock()

    async def read(self, run_id: UUID, address: str, bytes_max: int) -> bytes:
        """Read a picture or a video. Raises FetchError."""
        async with self._lock:  # A zip file is read by one at a time.
            package = await self._get(run_id)
            try:
                content = await asyncio.to_thread(package.read_picture, address, bytes_max)
            except PackageError as error:
                raise FetchError(str(error.fault)) from error
        if content is None:
            raise FetchError("not_in_package")
        return content

    async def _get(self, run_id: UUID) -> Package:
        found = self._open.get(run_id)
        if found is None:
            while len(self._open) >= PACKAGES_OPEN:
                self._open.pop(next(iter(self._open)))[0].close()
            file = TemporaryFile()  # noqa: SIM115 - It is open as long as the package is.
            try:
                await store.write_file(self.database, run_id, file)
                found = self._open[run_id] = (file, await asyncio.to_thread(Package, cast("BinaryIO", file)))
            except PackageError as error:  # The file was removed, 30 days after it came.
                file.close()
                raise FetchError("file_gone") from error
        return found[1]

    def close(self) -> None:
        """Let go of all of them."""
        while self._open:
            self._open.popitem()[1][0].close()
