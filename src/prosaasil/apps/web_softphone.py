"""Calls from the browser: a signed-in person asks for one and gets a ticket and an address."""

import re
from typing import Annotated
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from prosaasil.accounts.http import Engine, EngineUsed, SignedIn, database_of
from prosaasil.apps.twiml import Doorway, doorway_of
from prosaasil.call.briefing import Direction
from prosaasil.kit import clock
from prosaasil.kit.config import TABLE, Settings
from prosaasil.kit.db import Database
from prosaasil.kit.errors import Refusal
from prosaasil.records import service as records
from prosaasil.records import workers
from prosaasil.records.call import Kind
from prosaasil.records.http import business_of

MEDIA_URL_DEFAULT = next(row.default for row in TABLE if row.name == "MEDIA_URL")
HOST = re.compile(r"[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]")

router = APIRouter(prefix="/api/softphone", tags=["softphone"])


class NoVoiceWorker(Refusal):
    """No voice worker can take a call at the moment.

    See that `prosaasil voice` runs, then call again.
    """

    status = 503


class CallWish(BaseModel):
    direction: Direction = Direction.INBOUND
    business: UUID | None = None
    """None for the person's first business."""


class CallOffer(BaseModel):
    """Open `media_url` and send `ticket` as a custom parameter of the stream's start."""

    call_id: UUID
    media_url: str
    ticket: str
    engine: Engine


@router.post("/calls", status_code=201)
async def start_softphone_call(
    wish: CallWish,
    request: Request,
    account: SignedIn,
    database: Annotated[Database, Depends(database_of)],
    door: Annotated[Doorway, Depends(doorway_of)],
    engine: EngineUsed,
) -> CallOffer:
    business = business_of(account, wish.business)
    async with database.system() as tx:
        worker = await workers.choose(tx)
    if worker is None:
        raise NoVoiceWorker
    now = clock.utc_now()
    async with database.tenant(business) as tx:
        call_id = await records.open_softphone_call(
            tx, wish.direction, account=account.email, now=now
        )
        ticket = await records.issue_ticket(tx, door.secrets, call_id, Kind.SOFTPHONE, now=now)
    media_url = softphone_url(worker.softphone_url, door.settings, request)
    return CallOffer(call_id=call_id, media_url=media_url, ticket=ticket, engine=engine)


def softphone_url(url: str, settings: Settings, request: Request) -> str:
    """Where this browser reaches the worker: as configured, else on the host it called us by."""
    host = browsers_host(request)
    if settings.media_url != MEDIA_URL_DEFAULT or host is None:
        return url
    parts = urlsplit(url)
    scheme = "wss" if request.url.scheme == "https" else "ws"
    return f"{scheme}://{host}:{parts.port}{parts.path}"


def browsers_host(request: Request) -> str | None:
    """The host by which the browser knows us; only ever sent back to that same browser."""
    host = (request.headers.get("host") or "").strip()
    name = re.sub(r":[0-9]+$", "", host)
    return name if HOST.fullmatch(name) else None
