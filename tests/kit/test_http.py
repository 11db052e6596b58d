"""What a client is told when something is refused or fails."""

import pytest
from fastapi import FastAPI, HTTPException
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient
from structlog.testing import capture_logs

from prosaasil.kit.errors import Fault, Refusal
from prosaasil.kit.http import UNEXPECTED, add_error_handlers


class SlotTaken(Refusal):
    """The time is taken.

    Offer another one.
    """

    status = 409


class EngineGone(Fault):
    """The engine does not answer."""


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()
    add_error_handlers(app)

    @app.get("/refused")
    async def refused() -> None:
        raise SlotTaken

    @app.get("/failed")
    async def failed() -> None:
        raise ZeroDivisionError("secret detail")

    @app.get("/peer")
    async def peer() -> None:
        raise EngineGone

    @app.get("/number/{number}")
    async def number(number: int) -> int:
        return number

    @app.get("/gone")
    async def gone() -> None:
        raise HTTPException(410, "It was here.", headers={"X-Where": "there"})

    @app.get("/halfway")
    async def halfway() -> StreamingResponse:
        def parts() -> object:
            yield "half"
            raise ZeroDivisionError

        return StreamingResponse(parts())  # type: ignore[arg-type]

    return TestClient(app)


def test_a_refusal_answers_with_its_status_and_sentence(client: TestClient) -> None:
    answer = client.get("/refused")
    assert answer.status_code == 409
    assert answer.json() == {
        "error": "slot_taken",
        "sentence": "The time is taken.",
        "remedy": "Offer another one.",
    }


def test_the_unexpected_answers_with_an_incident_that_is_in_the_log(client: TestClient) -> None:
    with capture_logs() as logs:
        answer = client.get("/failed")
    assert answer.status_code == 500
    assert answer.json()["sentence"] == UNEXPECTED
    assert "secret detail" not in answer.text
    (record,) = logs
    assert record["incident"] == answer.json()["incident"]
    assert record["path"] == "/failed"
    assert isinstance(record["exc_info"], ZeroDivisionError)


def test_a_peers_fault_is_not_ours(client: TestClient) -> None:
    with capture_logs() as logs:
        assert client.get("/peer").status_code == 503
    assert logs[0]["fault"] == "The engine does not answer."


def test_what_is_not_understood_is_named(client: TestClient) -> None:
    answer = client.get("/number/many")
    assert answer.status_code == 422
    assert answer.json() == {"error": "malformed", "sentence": "Not understood: path.number."}


def test_the_frameworks_own_answers_have_the_same_shape(client: TestClient) -> None:
    assert client.get("/nowhere").json() == {"error": "http_404", "sentence": "Not Found"}
    answer = client.get("/gone")
    assert (answer.status_code, answer.headers["X-Where"]) == (410, "there")


def test_an_answer_under_way_is_cut_off_and_recorded(client: TestClient) -> None:
    with capture_logs() as logs, pytest.raises(ZeroDivisionError):
        client.get("/halfway")
    assert logs[0]["event"] == "a request failed unexpectedly"
