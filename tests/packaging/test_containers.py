"""compose.yaml and the Dockerfile: closed by default, and readable by Compose itself where it is installed."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from fairlead.cli.launcher.choice import SIMULATED_CONFIG

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
DOCKERFILE = (ROOT / "deploy/Dockerfile").read_text()


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_can_do_no_more_than_it_must(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert not service.get("privileged")
    user = re.sub(r"\$\{\w+:-(.*)\}", r"\1", service["user"])
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_tells_whether_it_is_well(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"


def test_ports_are_published_on_this_machine_alone() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {
        "router": ["127.0.0.1:${PORT:-3456}:3456"],
        "normalizer": ["127.0.0.1:${NORMALIZER_PORT:-3000}:3000"],
        "prometheus": ["127.0.0.1:${PROMETHEUS_PORT:-9090}:9090"],
        "grafana": ["127.0.0.1:${GRAFANA_PORT:-3001}:3000"],
    }


def test_monitoring_runs_where_it_is_asked_for_and_finds_what_it_reads() -> None:
    asked_for = {name for name, service in SERVICES.items() if service.get("profiles") == ["monitoring"]}
    assert asked_for == {"prometheus", "grafana"}
    mounted = [one.split(":")[0] for name in asked_for for one in SERVICES[name]["volumes"] if one.startswith("./")]
    assert len(mounted) == 4
    assert all((ROOT / path).exists() for path in mounted)


def test_running_streams_have_time_to_finish() -> None:
    for name in ("router", "normalizer"):
        assert int(SERVICES[name]["stop_grace_period"].removesuffix("s")) > 30


def test_provider_keys_reach_the_normalizer_and_nobody_else() -> None:
    for name, service in SERVICES.items():
        variables = {
            variable for variable in service.get("environment", ()) if variable.endswith(("_API_KEY", "_TOKEN"))
        }
        assert bool(variables - {"NORMALIZER_API_KEY"}) == (name == "normalizer")
        assert ("env_file" in service) == (name == "normalizer")


def test_the_first_request_needs_no_configuration() -> None:
    for name in ("router", "normalizer"):
        [mount] = [one for one in SERVICES[name]["volumes"] if isinstance(one, dict)]
        default = re.search(r"\$\{FAIRLEAD_CONFIG:-([^}]*)\}", mount["source"])
        assert default
        assert (ROOT / default[1]).samefile(SIMULATED_CONFIG)
        assert mount["read_only"] is True


def test_what_the_services_keep_outlives_their_containers() -> None:
    place = re.search(r"FAIRLEAD_DATA=(\S+)", DOCKERFILE)
    assert place
    for name in ("router", "normalizer"):
        assert f"{name}-data:{place[1]}" in SERVICES[name]["volumes"]
    assert f"mkdir --mode=1777 {place[1]}" in DOCKERFILE, "only the image can say who may write there"


def test_the_image_does_not_run_as_root() -> None:
    final = DOCKERFILE.split("FROM ")[-1]
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", final, re.MULTILINE)


def test_every_install_of_the_image_is_hashed_or_local() -> None:
    installs = re.findall(r"pip(?: --python \S+)? (?:install|wheel) [^&\n]*", DOCKERFILE)
    assert len(installs) == 4
    assert all("--require-hashes" in each or "--no-index" in each for each in installs)


def test_base_images_can_be_chosen() -> None:
    assert re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE) == ["${PYTHON_IMAGE}", "${PYTHON_IMAGE}"]
    for name in ("redis", "prometheus", "grafana"):
        assert SERVICES[name]["image"].startswith(f"${{{name.upper()}_IMAGE:-")


@pytest.mark.skipif(shutil.which("docker") is None, reason="docker is not installed")
def test_compose_reads_its_file() -> None:
    if subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("this docker has no compose")
    command = ["docker", "compose", "--file", str(ROOT / "compose.yaml"), "config", "--quiet"]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (outcome.returncode, outcome.stderr) == (0, "")
