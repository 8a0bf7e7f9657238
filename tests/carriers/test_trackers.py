"""Proves that trackers are found by their entry points, and that kuaidi100 is spoken to and believed as documented."""

import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from msgspec.structs import replace

from tests.carriers.examples import NOW
from tests.carriers.kuaidi import CUSTOMER, KEY, SALT, Kuaidi, md5, standing_in
from weiji.carriers import UnknownTracker, open_tracker
from weiji.carriers.model import ParcelState, Shipment
from weiji.carriers.trackers import CallbackRefused
from weiji.carriers.trackers.kuaidi100 import Kuaidi100
from weiji.carriers.trackers.simulated import SimulatedTracker
from weiji.kit.clock import CLOCK, SHANGHAI
from weiji.kit.ids import new_id

S = ParcelState
OPTIONS = {"customer": CUSTOMER, "key": KEY, "salt": SALT}
URL = "https://shop.example"


def shipment(number: str, carrier: str = "yto") -> Shipment:
    return Shipment(
        id=new_id(),
        carrier=carrier,
        tracking_number=number,
        phone_end="8000",
        region="浙江省杭州市西湖区",
        shipped_at=NOW,
    )


async def test_kuaidi100_is_asked_with_its_signature(monkeypatch: pytest.MonkeyPatch) -> None:
    async with standing_in(monkeypatch) as kuaidi:
        kuaidi.parcels = {"YT1": "3", "YT2": "0", "YT3": "14", "YT5": "99"}
        tracker = Kuaidi100(OPTIONS, None if not SALT else URL)
        reports = await tracker.query([shipment(f"YT{n}") for n in range(1, 6)])
        assert [report and report.state for report in reports] == [
            S.DELIVERED,
            S.IN_TRANSIT,
            S.RETURNING,
            S.ANNOUNCED,
            None,
        ]
        assert kuaidi.asked[0]["com"] == "yuantong"
        assert kuaidi.asked[0]["phone"] == "8000"
        first = reports[0]
        assert first is not None
        assert [event.state for event in first.events] == [S.DELIVERED, S.IN_TRANSIT, S.COLLECTED]
        assert first.events[0].at == datetime(2026, 11, 22, 8, 30, tzinfo=SHANGHAI)
        assert first.events[1].place == "浙江,杭州市"


async def test_an_account_that_is_wrong_and_a_host_that_is_down_are_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    async with standing_in(monkeypatch) as kuaidi:
        kuaidi.parcels = {"YT1": "3"}
        assert await Kuaidi100({**OPTIONS, "key": "other"}, URL).query([shipment("YT1")]) == [None]
        kuaidi.is_down = True
        assert await Kuaidi100(OPTIONS, URL).query([shipment("YT1")]) == [None]
        assert await Kuaidi100(OPTIONS, URL).subscribe([shipment("YT1")]) == [False]


async def test_kuaidi100_tells_by_itself_and_is_believed_by_its_signature(monkeypatch: pytest.MonkeyPatch) -> None:
    async with standing_in(monkeypatch) as kuaidi:
        tracker = Kuaidi100(OPTIONS, URL)
        assert await tracker.subscribe([shipment("YT1"), shipment("YT2")]) == [True, True]
        assert await tracker.subscribe([shipment("YT1")]) == [True], "it knows already"
        assert kuaidi.subscribed["YT1"]["parameters"]["callbackurl"] == f"{URL}/trackers/kuaidi100/callback"
        body = kuaidi.push("YT1", "3")
    (told,) = tracker.read_callback({}, body)
    assert (told.tracking_number, told.carrier, told.report.state) == ("YT1", "yto", S.DELIVERED)
    forged = [
        body.replace(b"YT1", b"YT9"),
        body.replace(b"sign=", b"sign=0"),
        b"param=%7B%7D&sign=" + md5("{}" + SALT).encode(),
        b"param=%7B%7D",
        b"\xff\xfe",
        b"",
    ]
    for one in forged:
        with pytest.raises(CallbackRefused):
            tracker.read_callback({}, one)
    with pytest.raises(CallbackRefused):
        Kuaidi100({"customer": CUSTOMER, "key": KEY}, URL).read_callback({}, body)


@pytest.fixture
def plug_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A package that somebody else installed: one file, and an entry point."""
    (tmp_path / "pigeons.py").write_text(
        "from weiji.carriers.trackers.simulated import SimulatedTracker\n"
        "class Pigeons(SimulatedTracker):\n    name = 'pigeons'\n"
        "def open_pigeons(options, url):\n    assert options['loft']\n    return Pigeons()\n"
    )
    info = tmp_path / "pigeons-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: pigeons\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[weiji.trackers]\npigeons = pigeons:open_pigeons\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield "pigeons"
    sys.modules.pop("pigeons", None)


def test_a_tracker_is_one_file_and_an_entry_point(plug_in: str) -> None:
    assert open_tracker(plug_in, {"loft": "1"}, None).name == "pigeons"
    with pytest.raises(UnknownTracker, match="the options of the tracker pigeons: 'loft'"):
        open_tracker(plug_in, {}, None)
    with pytest.raises(UnknownTracker, match=r"there is no tracker owls \(.*pigeons.*\)"):
        open_tracker("owls", {}, None)


def test_kuaidi100_says_what_it_lacks() -> None:
    with pytest.raises(KeyError):
        Kuaidi100({}, None)
    with pytest.raises(ValueError, match="url"):
        Kuaidi100(OPTIONS, None)
    assert not Kuaidi100({"customer": CUSTOMER, "key": KEY}, None).pushes


async def test_simulated_parcels_go_their_way_by_the_clock() -> None:
    before = CLOCK.offset
    try:
        # By their ids some are quick, and some go back: it hangs on no chance.
        sent = [replace(shipment("YT1"), id=UUID(int=number << 6)) for number in range(200)]
        states = []
        for days in (0, 1, 3, 8):
            CLOCK.follow(before + timedelta(days=days))
            reports = await SimulatedTracker().query(sent)
            states.append([report.state for report in reports if report])
            for report in reports:
                assert report is not None
                assert [event.at for event in report.events] == sorted(event.at for event in report.events)
        assert set(states[0]) == {S.ANNOUNCED}
        assert S.IN_TRANSIT in states[1]
        assert {S.DELIVERED, S.PROBLEM} <= set(states[2])
        assert set(states[3]) == {S.DELIVERED, S.RETURNED}
        assert states[3].count(S.DELIVERED) > 150
    finally:
        CLOCK.follow(before)


def test_the_stand_in_signs_as_is_documented() -> None:
    """The example of kuaidi100's documentation: MD5 of param, key and customer in capitals."""
    assert md5("a") == "0CC175B9C0F1B6A831C399E269772661"
    assert Kuaidi().parcels == {}
