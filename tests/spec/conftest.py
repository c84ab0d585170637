"""After a run: one line for every example of the golden file, whether it is live, and the totals."""

from __future__ import annotations

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    from tests.spec import golden

    told = {
        identity: (frozenset(calls), tuple(faults))
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "call"
        for name, value in getattr(report, "user_properties", ())
        if name == "golden"
        for identity, calls, faults in (value,)
    }
    if not told:
        return
    runs = [
        golden.Run(example, faults, calls)
        for example in golden.examples()
        if example.id in told
        for calls, faults in (told[example.id],)
    ]
    terminalreporter.section("golden examples")
    for run in sorted(runs, key=lambda run: run.example.id):
        terminalreporter.write_line(run.line)
    terminalreporter.write_line(golden.totals(runs))
