"""Somebody with a browser: what he does on the softphone's page, and what he sees and hears."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, Self

from playwright.sync_api import Browser, Locator, Page, Playwright, StorageState

from .product import Product

Language = Literal["he", "en"]
LOCALES: dict[Language, str] = {"he": "he-IL", "en": "en-US"}
WIDE = (1200, 800)
NARROW = (360, 740)

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = ("serious", "critical")

SCREENSHOTS = os.environ.get("PROSAASIL_SCREENSHOTS")
"""A folder for pictures of every page; none are made without it."""

HEADLESS = (
    "--no-sandbox",  # a container's root has no other way
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
ALLOW = "--use-fake-ui-for-media-stream"
DEVICE = "--use-fake-device-for-media-stream"

RECORD = """
element => {
  const figures = () => ({
    at: performance.now(),
    agent: Number(element.dataset.agentLevel),
    caller: Number(element.dataset.callerLevel),
    clears: Number(element.dataset.clears),
    is_speaking: element.dataset.agentIsSpeaking === 'true',
  });
  window.heard = [];
  new MutationObserver(() => window.heard.push(figures())).observe(element, { attributes: true });
}
"""
"""Keeps every movement of the meters, which the page measures where the sound itself is made."""


class Visitor:
    """One page of one browser."""

    def __init__(self, page: Page, product: Product) -> None:
        self.page = page
        self._product = product

    def open(self, url: str | None = None) -> Self:
        self.page.goto(url or self._product.url)
        return self

    def sign_in(self, password: str | None = None) -> Self:
        self.page.fill("input[name=email]", self._product.email)
        self.page.fill("input[name=password]", password or self._product.password)
        self.page.click("button[type=submit]")
        return self

    @property
    def phone(self) -> Locator:
        return self.see("softphone")

    def see(self, name: str) -> Locator:
        return self.page.get_by_test_id(name)

    def call(self) -> Self:
        """Press Call and listen from the first moment."""
        self.phone.evaluate(RECORD)
        self.see("call").click()
        return self

    def wait_for_phase(self, phase: str, limit_s: float = 30) -> Self:
        self.page.wait_for_selector(f"[data-phase={phase}]", timeout=limit_s * 1_000)
        return self

    def wait_until_agent(self, *, speaks: bool, limit_s: float = 30) -> Self:
        wanted = f"[data-agent-is-speaking={str(speaks).lower()}]"
        self.page.wait_for_selector(wanted, timeout=limit_s * 1_000)
        return self

    def wait_for_line(self, role: Literal["caller", "agent"], number: int = 1) -> str:
        """The text of that person's so-manieth line of the transcript, once it is final."""
        lines = self.page.locator(f"[data-testid=transcript-line][data-role={role}]")
        line = lines.nth(number - 1).and_(self.page.locator("[data-final=true]"))
        line.wait_for(timeout=40_000)
        return line.locator("p").inner_text()

    def hang_up(self) -> Self:
        self.see("hang-up").click()
        return self.wait_for_phase("over")

    def heard(self) -> list[dict[str, Any]]:
        """What the meters showed since the call began."""
        moments: list[dict[str, Any]] = self.page.evaluate("window.heard")
        return moments

    def record_of_call(self) -> dict[str, Any]:
        """The call as the server tells it."""
        call = self.phone.get_attribute("data-call-id")
        answer: dict[str, Any] = self.page.request.get(
            f"{self._product.url}/api/calls/{call}"
        ).json()
        return answer

    def complaints(self) -> list[str]:
        """What hinders a person who cannot see, hear or point, as far as a program can tell."""
        # As a debugger's, not as the page's script: the page allows none but its own.
        self.page.evaluate(f"() => {{ {AXE.read_text()} }}")
        found = self.page.evaluate("axe.run()")
        assert found["passes"]
        return [
            f"{one['id']}: {node['html']} - {node['failureSummary']}"
            for one in found["violations"]
            if one["impact"] in SERIOUS
            for node in one["nodes"]
        ]

    def overflow_px(self) -> int:
        """How far the page can be moved sideways, which nobody wants on a telephone."""
        wider: int = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return wider

    def picture(self, name: str) -> None:
        if SCREENSHOTS:
            self.page.evaluate("document.fonts.ready")
            self.page.screenshot(path=Path(SCREENSHOTS) / f"{name}.png")


class Browsers:
    """Makes visitors; each microphone needs a browser of its own, because it is a flag's file."""

    def __init__(self, playwright: Playwright, chromium: str, product: Product) -> None:
        self._chromium = playwright.chromium
        self._path = chromium
        self._product = product
        self._state: StorageState | None = None

    @contextmanager
    def visitor(
        self,
        microphone: Path | None = None,
        *,
        flags: tuple[str, ...] = (ALLOW, DEVICE),
        signed_in: bool = True,
        language: Language = "en",
        size: tuple[int, int] = WIDE,
        dark: bool = False,
    ) -> Iterator[Visitor]:
        """A visitor on the first page; without a microphone's file he hears a beeping device."""
        with self._browser(microphone, flags) as browser:
            context = browser.new_context(
                viewport={"width": size[0], "height": size[1]},
                locale=LOCALES[language],
                color_scheme="dark" if dark else "light",
                reduced_motion="reduce" if SCREENSHOTS else "no-preference",
                storage_state=self._state if signed_in else None,
            )
            visitor = Visitor(context.new_page(), self._product).open()
            if signed_in and self._state is None:
                visitor.sign_in()
            if signed_in:
                visitor.see("call").wait_for()
                self._state = context.storage_state()
            yield visitor

    @contextmanager
    def _browser(self, microphone: Path | None, flags: tuple[str, ...]) -> Iterator[Browser]:
        sound = (f"--use-file-for-fake-audio-capture={microphone}",) if microphone else ()
        browser = self._chromium.launch(
            executable_path=self._path, args=[*HEADLESS, *flags, *sound]
        )
        try:
            yield browser
        finally:
            browser.close()
