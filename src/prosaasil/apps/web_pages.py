"""The dashboard's files, and the headers that every page and answer carries."""

from pathlib import Path
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, HTMLResponse
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from prosaasil.apps.web_softphone import MEDIA_URL_DEFAULT, browsers_host
from prosaasil.kit.config import Settings

STATIC = Path(__file__).parent.parent / "static"
NOT_PAGES = ("api/", "twiml/", "twilio/", "assets/", "metrics", "healthz", "readyz")
"""What is asked for under these is there or not; the dashboard's own addresses are all one page."""
FOREVER = "public, max-age=31536000, immutable"
"""For assets: the build puts a hash of the content into their names."""
NOT_BUILT = """\
<!doctype html><html lang="en"><meta charset="utf-8"><title>prosaasil</title>
<body style="font-family: sans-serif; max-width: 40rem; margin: 4rem auto; line-height: 1.6">
<h1>The dashboard has not been built</h1>
<p>The server runs. Its pages are made from the folder <code>web/</code>:
start with <code>make run</code>, which builds them when they are missing, and reload this page.</p>
"""

router = APIRouter(include_in_schema=False)


@router.get("/{path:path}")
def page(path: str, request: Request) -> Response:
    """A file of the build; any other address of the dashboard is its one page."""
    static: Path = request.app.state.static
    file = (static / path).resolve()
    if path and file.is_relative_to(static.resolve()) and file.is_file():
        cached = FOREVER if path.startswith("assets/") else "no-cache"
        return FileResponse(file, headers={"cache-control": cached})
    if path.startswith(NOT_PAGES):
        raise HTTPException(404, "There is nothing at this address.")
    index = static / "index.html"
    if not index.is_file():
        return HTMLResponse(NOT_BUILT, 503)
    return FileResponse(index, headers={"cache-control": "no-cache"})


class SecurityHeaders:
    """Allows the app, its media socket and its microphone, and nothing else."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._media = "" if settings.media_url == MEDIA_URL_DEFAULT else _origin(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers(Request(scope)).items():
                    headers[name] = value
            await send(message)

        await self._app(scope, receive, guarded)

    def _headers(self, request: Request) -> dict[str, str]:
        return {
            "content-security-policy": content_policy(self._media or _beside(request)),
            "permissions-policy": "microphone=(self), camera=(), geolocation=()",
            "referrer-policy": "same-origin",
            "x-content-type-options": "nosniff",
            "x-frame-options": "DENY",
            "cross-origin-opener-policy": "same-origin",
        }


def content_policy(media: str) -> str:
    """`media` is where the softphone's socket may go."""
    return "; ".join(
        (
            "default-src 'self'",
            "script-src 'self'",
            "worker-src 'self'",
            "style-src 'self' 'unsafe-inline'",  # Mantine writes its theme as inline styles
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "media-src 'self' blob:",
            f"connect-src 'self' {media}",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def _origin(settings: Settings) -> str:
    parts = urlsplit(settings.media_url_of(settings.media_port))
    ports = "*" if "{port}" in settings.media_url else parts.port
    return f"{parts.scheme}://{parts.hostname}" + (f":{ports}" if ports else "")


def _beside(request: Request) -> str:
    """The ports beside the one that the browser asked; a host that a policy cannot name: all."""
    host = browsers_host(request)
    if host is None or host.startswith("["):
        return "ws: wss:"
    return f"ws://{host}:* wss://{host}:*"
