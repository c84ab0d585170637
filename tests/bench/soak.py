"""`./evenkeel bench soak [--minutes 120] [--users 20] [--households 48] [--json FILE]`: a firm at work for hours.

A demonstration firm with its own database, broker, web processes and workers is started in a folder of its own. So many people
sign in, each with a session of their own, and walk over the pages by following links, with a pause after each. Meanwhile scans
are started and price files are handed in. Resident memory of each part is sampled from /proc: what it is at the end is compared
with what it was once a tenth of the time (at most ten minutes) had passed.

Targets: no answer of 500 or above, every request answered, and less than 10% more memory in each part.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.processes.running_desk import PROJECT, Desk

GROWTH_MAX = 0.10
SAMPLE_SECONDS = 5.0
PAUSE_SECONDS = (0.5, 3.0)
SCAN_SECONDS, FILE_SECONDS = 180.0, 60.0
WARM_SECONDS = 600.0
PARTS = ("web", "worker", "beat", "fix")
LINK = re.compile(r'href="(/[^"#]*)"')
LEFT_OUT = re.compile(
    r"^/(account|static|admin)/|export=|\.(pdf|csv|xlsx|json|zip|yaml|svg|ico|css|js)\b|/files/"
)
"""What nobody walks to: signing out, and files, which other benches measure."""
IDS = re.compile(r"\b[a-z]{2}_[0-9a-z]{12}\b|(?<=/)\d+(?=/|$)")


class Demonstration(Desk):
    """`./evenkeel demo` with a state folder of its own."""

    def __init__(self, state: Path, households: int) -> None:
        super().__init__(state)
        self.households = households
        self.environment["EVENKEEL_LOG_LEVEL"] = "WARNING"

    def start(self) -> None:
        with Path(f"{self.state}.said").open("wb") as said:
            self.supervisor = subprocess.Popen(
                [
                    sys.executable, "-m", "advisory.supervision", "demo", "--port", str(self.port),
                    "--households", str(self.households),
                ],
                cwd=PROJECT, env=self.environment, stdout=said, stderr=said, start_new_session=True,
            )  # fmt: skip
        # The pages are open before the data is loaded; the address is printed once everything runs.
        self.wait_for(lambda: "Evenkeel is at" in self.said, "loaded", seconds=1800)


@dataclass(slots=True)
class Seen:
    """What everybody was answered; one lock for all."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    statuses: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    work: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, address: str, status: int, seconds: float) -> None:
        with self.lock:
            self.seconds[page_of(address)].append(seconds)
            self.statuses[status] += 1
            if status >= 500 or status == 0:
                self.failures.append(f"{status} {address}")


class Visitor(Desk):
    """One person's browser on a firm that somebody else started."""

    answer_seconds = 60
    """As long as the web process lets a request take: a slow page is slow, and not unanswered."""

    def __init__(self, firm: Desk, email: str) -> None:
        super().__init__(firm.state)
        self.port, self.email = firm.port, email

    def enter(self) -> bool:
        self.get("/account/login/")
        body = urllib.parse.urlencode({"login": self.email, "password": _of_the_demonstration()[1]}).encode()
        self.post("/account/login/", body, "application/x-www-form-urlencoded")
        return self.get("/")[0] == 200

    def walk(self, seen: Seen, draw: random.Random, until: float) -> None:
        address, text = "/", ""
        while time.monotonic() < until:
            began = time.monotonic()
            status, text = self.get(address)
            seen.note(address, status, time.monotonic() - began)
            links = sorted(
                {one.replace("&amp;", "&") for one in LINK.findall(text) if not LEFT_OUT.search(one)}
            )
            address = draw.choice(links) if status == 200 and links and draw.random() > 0.05 else "/"
            time.sleep(min(draw.uniform(*PAUSE_SECONDS), max(0.0, until - time.monotonic())))


def _of_the_demonstration() -> tuple[list[str], str]:
    """The sign-in names of the demonstration firm's staff, and their password."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "advisory.settings")
    django.setup()
    from advisory.showroom.demo.people import COLLEAGUES, PASSWORD

    return [one.email for one in COLLEAGUES], PASSWORD


def page_of(address: str) -> str:
    """The page an address belongs to: without what it asks, and any id told as one."""
    return IDS.sub("…", address.split("?")[0])


def work(firm: Desk, seen: Seen, until: float) -> None:
    """A trader who starts scans and hands in price files, by turns."""
    trader = Visitor(firm, "theo@evermere.example")
    trader.enter()
    next_scan, next_file, number = time.monotonic(), time.monotonic(), 0
    while time.monotonic() < until:
        if time.monotonic() >= next_file:
            number += 1
            # Each file is another one: the same bytes are known already.
            rows = "".join(
                f"ZZTM,2015-{1 + number % 12:02}-{1 + number % 28:02},{100 + number / 100:.2f},soak\n"
                for _ in range(1)
            )
            answer = trader.upload(
                "/api/v1/custodian-files/upload/",
                f"soak-{number}.csv",
                f"symbol,on,price,source\n{rows}".encode(),
            )
            _noted(seen, "price files", answer)
            next_file += FILE_SECONDS
        if time.monotonic() >= next_scan:
            answer = trader.post("/scans/start/", b"", "application/x-www-form-urlencoded")
            _noted(seen, "scans", answer)
            next_scan += SCAN_SECONDS
        time.sleep(1.0)


def _noted(seen: Seen, what: str, answer: tuple[int, str]) -> None:
    with seen.lock:
        seen.work[f"{what}, answered {answer[0]}"] += 1
        if answer[0] >= 500 or answer[0] == 0:
            seen.failures.append(f"{answer[0]} {what}")


def memory_of(pid: int) -> int:
    """Resident bytes of a process and all its children, from /proc."""
    if not pid:
        return 0
    children: dict[int, list[int]] = defaultdict(list)
    resident: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            told = (folder / "stat").read_text().rsplit(")", 1)[1].split()
        except (OSError, IndexError):
            continue
        own = int(folder.name)
        children[int(told[1])].append(own)
        resident[own] = int(told[21]) * os.sysconf("SC_PAGE_SIZE")
    found, asked = 0, [pid]
    while asked:
        one = asked.pop()
        found += resident.get(one, 0)
        asked += children[one]
    return found


def measure(minutes: float, users: int, households: int, *, seed: int = 7) -> dict[str, Any]:
    """Everything that happened."""
    seen, samples = Seen(), defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        firm = Demonstration(Path(folder) / "state", households)
        try:
            print("Starting a demonstration firm ...", file=sys.stderr)
            firm.start()
            began = time.monotonic()
            until = began + minutes * 60
            warm = began + min(WARM_SECONDS, minutes * 6)
            staff = _of_the_demonstration()[0]
            visitors = [Visitor(firm, staff[number % len(staff)]) for number in range(users)]
            entered = sum(one.enter() for one in visitors)
            threads = [
                threading.Thread(target=one.walk, args=(seen, random.Random(seed * 1000 + number), until))
                for number, one in enumerate(visitors)
            ]
            threads.append(threading.Thread(target=work, args=(firm, seen, until)))
            for one in threads:
                one.start()
            while time.monotonic() < until:
                for part in PARTS:
                    if time.monotonic() >= warm:
                        samples[part].append(memory_of(firm.pid(part)))
                time.sleep(SAMPLE_SECONDS)
            for one in threads:
                one.join()
        finally:
            firm.stop()
    return _told(seen, samples, minutes=minutes, users=entered, households=households)


def _told(
    seen: Seen, samples: dict[str, list[int]], *, minutes: float, users: int, households: int
) -> dict[str, Any]:
    memory = {}
    for part, found in samples.items():
        tenth = max(1, len(found) // 10)
        first, last = statistics.median(found[:tenth]), statistics.median(found[-tenth:])
        memory[part] = {
            "warm_mb": first / 1e6,
            "end_mb": last / 1e6,
            "most_mb": max(found) / 1e6,
            "growth": last / first - 1 if first else None,
        }
    pages = {
        page: {
            "visits": len(found),
            "median_ms": statistics.median(found) * 1000,
            "p95_ms": sorted(found)[int(0.95 * (len(found) - 1))] * 1000,
            "most_ms": max(found) * 1000,
        }
        for page, found in sorted(seen.seconds.items())
    }
    return {
        "minutes": minutes,
        "users": users,
        "households": households,
        "requests": sum(seen.statuses.values()),
        "statuses": {str(status): count for status, count in sorted(seen.statuses.items())},
        "failures": seen.failures,
        "work": dict(sorted(seen.work.items())),
        "memory": memory,
        "pages": pages,
    }


def report(found: dict[str, Any]) -> str:
    """The targets first, then the slowest pages."""
    lines = [
        f"{found['users']} users for {found['minutes']:g} minutes, {found['households']} households: {found['requests']:,} requests,"
        f" {found['statuses']}; {found['work']}",
        f"answers of 500 and above, or none: {len(found['failures'])} {'met' if not found['failures'] else 'MISSED'}",
        *(f"    {one}" for one in found["failures"][:20]),
    ]
    for part, one in found["memory"].items():
        if one["growth"] is not None:
            mark = "met" if one["growth"] < GROWTH_MAX else "MISSED"
            lines.append(
                f"memory of {part:<8} {one['warm_mb']:>7.0f} MB warm, {one['end_mb']:>7.0f} MB at the end, {one['growth']:>+7.1%}  {mark}"
            )
    lines += ["", f"{'Page':<60} {'visits':>7} {'median ms':>10} {'p95 ms':>8} {'most ms':>8}"]
    slowest = sorted(found["pages"].items(), key=lambda item: -item[1]["p95_ms"])
    lines += [
        f"{page[:60]:<60} {one['visits']:>7} {one['median_ms']:>10.0f} {one['p95_ms']:>8.0f} {one['most_ms']:>8.0f}"
        for page, one in slowest[:40]
    ]
    return "\n".join(lines)


def is_met(found: dict[str, Any]) -> bool:
    """Whether every target is met."""
    grown = [one["growth"] for one in found["memory"].values() if one["growth"] is not None]
    return not found["failures"] and bool(grown) and max(grown) < GROWTH_MAX


def main() -> int:
    parser = argparse.ArgumentParser(prog="./evenkeel bench soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--households", type=int, default=48)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    found = measure(asked.minutes, asked.users, asked.households)
    print(report(found))
    if asked.json is not None:
        asked.json.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    return 0 if is_met(found) else 1


if __name__ == "__main__":
    sys.exit(main())
