"""The carrier's webhooks: what a call is told to do, and how calls are doing.

Each request is signed or refused. What a caller is to hear is TwiML with status 200 even when the
call is refused, because a carrier reads an error page to nobody. The route decides the direction.
"""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from msgspec import Struct

from prosaasil.accounts.http import database_of, settings_of
from prosaasil.apps import twiml_sentences as sentences
from prosaasil.businesses import service as businesses
from prosaasil.businesses.business import Business
from prosaasil.call.briefing import Direction
from prosaasil.kit import clock, telemetry
from prosaasil.kit.config import Settings
from prosaasil.kit.db import Database, TenantTx
from prosaasil.kit.errors import Refusal
from prosaasil.kit.secrets import Secrets, twilio_auth_token
from prosaasil.numbers import service as numbers
from prosaasil.records import service as records
from prosaasil.records import workers
from prosaasil.records.call import Kind, OpenCall, RefusedBecause
from prosaasil.records.workers import VoiceWorker
from prosaasil.wire import twilio_http
from prosaasil.wire.errors import WireError
from prosaasil.wire.twilio_http import CallStatus, Form, IncomingCall

ENDING_WAIT_S = 2.0
"""A carrier asks how to go on the moment we have closed its stream: that long the worker may take
to write down that it meant to. A worker that has died never does."""
ENDING_POLL_S = 0.1

refused_calls = telemetry.counter("calls_refused", "Calls answered by a sentence only", ("reason",))
log = telemetry.logger(__name__)
router = APIRouter(include_in_schema=False)


class SignatureRefused(Refusal):
    """The request is not signed by the carrier.

    See that PUBLIC_URL is the address the carrier was given, and that TWILIO_AUTH_TOKEN is right.
    """

    status = 403


class FormRefused(Refusal):
    """The request is not the form that it should be."""

    status = 400


class Doorway(Struct, frozen=True):
    """What every webhook needs of this process."""

    settings: Settings
    secrets: Secrets
    database: Database


def doorway_of(request: Request) -> Doorway:
    secrets = request.app.state.secrets
    assert isinstance(secrets, Secrets)
    return Doorway(settings_of(request), secrets, database_of(request))


async def signed_form(request: Request) -> Form:
    """The form of a request that the carrier has signed."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > twilio_http.FORM_BYTES_MAX:
            raise FormRefused("The form is too large.", status=413)
    try:
        form = twilio_http.parse_form(bytes(body))
    except WireError as error:
        raise FormRefused from error
    door = doorway_of(request)
    given = request.headers.get(twilio_http.SIGNATURE_HEADER)
    algorithm = request.headers.get(twilio_http.SETTINGS_HEADER)
    token = twilio_auth_token(door.settings, door.secrets)
    asked = request.scope["raw_path"].decode("latin-1")
    if request.scope["query_string"]:
        asked += "?" + request.scope["query_string"].decode("latin-1")
    if not any(
        twilio_http.is_signed(token, base + asked, form, given, algorithm)
        for base in own_addresses(door.settings)
    ):
        log.warning("a webhook's signature is missing or wrong", path=request.url.path)
        raise SignatureRefused
    return form


def own_addresses(settings: Settings) -> list[str]:
    """Under which a carrier may know us: as configured, and from this machine.

    Never what the request itself claims in its Host header.
    """
    local = [f"http://{host}:{settings.web_port}" for host in ("localhost", "127.0.0.1")]
    return list(dict.fromkeys([settings.public_url, *local]))


SignedForm = Annotated[Form, Depends(signed_form)]
Door = Annotated[Doorway, Depends(doorway_of)]


@router.post("/twiml/incoming/{slug}")
async def incoming_call(slug: str, form: SignedForm, door: Door) -> Response:
    call = _call_of(form)
    return await _answer(slug, Direction.INBOUND, call, call.called, door)


@router.post("/twiml/outbound/{slug}")
async def outbound_call(slug: str, form: SignedForm, door: Door) -> Response:
    call = _call_of(form)
    return await _answer(slug, Direction.OUTBOUND, call, call.caller, door)


@router.post("/twiml/resume/{call_id}")
async def resume_call(call_id: UUID, form: SignedForm, door: Door) -> Response:
    """What is next when a stream is over: usually nothing; a new stream if the worker has died."""
    call = _call_of(form)
    if await _has_ended(door.database, call_id):
        return _twiml(twilio_http.hang_up())
    try:
        async with door.database.system() as tx:
            worker = await workers.choose(tx)
            known, ticket = await records.issue_resumption(
                tx,
                door.secrets,
                call_id,
                carrier_call_sid=call.call_sid,
                now=clock.utc_now(),
            )
    except (records.CallUnknown, records.CallOver):
        return _twiml(twilio_http.hang_up())
    if worker is None:
        return _say(sentences.BUSY, "", RefusedBecause.NO_VOICE_WORKER.value)
    log.warning("a call goes on after losing its stream", call_id=str(call_id))
    return _connect(known, worker, ticket, door.settings)


@router.post("/twilio/call-status", status_code=204)
async def call_status(form: SignedForm, door: Door) -> Response:
    """Whatever the status says, the carrier has done its part by telling it."""
    try:
        told = CallStatus.of(form)
    except WireError as error:
        log.warning("a status callback was not understood", reason=error.reason)
        return Response(status_code=204)
    async with door.database.system() as tx:
        await records.change_status(tx, told.call_sid, told.status, told.duration_s)
    return Response(status_code=204)


@router.post("/twilio/stream-status", status_code=204)
async def stream_status(form: SignedForm) -> Response:
    """For the log only: a stream's end is seen on the stream itself."""
    fields = dict(form)
    event = fields.get("StreamEvent", "")
    if event == "stream-error":
        log.warning(
            "the carrier reports an error of a stream",
            stream_sid=fields.get("StreamSid", ""),
            error=fields.get("StreamError", ""),
        )
    return Response(status_code=204)


async def _answer(
    slug: str, direction: Direction, call: IncomingCall, own_number: str, door: Doorway
) -> Response:
    async with door.database.system() as tx:
        business = await businesses.find(tx, slug)
        worker = await workers.choose(tx) if business is not None else None
    if business is None:
        return _say(sentences.NOT_IN_SERVICE, "", "business_unknown")
    if business.is_suspended:
        return _say(sentences.NOT_IN_SERVICE, business.language, "business_suspended")
    async with door.database.tenant(business.id) as tx:
        if not await numbers.belongs(tx, own_number):
            return _say(sentences.NOT_IN_SERVICE, business.language, "number_of_another")
        opened = await _open(tx, business, direction, call, has_worker=worker is not None)
        if opened.is_over or worker is None:
            return _refuse(opened, business)
        ticket = await records.issue_ticket(
            tx, door.secrets, opened.id, Kind.CARRIER, now=clock.utc_now()
        )
    return _connect(opened, worker, ticket, door.settings)


async def _open(
    tx: TenantTx, business: Business, direction: Direction, call: IncomingCall, *, has_worker: bool
) -> OpenCall:
    return await records.open_carrier_call(
        tx,
        business,
        direction,
        carrier_call_sid=call.call_sid,
        from_number=call.caller,
        to_number=call.called,
        has_worker=has_worker,
        now=clock.utc_now(),
    )


async def _has_ended(database: Database, call_id: UUID) -> bool:
    """Whether the call is over, or is about to be written down as such."""
    for _ in range(int(ENDING_WAIT_S / ENDING_POLL_S)):
        async with database.system() as tx:
            if await records.is_over(tx, call_id):
                return True
        await asyncio.sleep(ENDING_POLL_S)
    return False


def _call_of(form: Form) -> IncomingCall:
    try:
        return IncomingCall.of(form)
    except WireError as error:
        raise FormRefused from error


def _refuse(opened: OpenCall, business: Business) -> Response:
    """The same answer at each delivery: the reason is kept with the call."""
    if opened.end_reason == RefusedBecause.PROMPT_MISSING.value:
        return _say(sentences.UNABLE, business.language, opened.end_reason)
    if opened.end_reason == RefusedBecause.NO_VOICE_WORKER.value or not opened.is_over:
        return _say(sentences.BUSY, business.language, RefusedBecause.NO_VOICE_WORKER.value)
    return _twiml(twilio_http.hang_up())


def _say(sentence: sentences.Sentence, language: str, reason: str) -> Response:
    refused_calls.labels(reason).inc()
    log.warning("a call was refused", reason=reason)
    said = sentences.choose(sentence, language)
    return _twiml(twilio_http.say_and_hang_up(said.text, language=said.language, voice=said.voice))


def _connect(call: OpenCall, worker: VoiceWorker, ticket: str, settings: Settings) -> Response:
    document = twilio_http.connect_stream(
        worker.media_url,
        {"ticket": ticket, "direction": call.direction.value},
        then=f"{settings.public_url}/twiml/resume/{call.id}",
        status_callback=f"{settings.public_url}/twilio/stream-status",
    )
    return _twiml(document)


def _twiml(document: str) -> Response:
    return Response(document, media_type=twilio_http.TWIML_TYPE)
