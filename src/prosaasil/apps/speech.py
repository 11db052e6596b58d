"""`prosaasil speech`: our own speech engine as a process of its own."""

import asyncio
import signal

import uvloop

from prosaasil.kit import telemetry
from prosaasil.kit.config import Settings
from prosaasil.speech.server import serve


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; the calls under way lose their engine then."""
    text = telemetry.is_text(settings.log_format)
    telemetry.configure("speech", level=settings.log_level, text=text)
    uvloop.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for wish in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(wish, stop.set)
    await serve(settings, ready=lambda: None, stop=stop)
