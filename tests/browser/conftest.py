"""A Chromium, the real product, and visitors who use the one on the other."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from prosaasil.apps import web_pages
from prosaasil.rig.speaking import speech_of

from . import microphone
from .microphone import silence
from .product import Product
from .visitor import SCREENSHOTS, Browsers

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
REMEDY = "install it (`apt-get install chromium` on Debian and Ubuntu), then run `make test` again"
skipped: list[str] = []


@pytest.fixture(scope="session")
def chromium() -> str:
    """A Chromium that is there; without one the tests are skipped aloud, but never in CI."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None and os.environ.get("CI") == "true":
        pytest.fail(f"the browser tests need a Chromium: {REMEDY}")
    if found is None:
        skipped.append(REMEDY)
        pytest.skip(f"no Chromium: {REMEDY}")
    return found


@pytest.fixture(scope="session")
def product(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    assert (web_pages.STATIC / "index.html").is_file(), "the dashboard is not built: `make test`"
    product = Product(tmp_path_factory.mktemp("product"))
    yield product
    product.stop()


@pytest.fixture(scope="session")
def browsers(chromium: str, product: Product) -> Iterator[Browsers]:
    if SCREENSHOTS:
        Path(SCREENSHOTS).mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        yield Browsers(playwright, chromium, product)


@pytest.fixture(scope="session")
def asking(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The microphone of a caller who lets the greeting end and then asks for the opening hours."""
    question = microphone.from_phone(speech_of("מה שעות הפתיחה שלכם?", "he"))
    path = tmp_path_factory.mktemp("asking") / "asking.wav"
    return microphone.write(path, [silence(8), question, silence(90)])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if skipped:
        terminalreporter.section("THE BROWSER TESTS WERE SKIPPED", red=True, bold=True)
        terminalreporter.line(f"No Chromium was found: {REMEDY}.")
