"""A real, headless Chromium that opens a page of ours from a file."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from tests.programs import program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from selenium.webdriver import Chrome


class Browser:
    """One window."""

    def __init__(self, driver: Chrome) -> None:
        self.driver = driver

    def open(self, path: Path) -> None:
        """Open a page, and have no log of another."""
        self.errors()
        self.driver.get(path.as_uri())
        assert self.run("return 'ready' in document.documentElement.dataset")

    def run(self, script: str, *arguments: object) -> Any:
        """Run a script in the page; what it returns."""
        return self.driver.execute_script(script, *arguments)

    def errors(self) -> list[str]:
        """What the console has."""
        return [entry["message"] for entry in self.driver.get_log("browser")]  # type: ignore[no-untyped-call]

    def text(self, selector: str) -> str:
        """The text of an element."""
        return str(self.run("return document.querySelector(arguments[0]).textContent", selector))

    def texts(self, selector: str, *, across: bool = False) -> list[str]:
        """The texts of all such elements, from top to bottom, or from left to right."""
        script = """const side = arguments[1] ? 'left' : 'top';
            const found = [...document.querySelectorAll(arguments[0])];
            const place = new Map(found.map((each) => [each, each.getBoundingClientRect()[side]]));
            return found.sort((a, b) => place.get(a) - place.get(b)).map((each) => each.textContent)"""
        return list(self.run(script, selector, across))

    def click(self, selector: str) -> None:
        """Click on an element with the mouse, once nothing is about to be drawn anew."""
        self.driver.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
        self.driver.find_element("css selector", selector).click()

    def type_into(self, label: str, text: str, section: str = "#access") -> None:
        """Type into the field with this label."""
        field = self._field(label, section)
        field.clear()
        field.send_keys(text)

    def choose(self, label: str, choice: str, section: str = "#access") -> None:
        """Choose from the box with this label."""
        from selenium.webdriver.support.select import Select

        Select(self._field(label, section)).select_by_visible_text(choice)

    def press(self, *keys: str) -> None:
        """Press keys where the focus is, one after another; several in one text are held together."""
        for key in keys:
            self.driver.switch_to.active_element.send_keys(key)

    def media(self, *, kind: str = "", scheme: str = "light", width: int = 1300, height: int = 900) -> None:
        """Emulate paper, a colour scheme, a window's size."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": kind, "features": features})
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
        )

    def _field(self, label: str, section: str) -> Any:
        script = """return [...document.querySelectorAll(`${arguments[1]} label`)].find(
            (each) => each.textContent.startsWith(arguments[0])).control"""
        return self.run(script, label, section)


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """A browser that is ended afterwards; the test is skipped where there is none."""
    binary, service_path = program("chromium"), program("chromedriver")
    from selenium.webdriver import Chrome, ChromeOptions, ChromeService

    options = ChromeOptions()
    options.binary_location = binary
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options=options, service=ChromeService(service_path))
    try:
        yield Browser(driver)
    finally:
        driver.quit()
