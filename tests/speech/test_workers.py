"""Inference in turn: sessions share the threads fairly, and the queue has an end."""

import asyncio
import os
import threading
from functools import partial

import pytest

from prosaasil.kit.errors import Fault
from prosaasil.speech.workers import EngineOverloaded, InferenceFailed, Workers


async def test_a_session_with_much_to_do_does_not_starve_the_others() -> None:
    workers = Workers("test", 1)
    gate = threading.Event()
    done: list[str] = []
    jobs: list[asyncio.Task[object]] = [asyncio.create_task(workers.run("first", gate.wait))]
    await asyncio.sleep(0)
    jobs += [
        asyncio.create_task(workers.run("a", partial(done.append, name)))
        for name in ("a1", "a2", "a3")
    ]
    jobs.append(asyncio.create_task(workers.run("b", partial(done.append, "b1"))))
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(*jobs)
    workers.close()

    assert done == ["a1", "b1", "a2", "a3"]


async def test_a_queue_that_is_too_long_is_said() -> None:
    workers = Workers("test", 1, waiting_max=1)
    gate = threading.Event()
    running = asyncio.create_task(workers.run("a", gate.wait))
    waiting = asyncio.create_task(workers.run("a", gate.wait))
    await asyncio.sleep(0)
    with pytest.raises(EngineOverloaded):
        await workers.run("b", gate.wait)
    gate.set()
    await asyncio.gather(running, waiting)
    workers.close()


async def test_a_cancelled_job_gives_up_its_place() -> None:
    workers = Workers("test", 1)
    gate = threading.Event()
    done: list[str] = []
    running = asyncio.create_task(workers.run("a", gate.wait))
    await asyncio.sleep(0)
    waiting = asyncio.create_task(workers.run("b", lambda: done.append("cancelled")))
    await asyncio.sleep(0)
    waiting.cancel()
    gate.set()
    await running
    await workers.run("c", lambda: done.append("next"))
    workers.close()

    assert done == ["next"]


async def test_whatever_a_model_raises_is_a_fault_of_the_turn() -> None:
    workers = Workers("test", 1)

    def fail() -> None:
        raise RuntimeError("the model is upset")

    with pytest.raises(InferenceFailed) as failure:
        await workers.run("a", fail)
    workers.close()

    assert isinstance(failure.value, Fault)
    assert isinstance(failure.value.__cause__, RuntimeError)


def test_the_model_runtime_is_told_to_report_to_nobody() -> None:
    assert os.environ["ORT_DISABLE_TELEMETRY"] == "1"
