"""Keeps the channels of this process in step with what was saved."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

import structlog

from weiji.kit.db import UNREACHABLE, Database
from weiji.kit.live import Live
from weiji.kit.seal import Unsealable
from weiji.payments.channels import REGISTRY, ChannelKind, Place, SettingWrong, find_kinds
from weiji.payments.opening import store
from weiji.payments.opening.model import GATEWAY, SavedChannel, channel_id
from weiji.payments.opening.proving import gateways_of, open_secrets
from weiji.settings import Settings

LOOK_EVERY: Final = 30.0
"""Seconds between two looks where no notification comes: a notification is only a hint."""

log = structlog.get_logger("weiji.channels")


class Opener:
    """Makes channels of saved settings, and takes them into the registry."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database = database
        self.settings = settings
        self.faults: dict[str, str] = {}
        """Why a channel that was saved could not be made, by name."""
        self._versions: dict[str, int] = {}

    @property
    def extra_gateways(self) -> Sequence[str]:
        """Addresses that channels may talk to beside their own."""
        return [url.strip() for url in self.settings.channel_gateways.split(",") if url.strip()]

    async def refresh(self) -> None:
        """Read what was saved, and make anew what is another version."""
        async with self.database.read() as reader:
            saved = await store.get_channels(reader)
        kinds = find_kinds() if saved else {}
        for channel in saved.values():
            if self._versions.get(channel.name) == channel.version:
                continue
            self._versions[channel.name] = channel.version
            before: Any = None
            try:
                before = REGISTRY.register(self._make(kinds[channel.name], channel), is_open=channel.is_open)
                self.faults.pop(channel.name, None)
            except (KeyError, SettingWrong, Unsealable) as fault:
                # The others are opened all the same; the operator's page shows this one's fault.
                log.error("a channel can't be opened", channel=channel.name, reason=str(fault))
                self.faults[channel.name] = type(fault).__name__
                before = REGISTRY.remove(channel.name)
            if before is not None:
                await before.aclose()

    def _make(self, kind: ChannelKind, saved: SavedChannel) -> Any:
        gateways = gateways_of(kind, self.extra_gateways)
        gateway = saved.settings.get(GATEWAY, "")
        if gateways and gateway not in {one.url for one in gateways}:
            raise SettingWrong(GATEWAY, "it is no longer among the addresses of the channel")
        base = self.settings.url
        place = Place(
            notice_url=f"{base}/channels/{kind.name}/notices" if base else None,
            return_url=f"{base}/cashier" if base else None,
            gateway=gateway,
            database=self.database,
        )
        return kind.open({**saved.settings, **open_secrets(saved)}, place)

    async def follow(self, live: Live) -> None:
        """Refresh whenever somebody saved something, until cancelled."""
        with live.watch(*(channel_id(name) for name in find_kinds())) as watch:
            async for _ in watch.changes(LOOK_EVERY):
                with suppress(*UNREACHABLE):
                    await self.refresh()

    async def aclose(self) -> None:
        """Let go of the channels that were made here."""
        channels = [REGISTRY.remove(name) for name in self._versions]
        await asyncio.gather(*(channel.aclose() for channel in channels if channel is not None))
