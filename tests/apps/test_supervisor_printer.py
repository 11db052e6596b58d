"""A terminal that is paused, or gone, stops no call."""

import io
import os
import threading

from prosaasil.apps.printer import Printer

LIMIT_S = 20


class Paused(io.StringIO):
    """A terminal on which nothing moves until it is resumed."""

    def __init__(self) -> None:
        super().__init__()
        self.resumed = threading.Event()
        self.is_written_to = threading.Event()

    def write(self, text: str) -> int:
        self.is_written_to.set()
        assert self.resumed.wait(LIMIT_S)
        return super().write(text)


def test_lines_come_out_in_their_order() -> None:
    stream = io.StringIO()
    with Printer(stream) as printer:
        for number in range(1_000):
            printer.write(f"{number}\n")
    assert stream.getvalue().split() == [str(number) for number in range(1_000)]


def test_a_paused_terminal_holds_nobody_up_and_what_was_left_out_is_counted() -> None:
    stream = Paused()
    with Printer(stream, lines_max=3) as printer:
        printer.write("first\n")
        assert stream.is_written_to.wait(LIMIT_S)
        for number in range(10):
            printer.write(f"{number}\n")
        stream.resumed.set()
    with Printer(stream, lines_max=100) as printer:
        printer._left_out = 7
        printer.write("last\n")
    assert stream.getvalue() == "first\n0\n1\n2\n(7 lines of log were left out)\nlast\n"


def test_a_reader_that_went_away_stops_nothing() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    stream = os.fdopen(writer, "w")
    with Printer(stream) as printer:
        for _ in range(10):
            printer.write("x" * 10_000)
    try:
        stream.close()
    except BrokenPipeError:
        assert stream.closed
