"""Measures how fast goods come in from files, and go out again, and what memory that takes. `make bench-porting`.

The memory is that of the process which reads, judges and writes: the worker. PostgreSQL is a process of its own.
"""

import argparse
import asyncio
import csv
import json
import resource
import time
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from uuid import UUID

import uvloop

from bench.server import fresh_server, log_only_errors, prepare
from bench.street import make_shop, open_shop
from weiji.events import BY_SYSTEM
from weiji.kit.ids import new_id
from weiji.porting import (
    PART_MAX,
    AddPart,
    ConfirmImport,
    Contents,
    Run,
    RunState,
    StartExport,
    StartImport,
    add_parts,
    get_run,
    move_runs,
    read_file,
    start_exports,
    start_imports,
)
from weiji.porting.exporting import Place
from weiji.porting.worker import Exporter, Importer
from weiji.program import Program, open_program
from weiji.settings import Settings

ROWS: Final = 10_000
VARIANTS: Final = 4
"""Rows of a product."""

WORDS: Final = "手作青瓷茶具洗过的亚麻衬衫山里的乌龙秋天的桂花一只刚好的杯子"
ACTOR: Final = BY_SYSTEM


def _shopify(rows: int) -> Iterator[list[str]]:
    yield [
        "Handle", "Title", "Body (HTML)", "Vendor", "Type", "Tags", "Published", "Option1 Name", "Option1 Value",
        "Variant SKU", "Variant Grams", "Variant Inventory Qty", "Variant Price", "Variant Compare At Price",
        "Variant Barcode", "Image Src", "Image Position", "Gift Card", "SEO Title",
    ]  # fmt: skip
    for row in range(rows):
        number, variant = divmod(row, VARIANTS)
        first = variant == 0
        words = WORDS[number % 20 :] + WORDS[: number % 20]
        yield [
            f"goods-{number}", f"{words[:12]} {number}" if first else "", f"<p>{words * 20}</p>" if first else "",
            "窑口" if first else "", "茶具" if first else "", "手作, 礼物" if first else "", "true" if first else "",
            "大小" if first else "", f"{variant + 1} 号", f"G-{number}-{variant}", "320", "12",
            f"{38 + variant}.50", "99.00", "", f"https://img.example/{number}-{variant}.jpg", str(variant + 1),
            "false" if first else "", words[:20] if first else "",
        ]  # fmt: skip


def make_file(rows: int) -> bytes:
    """Make a file of goods in Shopify's older columns: four rows a product, a description of 600 characters."""
    text = StringIO(newline="")
    csv.writer(text).writerows(_shopify(rows))
    return text.getvalue().encode()


class Desk:
    """A shop that brings a file, and the worker that reads it."""

    def __init__(self, program: Program, shop_id: UUID) -> None:
        self.program = program
        self.shop_id = shop_id

    async def upload(self, data: bytes) -> UUID:
        """Give the file."""
        run_id, batchers = new_id(self.shop_id), self.program.batchers
        for number in range(-(-len(data) // PART_MAX)):
            part = data[number * PART_MAX : (number + 1) * PART_MAX]
            command = AddPart(file_id=run_id, shop_id=self.shop_id, number=number, data=part)
            await batchers.of(add_parts, "file_id").submit(command)
        start = StartImport(id=run_id, shop_id=self.shop_id, name="goods.csv", actor=ACTOR)
        await batchers.of(start_imports).submit(start)
        return run_id

    async def work(self, run_id: UUID, until: RunState) -> tuple[float, Run]:
        """Have the worker do all there is to do; tell the seconds, and the run."""
        importer, began = Importer(), time.perf_counter()
        while await importer.work(self.program.database, 1):
            pass
        seconds = time.perf_counter() - began
        async with self.program.database.read() as reader:
            run = await get_run(reader, run_id)
        assert run is not None
        assert run.state is until, run
        return seconds, run

    async def confirm(self, run_id: UUID) -> None:
        """Take over what the report says."""
        command = ConfirmImport(run_id=run_id, shop_id=self.shop_id, actor=ACTOR)
        await self.program.batchers.of(move_runs, "run_id").submit(command)

    async def export(self, contents: Contents) -> tuple[float, int]:
        """Have a file made; tell the seconds, and its bytes."""
        command = StartExport(id=new_id(self.shop_id), shop_id=self.shop_id, contents=contents, actor=ACTOR)
        await self.program.batchers.of(start_exports).submit(command)
        exporter, began = Exporter(Place("", self.program.settings.data)), time.perf_counter()
        while await exporter.work(self.program.database, 1):
            pass
        seconds = time.perf_counter() - began
        return seconds, sum([len(part) async for part in read_file(self.program.database, command.id)])


def _memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def bench(url: str, data: Path, rows: int) -> dict[str, Any]:
    """Bring a file in twice, and take everything out."""
    file = await asyncio.to_thread(make_file, rows)
    async with open_program(Settings(database_url=url, data=data, mode="sandbox")) as program:
        shop = make_shop(1)
        await open_shop(program.batchers, shop, 1)
        desk = Desk(program, shop.id)
        run_id = await desk.upload(file)
        checking, run = await desk.work(run_id, RunState.CHECKED)
        assert (run.rows, run.refused) == (rows, 0), run
        await desk.confirm(run_id)
        importing, run = await desk.work(run_id, RunState.IMPORTED)
        assert run.made == -(-rows // VARIANTS)
        again_id = await desk.upload(file)
        await desk.work(again_id, RunState.CHECKED)
        await desk.confirm(again_id)
        again, run = await desk.work(again_id, RunState.IMPORTED)
        assert (run.made, run.changed) == (0, 0), run
        exporting, size = await desk.export(Contents.SHOPIFY)
        archiving, _ = await desk.export(Contents.ARCHIVE)
    return {
        "bench": "porting",
        "rows": rows,
        "file_mb": round(len(file) / 1024**2, 1),
        "check_seconds": round(checking, 1),
        "import_seconds": round(importing, 1),
        "again_seconds": round(again, 1),
        "export_seconds": round(exporting, 1),
        "archive_seconds": round(archiving, 1),
        "export_mb": round(size / 1024**2, 1),
        "rows_per_second": round(rows / (checking + importing)),
        "import_rows_per_second": round(rows / importing),
        "import_memory_mb": round(_memory_mb()),
    }


def main() -> None:
    """Run the bench; the last line is JSON."""
    parser = argparse.ArgumentParser(prog="bench.porting", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help=f"of the file ({ROWS:,})")
    arguments = parser.parse_args()
    log_only_errors()
    with fresh_server() as server, TemporaryDirectory(prefix="weiji-bench-data-") as data:
        uvloop.run(prepare(server))
        print(json.dumps(uvloop.run(bench(server.url, Path(data), arguments.rows))))


if __name__ == "__main__":
    main()
