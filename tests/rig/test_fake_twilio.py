"""The fake carrier does to a server what the real one does."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_create_server

from prosaasil.rig.fake_twilio import FakeTwilio, StatusPlan, WebhookFailed
from prosaasil.wire import twilio_http as http
from prosaasil.wire import twilio_media as media

TOKEN = "12345"
FRAME = b"\x10" * 160


class Server(WSListener):
    """One media socket of a server that does as the test says when the stream starts."""

    def __init__(self, act: "Callable[[Server], None]") -> None:
        self.heard: list[media.CarrierMessage] = []
        self.says = media.StreamEncoder("")
        self._act = act
        self._transport: WSTransport | None = None
        self._waiting: list[tuple[type, asyncio.Future[None]]] = []

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.CLOSE:
            transport.disconnect()
            return
        said = media.decode_carrier(frame.get_payload_as_bytes())
        self.heard.append(said)
        if isinstance(said, media.Start):
            self.says = media.StreamEncoder(said.stream_sid)
            self._act(self)
        for kind, future in self._waiting:
            if isinstance(said, kind) and not future.done():
                future.set_result(None)

    def send(self, message: bytes) -> None:
        assert self._transport is not None
        self._transport.send(WSMsgType.TEXT, message)

    def close(self) -> None:
        assert self._transport is not None
        self._transport.send_close()

    async def until(self, kind: type) -> None:
        future = asyncio.get_running_loop().create_future()
        self._waiting.append((kind, future))
        async with asyncio.timeout(5):
            await future


class World:
    """A server with webhooks and a media socket, and the carrier that calls it."""

    def __init__(self) -> None:
        self.twilio = FakeTwilio(TOKEN)
        self.answers: dict[str, str] = {}
        self.posts: list[tuple[str, dict[str, str], http.Form]] = []
        self.upgrades: list[WSUpgradeRequest] = []
        self.streams: list[Server] = []
        self.act: Callable[[Server], None] = lambda _: None
        self.web = ""
        self.media = ""

    def posts_to(self, path: str) -> list[http.Form]:
        return [form for posted, _, form in self.posts if posted == path]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        given = dict(line.split(": ", 1) for line in head[1:] if line)
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        path = head[0].split()[1]
        self.posts.append((path, {k.lower(): v for k, v in given.items()}, http.parse_form(body)))
        answer = self.answers.get(path)
        status = "404 Not Found" if answer is None else "200 OK"
        text = (answer or "").encode()
        writer.write(
            f"HTTP/1.1 {status}\r\nContent-Type: text/xml\r\nConnection: close\r\n"
            f"Content-Length: {len(text)}\r\n\r\n".encode()
            + text
        )
        await writer.drain()
        writer.close()

    def upgrade(self, request: WSUpgradeRequest) -> WSListener | None:
        self.upgrades.append(request)
        if request.path != b"/media":
            return None
        stream = Server(self.act)
        self.streams.append(stream)
        return stream


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with open_world() as world:
        yield world


@asynccontextmanager
async def open_world() -> AsyncIterator[World]:
    world = World()
    web = await asyncio.start_server(world.serve, "127.0.0.1", 0)
    sockets = await ws_create_server(world.upgrade, "127.0.0.1", 0)
    world.web = f"http://127.0.0.1:{web.sockets[0].getsockname()[1]}"
    world.media = f"ws://127.0.0.1:{sockets.sockets[0].getsockname()[1]}/media"
    stream = http.connect_stream(world.media, {"ticket": "t1"}, then=f"{world.web}/twiml/resume/c1")
    world.answers = {"/in": stream, "/twiml/resume/c1": http.hang_up(), "/status": http.nothing()}
    async with world.twilio:
        yield world
    for server in (web, sockets):
        server.close()
        await server.wait_closed()


async def test_the_webhook_is_signed_and_has_the_real_ones_blanks_and_aliases(
    world: World,
) -> None:
    placed = await world.twilio.call(f"{world.web}/in", called="+97235550100")
    path, headers, form = world.posts[0]
    given = headers["x-twilio-signature"]
    assert http.is_signed(TOKEN, world.web + path, form, given)
    assert headers["i-twilio-idempotency-token"]
    fields = dict(form)
    assert fields["CallSid"] == placed.ids.call_sid
    assert fields["To"] == fields["Called"] == "+97235550100"
    assert fields["ToZip"] == ""


async def test_the_media_socket_is_opened_with_a_signature_and_the_tickets_parameters(
    world: World,
) -> None:
    placed = await world.twilio.call(f"{world.web}/in", called="+1")
    assert placed.phone is not None
    given = world.upgrades[0].headers["X-Twilio-Signature"]
    assert http.is_signed_upgrade(TOKEN, world.media, given)
    [stream] = world.streams
    await stream.until(media.Media)
    assert isinstance(stream.heard[0], media.Connected)
    start = stream.heard[1]
    assert isinstance(start, media.Start)
    assert start.parameters == {"ticket": "t1"}
    assert start.call_sid == placed.ids.call_sid


async def test_frames_are_numbered_and_timed_without_a_hole(world: World) -> None:
    placed = await world.twilio.call(f"{world.web}/in", called="+1")
    [stream] = world.streams
    for _ in range(10):
        assert placed.phone is not None
        await placed.phone.next_tick()
    placed.hang_up()
    await stream.until(media.Stop)
    frames = [said for said in stream.heard if isinstance(said, media.Media)]
    assert [frame.timestamp_ms for frame in frames] == [20 * n for n in range(len(frames))]
    assert [frame.sequence for frame in frames] == [n + 2 for n in range(len(frames))]


async def test_a_mark_is_echoed_after_its_audio_has_been_played(world: World) -> None:
    def speak(stream: Server) -> None:
        stream.send(stream.says.media(FRAME * 3))
        stream.send(stream.says.mark("end"))

    world.act = speak
    placed = await world.twilio.call(f"{world.web}/in", called="+1")
    [stream] = world.streams
    await stream.until(media.Mark)
    assert placed.phone is not None
    assert placed.phone.line.played_bytes == 480


async def test_hanging_up_sends_stop_and_follows_no_redirect(world: World) -> None:
    placed = await world.twilio.call(f"{world.web}/in", called="+1")
    placed.hang_up()
    await world.streams[0].until(media.Stop)
    await placed.ended.wait()
    assert world.posts_to("/twiml/resume/c1") == []


async def test_a_stream_closed_by_the_server_is_followed_by_the_redirect(world: World) -> None:
    world.act = Server.close
    placed = await world.twilio.call(f"{world.web}/in", called="+1")
    await placed.ended.wait()
    [form] = world.posts_to("/twiml/resume/c1")
    assert dict(form)["CallStatus"] == "in-progress"
    assert not any(isinstance(said, media.Stop) for said in world.streams[0].heard)


async def test_a_key_is_heard_as_dtmf(world: World) -> None:
    placed = await world.twilio.call(f"{world.web}/in", called="+1")
    assert placed.phone is not None
    placed.phone.press("7")
    await world.streams[0].until(media.Dtmf)
    [key] = [said for said in world.streams[0].heard if isinstance(said, media.Dtmf)]
    assert key.digit == "7"


async def test_status_callbacks_come_as_planned_even_twice_and_out_of_order(world: World) -> None:
    plan = StatusPlan(f"{world.web}/status", after=("completed", "in-progress", "completed"))
    placed = await world.twilio.call(f"{world.web}/in", called="+1", statuses=plan)
    placed.hang_up()
    await world.twilio.quiet()
    forms = [dict(form) for form in world.posts_to("/status")]
    assert [form["CallStatus"] for form in forms] == [
        "initiated", "ringing", "in-progress", "completed", "in-progress", "completed",
    ]  # fmt: skip
    assert [form["SequenceNumber"] for form in forms] == list("012345")


async def test_a_refused_upgrade_is_a_stream_error_and_the_document_goes_on(world: World) -> None:
    world.answers["/in"] = http.connect_stream(
        world.media.replace("/media", "/other"), {}, then=f"{world.web}/twiml/resume/c1"
    )
    placed = await world.twilio.call(f"{world.web}/in", called="+1")
    await placed.ended.wait()
    assert [failure[:19] for failure in placed.failures] == ["stream-error 31920:"]
    assert len(world.posts_to("/twiml/resume/c1")) == 1


async def test_a_webhook_that_fails_is_said_so(world: World) -> None:
    with pytest.raises(WebhookFailed) as failed:
        await world.twilio.call(f"{world.web}/nowhere", called="+1")
    assert failed.value.status == 404
