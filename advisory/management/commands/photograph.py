"""Takes screenshots of the main pages of a running demonstration, for docs/ and the README."""

from __future__ import annotations

import io
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import URLError
from urllib.parse import urljoin
from urllib.request import urlopen

from django.core.management.base import BaseCommand, CommandError, CommandParser

from advisory.embedded import folders
from advisory.showroom.demo import people

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

COLORS = 192
"""Enough colors for flat pages with text; a quarter of the size of full color."""

DESK, PHONE = (1440, 1000), (390, 844)
TOTAL_MB_MAX = 3


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: who is signed in (nobody: before signing in), the start page, the links followed, and the
    screen.

    A step is the selector of a link, or an address below the page's own when it ends with a slash. `top` is
    scrolled to the top of the picture.
    """

    name: str
    who: str
    address: str
    steps: tuple[str, ...] = ()
    top: str = ""
    screen: tuple[int, int] = DESK
    theme: str = "light"


ADA, RHEA, THEO, CORA = (f"{short}@{people.DOMAIN}" for short in ("ada", "rhea", "theo", "cora"))
CLIENT = "client@client.example"

UNDECIDED = "/proposals/?state=in_review"
A_PROPOSAL = "main tbody th a"
FIRST = "main tbody th a"

SHOTS = (
    Shot("sign-in", "", "/account/login/"),
    Shot("home", ADA, "/"),
    Shot("home-phone", ADA, "/", screen=PHONE),
    Shot("households", ADA, "/households/"),
    Shot("household", ADA, "/households/", (FIRST,)),
    Shot(
        "policy",
        ADA,
        "/households/",
        (FIRST, "main a[href='?tab=policy'], main a[href$='tab=policy']", "main a[href^='/policies/ip_']"),
    ),
    Shot("models", ADA, "/models/", (FIRST,)),
    Shot("review-desk", RHEA, "/"),
    Shot("proposals", RHEA, "/proposals/"),
    Shot("proposal", RHEA, UNDECIDED, (A_PROPOSAL,)),
    Shot("proposal-dark", RHEA, UNDECIDED, (A_PROPOSAL,), theme="dark"),
    Shot("proposal-trades", RHEA, UNDECIDED, (A_PROPOSAL,), top="#trades-title"),
    Shot("proposal-phone", RHEA, UNDECIDED, (A_PROPOSAL,), screen=PHONE),
    Shot("approve", RHEA, UNDECIDED, (A_PROPOSAL, "approve/")),
    Shot("why-nothing", ADA, "/households/?state=held", (FIRST,)),
    Shot("timeline", ADA, "/households/?state=held", (FIRST, "timeline/")),
    Shot("day", ADA, "/households/?state=held", (FIRST, "timeline/", "main ol.timeline a")),
    Shot("monitors", CORA, "/monitors/"),
    Shot("tax-ledger", CORA, "/tax-ledgers/", (FIRST,)),
    Shot("wash-calendar", ADA, "/households/", ("main tbody th a:has-text('Velvetbrook')", "wash-calendar/")),
    Shot("required-distributions", CORA, "/required-distributions/"),
    Shot("imports", THEO, "/imports/"),
    Shot("scan", THEO, "/scans/", ("main tbody a",)),
    Shot("blotter", THEO, "/blotter/"),
    Shot("release", THEO, "/blotter/", ("main tbody a.button",)),
    Shot("audit", CORA, "/audit/"),
    Shot("queue", CORA, "/compliance/"),
    Shot("settings", CORA, "/settings/"),
    Shot("how-we-rebalance", CORA, "/how-we-rebalance/"),
    Shot("portal", CLIENT, "/portfolio/"),
    Shot("summary", CLIENT, "/portfolio/", ("main a[href^='/portfolio/summaries/']",)),
)


class Command(BaseCommand):
    help = "Take screenshots of the main pages of a running demonstration (start it with `./evenkeel demo` first)."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address", nargs="?", default="http://127.0.0.1:8000", help="where the demo runs")
        parser.add_argument("--into", type=Path, default=folders.PROJECT / "docs" / "img")
        parser.add_argument("--only", nargs="*", metavar="NAME", help="take just these pictures")

    def handle(self, *_: Any, address: str, into: Path, only: list[str] | None, **__: Any) -> None:
        shots = [shot for shot in SHOTS if not only or shot.name in only]
        if not shots:
            raise CommandError(f"There is no such picture. Names: {', '.join(shot.name for shot in SHOTS)}.")
        address = address.rstrip("/")
        _require_an_answer(address)
        into.mkdir(parents=True, exist_ok=True)
        sync_playwright = _playwright()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=_chromium(), args=["--no-sandbox"])
            cookies: dict[str, Any] = {"": None}
            for shot in shots:
                if shot.who not in cookies:
                    cookies[shot.who] = _sign_in(browser, address, shot.who)
                size = _take(browser, address, shot, cookies[shot.who], into / f"{shot.name}.png")
                self.stdout.write(f"{shot.name}.png  {size / 1024:,.0f} kB")
            browser.close()
        total = sum(file.stat().st_size for file in into.glob("*.png"))
        if total > TOTAL_MB_MAX * 1024 * 1024:
            raise CommandError(
                f"The pictures take {total / 1024**2:.1f} MB; keep them below {TOTAL_MB_MAX} MB."
            )


def _playwright() -> Any:
    try:
        import PIL.Image  # noqa: F401
        from playwright.sync_api import sync_playwright
    except ImportError as missing:
        raise CommandError(
            f"Taking pictures needs the development packages ({missing.name} is missing). "
            "Run `./evenkeel check` once, which installs them, and try again."
        ) from missing
    return sync_playwright


def _chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        raise CommandError("Taking pictures needs a Chromium. Install Debian's `chromium` and try again.")
    return found


def _require_an_answer(address: str) -> None:
    try:
        urlopen(f"{address}/healthz", timeout=5).close()  # noqa: S310 - an address the operator typed
    except (URLError, OSError, ValueError) as error:
        raise CommandError(
            f"Nothing answers at {address} ({error}). Start `./evenkeel demo` and give the address it prints."
        ) from error


def _sign_in(browser: Browser, address: str, who: str) -> Any:
    """Sign in through the page as a person of the demonstration firm, and return the browser's state."""
    context = browser.new_context(base_url=address)
    page = context.new_page()
    page.goto("/account/login/")
    page.locator("input[name=login]").fill(who)
    page.locator("input[name=password]").fill(people.PASSWORD)
    page.locator("main button.primary, .entrance button.primary").first.click()
    page.wait_for_load_state()
    if "/account/login" in page.url:
        raise CommandError(
            f"{who} could not sign in. Pictures are taken of the demonstration firm: start `./evenkeel demo`."
        )
    state = context.storage_state()
    context.close()
    return state


def _take(browser: Browser, address: str, shot: Shot, state: Any, path: Path) -> int:
    width, height = shot.screen
    context = browser.new_context(
        base_url=address,
        storage_state=state,
        viewport={"width": width, "height": height},
        color_scheme="dark" if shot.theme == "dark" else "light",
        device_scale_factor=2 if shot.screen == PHONE else 1,
        reduced_motion="reduce",
    )
    page = context.new_page()
    _open(page, shot)
    data = page.screenshot(animations="disabled", caret="hide")
    context.close()
    _keep(data, path)
    return path.stat().st_size


def _open(page: Page, shot: Shot) -> None:
    answer = page.goto(shot.address)
    for step in shot.steps:
        if step.endswith("/"):
            answer = page.goto(urljoin(page.url, step))
            continue
        link = page.locator(step).first
        if not link.count():
            raise CommandError(f"For {shot.name} there is no {step} on {page.url}.")
        answer = page.goto(str(link.get_attribute("href")))
    if answer is None or answer.status != 200:
        raise CommandError(f"{shot.name}: {page.url} answered {answer.status if answer else 'nothing'}.")
    if shot.top:
        page.locator(shot.top).evaluate("element => element.scrollIntoView({block: 'start'})")


def _keep(data: bytes, path: Path) -> None:
    from PIL import Image

    picture = Image.open(io.BytesIO(data)).convert("RGB")
    picture.quantize(COLORS, dither=Image.Dither.NONE).save(path, optimize=True)
