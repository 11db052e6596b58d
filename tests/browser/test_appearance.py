"""How the pages look and read: both languages, both colours, every width, with any senses."""

from pathlib import Path

import pytest

from .visitor import NARROW, WIDE, Browsers, Language

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

LANGUAGES: tuple[Language, ...] = ("he", "en")
WIDTHS = {"wide": WIDE, "narrow": NARROW}


@pytest.mark.parametrize(
    ("language", "width", "dark"),
    [
        ("he", "wide", False),
        ("en", "wide", False),
        ("he", "narrow", False),
        ("en", "narrow", True),
        ("he", "wide", True),
    ],
)
def test_a_call_looks_well_and_reads_well(
    browsers: Browsers, asking: Path, language: Language, width: str, dark: bool
) -> None:
    name = f"{language}-{width}{'-dark' if dark else ''}"
    size = WIDTHS[width]
    with browsers.visitor(asking, language=language, size=size, dark=dark) as visitor:
        visitor.picture(f"{name}-1-before")
        assert visitor.complaints() == []
        assert visitor.overflow_px() == 0

        visitor.call().wait_for_line("agent")
        visitor.wait_for_line("caller")
        visitor.wait_until_agent(speaks=True)
        visitor.page.wait_for_function(
            "() => Number(document.querySelector('main').dataset.agentLevel) > 0.5"
        )
        visitor.picture(f"{name}-2-during")
        assert visitor.complaints() == []
        assert visitor.overflow_px() == 0

        visitor.see("keypad").click()
        visitor.see("key-7").click()
        visitor.picture(f"{name}-3-keypad")
        assert visitor.complaints() == []
        assert visitor.overflow_px() == 0

        visitor.hang_up().see("recording").wait_for()
        visitor.picture(f"{name}-4-after")
        assert visitor.complaints() == []
        assert visitor.overflow_px() == 0


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", list(WIDTHS))
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_door_looks_well_and_reads_well(
    browsers: Browsers, language: Language, width: str, dark: bool
) -> None:
    with browsers.visitor(
        signed_in=False, language=language, size=WIDTHS[width], dark=dark
    ) as visitor:
        visitor.page.wait_for_selector("form")
        visitor.picture(f"{language}-{width}{'-dark' if dark else ''}-0-door")
        assert visitor.complaints() == []
        assert visitor.overflow_px() == 0


def test_the_language_switches_at_once_and_is_remembered(browsers: Browsers) -> None:
    with browsers.visitor(language="en") as visitor:
        root = visitor.page.locator("html")
        assert (root.get_attribute("lang"), root.get_attribute("dir")) == ("en", "ltr")
        visitor.page.get_by_text("עברית").click()
        visitor.page.get_by_role("button", name="להתקשר").wait_for()
        assert (root.get_attribute("lang"), root.get_attribute("dir")) == ("he", "rtl")
        visitor.open().page.get_by_role("button", name="להתקשר").wait_for()


def test_the_language_can_be_switched_in_the_middle_of_a_call(browsers: Browsers) -> None:
    with browsers.visitor(language="en") as visitor:
        visitor.call().wait_for_line("agent")
        visitor.page.get_by_text("עברית").click()
        visitor.page.get_by_role("button", name="לנתק").wait_for()
        assert visitor.phone.get_attribute("data-phase") == "talking"
        assert visitor.wait_for_line("agent")
        visitor.hang_up()


def test_the_colours_switch_and_are_remembered(browsers: Browsers) -> None:
    with browsers.visitor() as visitor:
        visitor.page.get_by_role("button", name="Switch to dark colours").click()
        visitor.open().page.wait_for_selector("html[data-mantine-color-scheme=dark]")


def test_a_call_needs_no_mouse(browsers: Browsers) -> None:
    with browsers.visitor() as visitor:
        for _ in range(12):
            visitor.page.keyboard.press("Tab")
            if visitor.page.evaluate("document.activeElement.dataset.testid") == "call":
                break
        visitor.page.keyboard.press("Enter")
        visitor.wait_for_phase("talking")
        assert visitor.page.evaluate("document.activeElement.role") == "status"
        visitor.page.keyboard.press("4")
        visitor.page.keyboard.press("Tab")
        visitor.page.keyboard.press("Tab")
        visitor.page.keyboard.press("Enter")
        visitor.wait_for_phase("over")


def test_either_prompt_can_be_talked_with(browsers: Browsers) -> None:
    with browsers.visitor() as visitor:
        visitor.page.get_by_text("The business calls you").click()
        visitor.call().wait_for_phase("talking").hang_up()
        assert visitor.record_of_call()["direction"] == "outbound"
