from __future__ import annotations

import json
from dataclasses import asdict

from django.core.management.base import BaseCommand, CommandError, CommandParser

from advisory.health import doctor


class Command(BaseCommand):
    help = "Check settings, database, broker, worker, clock and disk; exit code 1 when something is wrong."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: object, **options: object) -> None:
        findings = doctor.examine()
        if options["json"]:
            self.stdout.write(json.dumps([asdict(finding) for finding in findings], indent=2))
        else:
            for finding in findings:
                self.stdout.write(f"{finding.state:<6} {finding.part:<14} {finding.sentence}")
        if parts := [finding.part for finding in doctor.wrong(findings)]:
            raise CommandError(f"Wrong: {', '.join(parts)}.")
