"""What an HTTP answer looks like when something is refused or fails.

A `Refusal` answers with its status and `{"error", "sentence"}`; everything unexpected with 500, and
an incident number that is also in the log beside the traceback.
"""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from prosaasil.kit import ids, telemetry
from prosaasil.kit.errors import Fault, Refusal

log = telemetry.logger(__name__)
incidents = telemetry.counter("http_incidents", "Requests that failed by our own or a peer's fault")
refusals = telemetry.counter("http_refusals", "Requests that were refused", ("error",))

UNEXPECTED = "Something went wrong on our side. Please try again."


def add_error_handlers(app: FastAPI) -> None:
    """Give this application the answers above."""
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _declined)
    app.add_middleware(Incidents)


class Incidents:
    """The boundary of a request: no failure of one leaves it, and each is told once."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def watched(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            incident = _record(scope, error)
            if has_begun:
                raise
            status = 503 if isinstance(error, Fault) else 500
            answer = {"error": "incident", "sentence": UNEXPECTED, "incident": incident}
            await JSONResponse(answer, status)(scope, receive, send)


def _record(scope: Scope, error: Exception) -> str:
    incident = str(ids.uuid7())
    incidents.inc()
    fields = {"incident": incident, "method": scope["method"], "path": scope["path"]}
    if isinstance(error, Fault):
        log.error("a peer failed during a request", fault=error.sentence, **fields)
    else:
        log.error("a request failed unexpectedly", exc_info=error, **fields)
    return incident


async def _refused(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refusal)
    refusals.labels(error.code).inc()
    answer = {"error": error.code, "sentence": error.sentence}
    if error.remedy:
        answer["remedy"] = error.remedy
    return JSONResponse(answer, error.status)


async def _malformed(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    fields = sorted({".".join(str(part) for part in e["loc"]) for e in error.errors()})
    answer = {"error": "malformed", "sentence": f"Not understood: {', '.join(fields)}."}
    return JSONResponse(answer, 422)


async def _declined(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    answer = {"error": f"http_{error.status_code}", "sentence": str(error.detail)}
    return JSONResponse(answer, error.status_code, headers=dict(error.headers or {}))
