"""The compose file, held without a container engine: its properties are read, its commands are run.

The services' own commands run here against the quick start's servers, with the environment the file
gives them, as the limited role, in production settings.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import yaml

from advisory.embedded import folders, postgresql, processes
from advisory.embedded.postgresql import ADMINISTRATOR, PostgreSQL
from advisory.embedded.valkey import Valkey

PROJECT = Path(__file__).resolve().parents[3]
FILE = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = FILE["services"]
OURS = ("migrate", "web", "worker", "beat", "fix")
KEY = base64.b64encode(b"k" * 32).decode()

DOT_ENV = {
    "SECRET_KEY": "a-long-secret-of-this-test-0123456789-abcdefghijklmnopqrstuvwxyz",
    "EVENKEEL_FIELD_KEYS": f"2026:{KEY}",
    "EVENKEEL_INDEX_KEY": KEY,
    "EVENKEEL_HOSTS": "desk.example.com",
    "EVENKEEL_FIRM_NAME": "Example Advisers LLC",
    "EVENKEEL_TRUSTED_ORIGINS": "https://desk.example.com",
    "POSTGRES_PASSWORD": "admin-password",
    "DATABASE_OWNER_PASSWORD": "owner-password",
    "DATABASE_APP_PASSWORD": "app-password",
    "REDIS_PASSWORD": "redis-password",
}
"""What an operator would put into .env."""


# What the file says


def test_every_service_is_there_and_nothing_else() -> None:
    assert sorted(SERVICES) == ["beat", "fix", "migrate", "postgres", "redis", "web", "worker"]


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_service_runs_confined(name: str) -> None:
    service = SERVICES[name]

    assert service["user"] not in {"root", "0", "0:0"}
    assert service["read_only"] is True
    assert "/tmp" in service["tmpfs"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    # With a read-only file system the engine cannot copy these in; only mounts work.
    assert "configs" not in service
    assert "secrets" not in service


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migrate"}))
def test_every_lasting_service_is_checked_for_its_health(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_nothing_works_on_tables_before_they_are_migrated() -> None:
    for name in ("web", "worker", "beat"):
        assert SERVICES[name]["depends_on"] == {
            "migrate": {"condition": "service_completed_successfully"},
            "redis": {"condition": "service_healthy"},
        }


def test_only_the_migration_knows_the_owners_password() -> None:
    who = [name for name in OURS if "DATABASE_OWNER_PASSWORD" in str(SERVICES[name]["environment"])]

    assert who == ["migrate"]


def test_every_secret_is_demanded_and_none_is_written_down() -> None:
    for name in OURS:
        for variable, value in SERVICES[name]["environment"].items():
            if re.search(r"KEY|PASSWORD|SECRET|URL", variable) and "PUBLIC" not in variable:
                assert ":?" in value, f"{name} takes {variable} without demanding it"


def test_only_the_web_is_reached_from_outside_and_only_through_this_machine() -> None:
    assert {name: service["ports"] for name, service in SERVICES.items() if "ports" in service} == {
        "web": ["127.0.0.1:8000:8000"]
    }


def test_the_example_names_every_variable_that_is_demanded() -> None:
    demanded = set(re.findall(r"\$\{(\w+):\?", (PROJECT / "docker-compose.yml").read_text()))
    named = set(re.findall(r"^(\w+)=", (PROJECT / ".env.example").read_text(), re.MULTILINE))

    assert demanded - named == set()
    assert set(DOT_ENV) <= named


def test_the_image_runs_unprivileged_with_its_static_files_built_in() -> None:
    steps = (PROJECT / "Dockerfile").read_text()

    assert steps.count("\nFROM ") == 2
    assert "--require-hashes" in steps
    assert "advisory.static_files" in steps.split("USER ")[0]
    assert "USER 10001:10001" in steps
    assert "HEALTHCHECK" in steps
    assert not re.search(r"(ENV|ARG).*(SECRET|PASSWORD)", steps)


def test_the_image_gets_every_folder_the_product_imports() -> None:
    steps = (PROJECT / "Dockerfile").read_text()
    let_in = set(re.findall(r"^!(\S+)$", (PROJECT / ".dockerignore").read_text(), re.MULTILINE))
    copied = {
        word
        for line in re.findall(r"^COPY (?!--from)(.+)$", steps, re.MULTILINE)
        for word in line.split()[:-1]
    }

    assert copied == let_in
    assert {"advisory", "rebalancing", "clients", "compliance", "templates", "static"} <= let_in


# What its commands do


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[PostgreSQL, int, str]]:
    """The database and broker that stand for the file's `postgres` and `redis`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EVENKEEL_STATE", str(tmp_path_factory.mktemp("compose")))
        home = folders.servers()
        database = PostgreSQL(home, folders.private("logs") / "postgresql.log", ("fsync=off",))
        broker = Valkey(home, folders.private("logs") / "valkey.log")
        try:
            port = database.start()
            drop_what_the_quick_start_made(database, port)
            run_roles_script(database, port)
            yield database, port, broker.address(broker.start())
        finally:
            broker.stop()
            database.stop()
            if home.is_relative_to(folders.SHARED):
                shutil.rmtree(home.parent)


def drop_what_the_quick_start_made(database: PostgreSQL, port: int) -> None:
    with psycopg.connect(database.address(ADMINISTRATOR, port, "postgres"), autocommit=True) as connection:
        connection.execute("DROP DATABASE evenkeel")
        connection.execute("DROP ROLE evenkeel_owner")
        connection.execute("DROP ROLE evenkeel_app")


def run_roles_script(database: PostgreSQL, port: int) -> None:
    """Run the script that the database's container runs on its first start."""
    programs = postgresql.find_binaries().folder
    administrator = urlsplit(database.address(ADMINISTRATOR, port, "postgres"))
    subprocess.run(
        ["sh", str(PROJECT / "advisory" / "deployment" / "roles.sh")], check=True,
        env={
            "PATH": f"{programs}:{os.environ['PATH']}", "PGHOST": "127.0.0.1", "PGPORT": str(port),
            "POSTGRES_USER": ADMINISTRATOR, "PGPASSWORD": str(administrator.password), **DOT_ENV,
        },
    )  # fmt: skip


@pytest.fixture(scope="module")
def deployed(servers: tuple[PostgreSQL, int, str], tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    deployment = Deployment(port=servers[1], redis_url=servers[2], web_port=processes.free_port())
    deployment.static = tmp_path_factory.mktemp("static")
    subprocess.run(
        [sys.executable, "-m", "advisory.static_files"], cwd=PROJECT, check=True,
        env={**deployment.bare, "EVENKEEL_STATIC_ROOT": str(deployment.static)},
    )  # fmt: skip
    done = deployment.run("migrate")
    assert done.returncode == 0, done.stderr
    return deployment


class Deployment:
    """The compose file's services as processes of this machine."""

    static: Path

    def __init__(self, *, port: int, redis_url: str, web_port: int) -> None:
        self.port, self.redis_url, self.web_port = port, redis_url, web_port
        # As in the image: nothing of the caller's environment, and programs from the virtual environment.
        self.bare = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "LANG": "C.UTF-8"}

    def environment(self, name: str) -> dict[str, str]:
        """The service's variables with .env filled in and host names turned into addresses of ours."""
        values = {key: self._here(filled(value)) for key, value in SERVICES[name]["environment"].items()}
        return {
            **self.bare, **{key: value for key, value in values.items() if value},
            "EVENKEEL_STATIC_ROOT": str(self.static), "PORT": str(self.web_port),
        }  # fmt: skip

    def command(self, name: str) -> list[str]:
        return [
            part.replace("0.0.0.0:8000", f"127.0.0.1:{self.web_port}") for part in SERVICES[name]["command"]
        ]

    def run(self, name: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(name),
            cwd=PROJECT,
            env=self.environment(name),
            capture_output=True,
            text=True,
            timeout=120,
        )

    def start(self, name: str, log: Path) -> subprocess.Popen[bytes]:
        with log.open("ab") as stream:
            return subprocess.Popen(
                self.command(name), cwd=PROJECT, env=self.environment(name), stdout=stream, stderr=stream,
                start_new_session=True,
            )  # fmt: skip

    def health(self, name: str) -> subprocess.CompletedProcess[str]:
        """Run the service's health check once."""
        kind, *command = SERVICES[name]["healthcheck"]["test"]
        assert kind == "CMD"
        return subprocess.run(
            command, cwd=PROJECT, env=self.environment(name), capture_output=True, text=True, timeout=30
        )

    def _here(self, value: str) -> str:
        value = value.replace("@postgres:5432/", f"@127.0.0.1:{self.port}/")
        return self.redis_url if "@redis:6379" in value else value


def filled(value: str) -> str:
    """Fill in `${NAME}`, `${NAME:-default}` and `${NAME:?message}` as compose does."""

    def one(found: re.Match[str]) -> str:
        name, kind, rest = found[1], found[2], found[3]
        if value := DOT_ENV.get(name, ""):
            return value
        assert kind == ":-", f"{name} is demanded and not in .env"
        return str(rest)

    return re.sub(r"\$\{(\w+)(?:(:[-?])([^}]*))?\}", one, value)


@pytest.mark.process
def test_the_deployment_serves_over_https_only_and_its_health_is_seen(
    deployed: Deployment, tmp_path: Path
) -> None:
    web = deployed.start("web", tmp_path / "web.log")
    try:
        until(lambda: deployed.health("web").returncode == 0, tmp_path / "web.log")
        assert get(deployed, "/healthz") == (200, "")
        assert get(deployed, "/account/login/") == (301, "https://desk.example.com/account/login/")
        assert get(deployed, "/account/login/", **{"X-Forwarded-Proto": "https"}) == (200, "")
        assert get(deployed, "/healthz", Host="elsewhere.example") == (400, "")
        style = json.loads((deployed.static / "staticfiles.json").read_text())["paths"]["css/base.css"]
        assert get(deployed, f"/static/{style}", **{"X-Forwarded-Proto": "https"}) == (200, "")
    finally:
        assert stopped(web) == 0
    assert deployed.health("web").returncode == 1


@pytest.mark.process
def test_worker_and_timetable_show_a_sign_of_life_and_stop_when_told(
    deployed: Deployment, tmp_path: Path
) -> None:
    assert deployed.health("worker").stderr == "no heartbeat\n"
    worker = deployed.start("worker", tmp_path / "worker.log")
    beat = deployed.start("beat", tmp_path / "beat.log")
    try:
        ring_now(deployed)
        until(lambda: deployed.health("worker").returncode == 0, tmp_path / "worker.log")
        assert deployed.health("beat").returncode == 0
        assert beat.poll() is None
    finally:
        stopped(beat)
        stopped(worker)


def ring_now(deployed: Deployment) -> None:
    """Let the timetable's canary be due at once instead of after its first half minute."""
    with psycopg.connect(deployed.environment("web")["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(
            "UPDATE django_celery_beat_periodictask SET last_run_at = now() - interval '1 hour' WHERE name = 'canary'"
        )
        connection.execute("UPDATE django_celery_beat_periodictasks SET last_update = now()")


def get(deployed: Deployment, path: str, **headers: str) -> tuple[int, str]:
    """Return status and Location of an answer, redirects not followed."""

    class Still(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:  # type: ignore[override]
            return None

    request = urllib.request.Request(
        f"http://127.0.0.1:{deployed.web_port}{path}", headers={"Host": "desk.example.com", **headers}
    )
    try:
        with urllib.request.build_opener(Still).open(request, timeout=10) as answer:
            return answer.status, ""
    except urllib.error.HTTPError as error:
        return error.code, error.headers.get("Location") or ""


def until(holds: Any, log: Path, within_seconds: float = 60) -> None:
    deadline = time.monotonic() + within_seconds
    while not holds():
        assert time.monotonic() < deadline, (
            f"not in time; the log ends with:\n{processes.last_lines(log, 20)}"
        )
        time.sleep(0.3)


def stopped(process: subprocess.Popen[bytes]) -> int:
    process.send_signal(signal.SIGTERM)
    try:
        return process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise


@pytest.mark.process
def test_the_brokers_command_gives_it_the_promised_settings(tmp_path: Path) -> None:
    shell, option, script = SERVICES["redis"]["command"]
    here = script.replace("$$", "$").replace("/tmp/redis.conf", str(tmp_path / "redis.conf"))
    program = here.replace("exec redis-server", "exec cat")

    said = subprocess.run(
        [shell, option, program], env={"PATH": os.environ["PATH"], **DOT_ENV}, capture_output=True, text=True
    )

    assert said.stdout.splitlines() == [
        "requirepass redis-password", "dir /data", "appendonly yes", "appendfsync everysec", 'save ""',
        "maxmemory 512mb", "maxmemory-policy noeviction",
    ]  # fmt: skip
