"""A carrier that places inbound calls: webhooks, TwiML, media sockets and status callbacks.

It behaves as Twilio does where the product could tell the difference: signed requests with blank
fields and aliases, the same idempotency token on a repeated delivery, TwiML carried out verb by
verb (a `<Redirect>` after a closed stream is followed), status callbacks that may come twice or out
of order.
"""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Self

import httpx2
from msgspec import Struct

from prosaasil.kit.errors import Fault
from prosaasil.wire import twilio_http as http

from .ear import Ear
from .metronome import Metronome
from .phone import CallIds, Phone, UpgradeRefused, open_stream
from .voices import Silent, Voice

ANSWER_LIMIT_S = 15
"""The carrier's own limit for any webhook."""
REDIRECTS_MAX = 10
STREAM_FAILED = "stream-error"
CALL_SECONDS_MAX = 3_600
FRAMES_LIMIT_S = 20


class WebhookFailed(Fault):
    """The webhook was not answered as the carrier needs it."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__(f"The webhook answered {status}: {body[:200]}")
        self.status = status
        self.body = body


class StatusPlan(Struct, frozen=True):
    """Which status callbacks a call posts, in which order; duplicates are meant."""

    url: str
    before: Sequence[str] = ("initiated", "ringing", "in-progress")
    after: Sequence[str] = ("completed",)


class PlacedCall:
    """One call on the fake carrier, from its webhook to its end."""

    def __init__(self, ids: CallIds, *, caller: str, called: str, voice: Voice, ear: Ear) -> None:
        self.ids = ids
        self.caller = caller
        self.called = called
        self.voice = voice
        self.ear = ear
        self.phone: Phone | None = None
        self.phones: list[Phone] = []
        """Every stream of the call; more than one after a `<Redirect>` back into one."""
        self.verbs: list[http.Verb] = []
        """Everything that was carried out, in order."""
        self.documents: list[str] = []
        """Every TwiML document that was answered."""
        self.failures: list[str] = []
        self.connected = asyncio.Event()
        self.ended = asyncio.Event()
        self.has_hung_up = False
        self.statuses = 0

    async def heard_frames(self, count: int) -> None:
        """Wait until the agent's first frames are there; TimeoutError when they do not come."""
        async with asyncio.timeout(FRAMES_LIMIT_S):
            while len(self.ear.arrivals) < count and self.phone is not None:
                await self.phone.next_tick()

    def hang_up(self) -> None:
        """The caller puts the phone down."""
        self.has_hung_up = True
        if self.phone is not None:
            self.phone.hang_up()


class FakeTwilio:
    """A carrier account. Use as an async context manager."""

    def __init__(
        self,
        auth_token: str,
        *,
        account_sid: str = "AC" + "0" * 32,
        reach: Callable[[str], str] | None = None,
    ) -> None:
        """`reach` says where a public address of the product really is; it is signed as it was."""
        self.auth_token = auth_token
        self.account_sid = account_sid
        self._reach = reach or str
        self.metronome = Metronome()
        self._client = httpx2.AsyncClient(timeout=ANSWER_LIMIT_S)
        self._running: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        self.metronome.stop()
        await self._client.aclose()

    async def quiet(self) -> None:
        """Wait until every call is over and its last status is posted."""
        await asyncio.gather(*self._running)

    def new_ids(self) -> CallIds:
        return CallIds(self.account_sid, "CA" + secrets.token_hex(16), _stream_sid())

    async def post(
        self, url: str, form: http.Form, *, token: str | None = None, signed: bool = True
    ) -> httpx2.Response:
        """Deliver one webhook; `token` is the same for each delivery of the same one."""
        headers = {
            "Content-Type": http.FORM_TYPE,
            http.IDEMPOTENCY_HEADER: token or secrets.token_hex(16),
        }
        if signed:
            headers[http.SIGNATURE_HEADER] = http.signature(self.auth_token, url, form)
        return await self._client.post(
            self._reach(url), content=http.form_body(form), headers=headers
        )

    async def call(
        self,
        webhook_url: str,
        *,
        called: str,
        caller: str = "+972501234567",
        voice: Voice | None = None,
        ear: Ear | None = None,
        statuses: StatusPlan | None = None,
    ) -> PlacedCall:
        """Ring at the product and carry out what it answers; returns once the stream has started.

        Raises `WebhookFailed` when the webhook gives no TwiML.
        """
        placed = PlacedCall(
            self.new_ids(),
            caller=caller,
            called=called,
            voice=voice or Silent(),
            ear=ear or Ear(),
        )
        if statuses is not None:
            await self.post_statuses(placed, statuses.url, statuses.before)
        document = await self._twiml(webhook_url, placed, "ringing")
        task = asyncio.create_task(self._run(placed, document, statuses))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        await placed.connected.wait()
        return placed

    async def post_statuses(self, placed: PlacedCall, url: str, names: Sequence[str]) -> None:
        for name in names:
            await self.post_status(placed, url, name)

    async def post_status(self, placed: PlacedCall, url: str, name: str) -> httpx2.Response:
        status = http.CallStatus(
            call_sid=placed.ids.call_sid,
            status=name,
            account_sid=self.account_sid,
            duration_s=placed.ear.heard_ms // 1_000 if name in http.TERMINAL_STATUSES else None,
            sequence=placed.statuses,
        )
        placed.statuses += 1
        return await self.post(url, status.form())

    async def _run(self, placed: PlacedCall, document: bytes, statuses: StatusPlan | None) -> None:
        try:
            await asyncio.wait_for(self._carry_out(placed, document), CALL_SECONDS_MAX)
        except (WebhookFailed, httpx2.HTTPError, TimeoutError, ValueError) as failure:
            placed.failures.append(str(failure))
        finally:
            placed.connected.set()
            placed.ended.set()
        if statuses is not None:
            await self.post_statuses(placed, statuses.url, statuses.after)

    async def _carry_out(self, placed: PlacedCall, document: bytes) -> None:
        """Verb by verb; a redirect replaces the document."""
        for _ in range(REDIRECTS_MAX + 1):
            next_url = await self._carry_out_document(placed, http.parse_twiml(document))
            if next_url is None or placed.has_hung_up:
                return
            document = await self._twiml(next_url, placed, "in-progress")
        placed.failures.append("more than 10 redirects (11215)")

    async def _carry_out_document(
        self, placed: PlacedCall, verbs: Sequence[http.Verb]
    ) -> str | None:
        for verb in verbs:
            placed.verbs.append(verb)
            match verb:
                case http.ConnectStream():
                    await self._stream(placed, verb)
                    if verb.action is not None:
                        return verb.action
                case http.Redirect():
                    return verb.url
                case http.Hangup():
                    return None
                case http.Say():
                    placed.connected.set()
            if placed.has_hung_up:
                return None
        return None

    async def _stream(self, placed: PlacedCall, verb: http.ConnectStream) -> None:
        if placed.phones:
            placed.ids = CallIds(self.account_sid, placed.ids.call_sid, _stream_sid())
        phone = Phone(placed.ids, verb.parameters, placed.voice, placed.ear)
        placed.phone = phone
        placed.phones.append(phone)
        try:
            await open_stream(phone, verb.url, self.auth_token)
        except UpgradeRefused as refused:
            placed.failures.append(f"{STREAM_FAILED} 31920: {refused.reason}")
            placed.connected.set()
            return
        self.metronome.add(phone)
        placed.connected.set()
        try:
            await phone.closed.wait()
        finally:
            self.metronome.remove(phone)
            phone.drop()

    async def _twiml(self, url: str, placed: PlacedCall, status: str) -> bytes:
        form = http.IncomingCall(
            call_sid=placed.ids.call_sid,
            account_sid=self.account_sid,
            caller=placed.caller,
            called=placed.called,
            status=status,
        ).form()
        response = await self.post(url, [*form, ("CalledCity", ""), ("CallerCountry", "IL")])
        if response.status_code != HTTPStatus.OK:
            raise WebhookFailed(response.status_code, response.text)
        placed.documents.append(response.text)
        return response.content


def _stream_sid() -> str:
    return "MZ" + secrets.token_hex(16)
