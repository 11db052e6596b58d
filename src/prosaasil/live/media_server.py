"""Where carriers and softphones connect: refuses strangers, survives nonsense, starts calls.

`/media` takes only upgrades that the carrier has signed. `/softphone` cannot ask for that, as a
browser cannot sign, and takes only tickets made for softphones. A socket has a few seconds to say
`start` with a good ticket; from then on its caller's frames go straight to the session.

A message that cannot be understood is counted and passed over, with one record per kind and call; a
peer that sends too many of them is closed.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from http import HTTPStatus
from typing import Final, Protocol

from picows import (
    WSCloseCode,
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
    ws_create_server,
)

from prosaasil.call import events
from prosaasil.kit import telemetry
from prosaasil.kit.errors import Refusal
from prosaasil.live import metrics
from prosaasil.live.backroom import Backroom
from prosaasil.live.carrier import SoftphoneCarrier, TwilioCarrier, extension
from prosaasil.live.ports import CallBook, ClaimedCall
from prosaasil.live.session import Session
from prosaasil.live.sockets import QUIET, Closing, Fragments
from prosaasil.live.uplink import KEPT_FRAMES_MAX
from prosaasil.wire import twilio_media as wire
from prosaasil.wire.errors import WireError
from prosaasil.wire.twilio_http import SETTINGS_HEADER, SIGNATURE_HEADER, is_signed_upgrade

MEDIA_PATH: Final = "/media"
SOFTPHONE_PATH: Final = "/softphone"
HEALTH_PATH: Final = "/healthz"
START_LIMIT_MS: Final = 5_000
"""From the accepted upgrade to a call that has begun, the claim of its ticket included."""
BAD_MESSAGES_MAX: Final = 100
"""Two seconds of nothing but nonsense; no carrier does that."""
FRAME_BYTES_MAX: Final = 1024 * 1024
"""What picows takes before it closes the socket; what is over the wire's own limit is survived."""
UNSENT_BYTES_MAX: Final = 64 * 1024
"""Four seconds of agent audio that the carrier does not take: it is as good as gone."""
READ_BUFFER_BYTES: Final = 4 * 1024
_TEXT: Final = WSMsgType.TEXT


class SessionFactory(Protocol):
    def __call__(
        self,
        claimed: ClaimedCall,
        carrier: TwilioCarrier,
        *,
        call_sid: str,
        stream_sid: str,
        started_at: int,
    ) -> Session: ...


class Door:
    """What all sockets of the server share."""

    def __init__(
        self,
        *,
        signed_url: str,
        auth_token: str,
        book: CallBook,
        backroom: Backroom,
        closing: Closing,
        begin: SessionFactory,
        abandon: Callable[[ClaimedCall], None],
        clock_ms: Callable[[], int],
        start_limit_ms: int = START_LIMIT_MS,
    ) -> None:
        self.signed_url = signed_url
        self.book = book
        self.backroom = backroom
        self.closing = closing
        self.begin = begin
        self.abandon = abandon
        self.clock_ms = clock_ms
        self.start_limit_ms = start_limit_ms
        self.log = telemetry.logger("live.media")
        self.waiting: dict[MediaListener, int] = {}
        """Sockets that have not begun a call, and until when they may take."""
        self.sockets: set[MediaListener] = set()
        self.is_closed = False
        self._auth_token = auth_token

    async def listen(self, host: str, port: int) -> asyncio.Server:
        return await ws_create_server(
            self.answer,
            host,
            port,
            max_frame_size=FRAME_BYTES_MAX,
            read_buffer_init_size=READ_BUFFER_BYTES,
            logger_name=QUIET,
        )

    def answer(
        self, request: WSUpgradeRequest
    ) -> "MediaListener | WSUpgradeResponseWithListener | None":
        """Accept or refuse, before the upgrade."""
        path = request.path.partition(b"?")[0].decode("ascii", "replace")
        if path == HEALTH_PATH:
            return _response(WSUpgradeResponse.create_ok_response(b"ok\n"))
        if path not in (MEDIA_PATH, SOFTPHONE_PATH):
            metrics.UPGRADES_REFUSED.labels("path").inc()
            return None
        if self.is_closed:
            return self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "stopping")
        if path == MEDIA_PATH and not self._is_signed(request):
            return self._refuse(HTTPStatus.FORBIDDEN, "signature")
        return MediaListener(self, softphone=path == SOFTPHONE_PATH)

    def tick(self, now: int) -> None:
        """Close the sockets that have had their time."""
        if not self.waiting:
            return
        for listener, until in list(self.waiting.items()):
            if now >= until:
                listener.refuse("no_start", "The stream did not start in time.")

    def close_all(self) -> None:
        """The worker stops: sockets without a call are closed too."""
        for listener in tuple(self.sockets):
            listener.close()

    def _is_signed(self, request: WSUpgradeRequest) -> bool:
        headers = request.headers
        return is_signed_upgrade(
            self._auth_token,
            self.signed_url,
            headers.get(SIGNATURE_HEADER),
            headers.get(SETTINGS_HEADER),
        )

    def _refuse(self, status: HTTPStatus, reason: str) -> WSUpgradeResponseWithListener:
        metrics.UPGRADES_REFUSED.labels(reason).inc()
        self.log.warning("upgrade refused", reason=reason)
        body = f"{status.phrase}\n".encode()
        return _response(WSUpgradeResponse.create_error_response(status, body))


def _response(response: WSUpgradeResponse) -> WSUpgradeResponseWithListener:
    return WSUpgradeResponseWithListener(response, None)


class MediaListener(WSListener):
    """One socket of a carrier or a softphone."""

    def __init__(self, door: Door, *, softphone: bool) -> None:
        self._door = door
        self._softphone = softphone
        self._log = door.log
        self._transport: WSTransport | None = None
        self._session: Session | None = None
        self._start: wire.Start | None = None
        self._stream_sid = ""
        self._started_at = 0
        self._early: list[wire.Media] = []
        self._fragments = Fragments(wire.MESSAGE_BYTES_MAX)
        self._bad: Counter[str] = Counter()

    # The socket

    def on_ws_connected(self, transport: WSTransport) -> None:
        door = self._door
        self._transport = transport
        transport.underlying_transport.set_write_buffer_limits(high=UNSENT_BYTES_MAX)
        door.sockets.add(self)
        door.waiting[self] = door.clock_ms() + door.start_limit_ms

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is _TEXT and frame.fin:
            self._message(frame.get_payload_as_bytes())
        elif frame.msg_type is WSMsgType.CLOSE:
            self._door.closing.answered(transport)
            self._hung_up()
        elif frame.msg_type in (_TEXT, WSMsgType.CONTINUATION):
            whole = self._fragments.add(frame)
            if whole is not None:
                self._message(whole)
        elif frame.msg_type is WSMsgType.BINARY:
            self._bad_message("binary")

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        door = self._door
        handshake = transport.close_handshake
        if handshake is not None and handshake.sent is not None and handshake.recv is None:
            code = handshake.sent.code
            if code in (WSCloseCode.PROTOCOL_ERROR, WSCloseCode.MESSAGE_TOO_BIG):
                self._bad_message(code.name.lower())
        door.closing.gone(transport)
        door.sockets.discard(self)
        self._hung_up()
        self._transport = None

    def pause_writing(self) -> None:
        self._log.warning("carrier takes no more audio")
        self._hung_up()

    def resume_writing(self) -> None:
        pass

    # Its messages

    def _message(self, message: bytes) -> None:
        try:
            said = wire.decode_carrier(message)
        except WireError as error:
            self._bad_message(error.reason, error.detail)
            return
        if type(said) is wire.Media:
            session = self._session
            if session is not None:
                if said.stream_sid == self._stream_sid:
                    session.media(said)
                else:
                    self._bad_message("foreign_stream")
            elif self._start is None:
                self._bad_message("before_start")
            elif len(self._early) < KEPT_FRAMES_MAX:
                self._early.append(said)
        else:
            self._control(said)

    def _control(self, said: wire.CarrierMessage) -> None:
        session = self._session
        match said:
            case wire.Connected():
                if self._start is not None:
                    self._bad_message("second_connected")
            case wire.Start():
                self._on_start(said)
            case wire.Stop() if self._start is not None:
                self._hung_up()
            case wire.Mark(mark=mark) if session is not None:
                session.feed(events.MarkPlayed(mark.name))
            case wire.Dtmf(pressed=pressed) if session is not None:
                session.feed(events.KeyPressed(pressed.digit))
            case _:
                if self._start is None:
                    self._bad_message("before_start")

    def _bad_message(self, reason: str, detail: str = "") -> None:
        metrics.BAD_MESSAGES.labels("carrier", reason).inc()
        self._bad[reason] += 1
        if self._bad[reason] == 1:
            self._log.warning("bad message from the carrier", reason=reason, detail=detail)
        if self._bad.total() == BAD_MESSAGES_MAX:
            self._log.warning("too many bad messages", reasons=dict(self._bad))
            if self._transport is not None:
                self._door.closing.close(self._transport, WSCloseCode.POLICY_VIOLATION)
            self._hung_up()

    # Its call

    def _on_start(self, start: wire.Start) -> None:
        if self._start is not None:
            self._bad_message("second_start")
            return
        if self not in self._door.waiting:
            return  # refused already
        door = self._door
        self._start = start
        self._stream_sid = start.stream_sid
        self._started_at = door.clock_ms()
        claim = door.backroom.submit(
            door.book.claim(
                start.parameters.get("ticket", ""),
                carrier_call_sid=start.call_sid,
                stream_sid=start.stream_sid,
                softphone=self._softphone,
            )
        )
        claim.add_done_callback(self._claimed)

    def _claimed(self, claim: "asyncio.Future[ClaimedCall]") -> None:
        """A socket that went away meanwhile has used its ticket all the same."""
        is_wanted = self in self._door.waiting
        if claim.cancelled():
            return
        error = claim.exception()
        if not is_wanted:
            if error is None:
                self._door.abandon(claim.result())
        elif isinstance(error, Refusal):
            self.refuse(error.code, error.sentence)
        elif error is not None:
            self._log.error("ticket not claimed", exc_info=error)
            self.refuse("book", "The call could not be looked up.")
        else:
            self._begin(claim.result())

    def _begin(self, claimed: ClaimedCall) -> None:
        door = self._door
        start, transport = self._start, self._transport
        assert start is not None
        assert transport is not None, "a lost socket cancels its claim"
        door.waiting.pop(self, None)
        kind = SoftphoneCarrier if self._softphone else TwilioCarrier
        carrier = kind(transport, start.stream_sid, door.closing)
        session = door.begin(
            claimed,
            carrier,
            call_sid=start.call_sid,
            stream_sid=start.stream_sid,
            started_at=self._started_at,
        )
        self._session = session
        self._log = door.log.bind(call_id=claimed.call_id, stream_sid=start.stream_sid)
        early, self._early = self._early, []
        for media in early:
            session.media(media)

    def close(self) -> None:
        if self._transport is not None:
            self._door.closing.close(self._transport, WSCloseCode.GOING_AWAY)

    def refuse(self, reason: str, sentence: str) -> None:
        """Close this socket without a call."""
        door = self._door
        door.waiting.pop(self, None)
        metrics.STARTS_REFUSED.labels(reason).inc()
        self._log.warning("start refused", reason=reason)
        if self._transport is None:
            return
        if self._softphone and self._start is not None:
            said = extension("refused", self._start.stream_sid, {"reason": sentence})
            self._transport.send(_TEXT, said)
        door.closing.close(self._transport, WSCloseCode.POLICY_VIOLATION)

    def _hung_up(self) -> None:
        """The socket or the stream is gone; whatever it had is told or undone, once."""
        self._door.waiting.pop(self, None)
        self._early = []
        session, self._session = self._session, None
        if session is not None:
            session.feed(events.CallerHungUp())
