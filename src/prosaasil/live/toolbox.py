"""Runs the agent's tools for one call: out of the audio's way, within a limit, never failing.

Whatever a tool does, the engine gets an answer: the result, the sentence of a refusal, or the news
that it did not work. A missing answer would leave the agent waiting for ever.
"""

import asyncio
from collections.abc import Callable, Mapping

import msgspec

from prosaasil.call.commands import RunTool
from prosaasil.call.events import ToolAnswered
from prosaasil.kit.errors import Refusal
from prosaasil.kit.telemetry import Log
from prosaasil.live.backroom import Backroom
from prosaasil.live.ports import Tool

RUNNING_MAX = 8
"""More tools at once than this in one call is a model gone wild."""


class Toolbox:
    def __init__(
        self, tools: Mapping[str, Tool], *, backroom: Backroom, limit_ms: int, log: Log
    ) -> None:
        self._tools = tools
        self._backroom = backroom
        self._limit_ms = limit_ms
        self._log = log
        self._running: set[asyncio.Future[str]] = set()

    def run(self, order: RunTool, answer: Callable[[ToolAnswered], None]) -> None:
        """Answer soon, on this event loop; never before this returns."""
        if len(self._running) >= RUNNING_MAX:
            work = _refused("Too many tools are running. Wait for their answers first.")
        else:
            work = self._output(order)
        running = self._backroom.submit(work)
        self._running.add(running)

        def done(future: asyncio.Future[str]) -> None:
            self._running.discard(future)
            if not future.cancelled():
                answer(ToolAnswered(order.tool_call_id, future.result()))

        running.add_done_callback(done)

    def close(self) -> None:
        """The call is over: nobody waits for the answers any more."""
        for running in self._running:
            running.cancel()

    async def _output(self, order: RunTool) -> str:
        tool = self._tools.get(order.name)
        if tool is None:
            return _error(f"There is no tool {order.name!r}.")
        try:
            arguments = msgspec.json.decode(order.arguments or "{}", type=dict[str, object])
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            return _error(f"The arguments are not a JSON object: {error}")
        try:
            async with asyncio.timeout(self._limit_ms / 1_000):
                return msgspec.json.encode(await tool(arguments)).decode()
        except Refusal as refusal:
            return _error(refusal.sentence)
        except TimeoutError:
            self._log.error("tool took too long", tool=order.name, limit_ms=self._limit_ms)
            return _error("The tool did not answer in time.")
        except Exception:  # noqa: BLE001 - the boundary of one tool call
            self._log.exception("tool failed", tool=order.name)
            return _error("The tool failed.")


async def _refused(sentence: str) -> str:
    return _error(sentence)


def _error(sentence: str) -> str:
    return msgspec.json.encode({"error": sentence}).decode()
