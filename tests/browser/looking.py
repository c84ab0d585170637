"""A page on every screen: wide and narrow, light and dark."""

from __future__ import annotations

import os
from typing import Any

from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import SignedIn

SCREENS = [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")]


def look(
    page_of: SignedIn, person: Any, addresses: dict[str, str], *, screens: list[tuple[int, str]] | None = None
) -> None:
    """Open each address on every screen and hold it to axe, its width and a silent console.

    With EVENKEEL_PICTURES set to a folder, each is photographed there.
    """
    folder = os.environ.get("EVENKEEL_PICTURES")
    for width, theme in screens or SCREENS:
        page = page_of(person, width=width, theme=theme)
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)  # noqa: B023
        page.on("pageerror", lambda error: said.append(str(error)))  # noqa: B023
        for name, address in addresses.items():
            answer = page.goto(address)
            assert answer is not None
            assert answer.status == 200, (name, address)
            # The theme changes nothing but colors, so in the dark only their contrast is asked again.
            rules = {"runOnly": ["color-contrast"]} if theme == "dark" else {}
            found = Axe().run(page, options=rules).response["violations"]
            if folder:
                page.screenshot(path=f"{folder}/{name}-{width}-{theme}.png", full_page=True)
            wrong = [
                (one["id"], one["nodes"][0]["html"])
                for one in found
                if one["impact"] in {"serious", "critical"}
            ]
            assert wrong == [], (name, width, theme)
            assert page.evaluate("document.documentElement.scrollWidth") == width, (name, theme)
            assert said == [], name
        # A screen that stays open keeps its processes, and a hundred doors would keep hundreds.
        page.context.close()
