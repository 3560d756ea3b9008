"""The examples of clusters agree with themselves, and with the flags that there are."""

import copy
import json
import re

import yaml

from harness.contract.messages import KEY_VARIABLE
from harness.load.options import add_arguments
from harness.load.workload import load_workload
from tests.locust_runs import ROOT, unpatched

CLUSTER = ROOT / "locustfiles" / "cluster"
COMPOSE = yaml.safe_load((CLUSTER / "compose.yaml").read_text())
OBJECTS = list(yaml.safe_load_all((CLUSTER / "kubernetes.yaml").read_text()))
SERVICE_KEYS = {
    *("image", "build", "command", "environment", "volumes", "depends_on", "deploy", "ulimits"),
    *("stop_signal", "stop_grace_period"),
}
"""Of the Compose specification, those that the example may use."""
KINDS = {"ConfigMap": "v1", "PersistentVolumeClaim": "v1", "Service": "v1", "Job": "batch/v1"}
TELLING = 15
"""Seconds that workers have for what they tell at the end, beyond Locust's stop timeout."""


def named(kind, name):
    [found] = [each for each in OBJECTS if (each["kind"], each["metadata"]["name"]) == (kind, name)]
    return found


def pod(job):
    return named("Job", job)["spec"]["template"]


def parsed(flags):
    """The command line of an example, as Locust with the harness reads it; an unknown flag ends the test."""
    locust = unpatched("locust.argument_parser")
    parser = locust.get_empty_argument_parser(default_config_files=[])
    locust.setup_parser_arguments(parser)
    add_arguments(parser)
    defaults = {"LIVE_WORKERS": "2", "LIVE_SCENARIO": "mixed"}
    filled = [re.sub(r"\$\{(\w+)[^}]*\}", lambda match: defaults.get(match[1], "http://host"), each) for each in flags]
    return parser.parse_args(filled)


def seconds(text):
    return int(text.removesuffix("s"))


def test_the_compose_example_agrees_with_itself():
    assert COMPOSE.keys() == {"name", "services", "volumes"}
    for service in COMPOSE["services"].values():
        assert service.keys() <= SERVICE_KEYS
        assert {volume.split(":")[0] for volume in service.get("volumes", ())} <= COMPOSE["volumes"].keys()
        assert set(service.get("depends_on", ())) <= COMPOSE["services"].keys()
    master, worker = (COMPOSE["services"][name] for name in ("master", "worker"))
    assert (CLUSTER / master["build"]["context"] / master["build"]["dockerfile"]).resolve() == CLUSTER / "Dockerfile"
    assert f"--expect-workers={worker['deploy']['replicas']}" in master["command"]
    assert f"{parsed(master['command']).report}" == master["volumes"][0].split(":")[1]
    assert parsed(worker["command"]).master_host == "master"
    assert list(master["environment"]) == [KEY_VARIABLE]
    assert "environment" not in worker  # it gets the key from the master
    assert seconds(master["stop_grace_period"]) > parsed(master["command"]).stop_timeout + TELLING


def test_the_kubernetes_example_agrees_with_itself():
    assert {(each["kind"], each["apiVersion"]) for each in OBJECTS} <= KINDS.items()
    master, workers = pod("live-load-master"), pod("live-load-workers")
    service = named("Service", "live-load-master")["spec"]
    assert service["selector"].items() <= master["metadata"]["labels"].items()
    assert not service["selector"].items() <= workers["metadata"]["labels"].items()
    [container], [loader] = (each["spec"]["containers"] for each in (master, workers))
    flags, theirs = parsed(container["args"]), parsed(loader["args"])
    assert theirs.master_host == "live-load-master"
    ports = [service["ports"][0]["port"], container["ports"][0]["containerPort"]]
    assert ports == [flags.master_bind_port, theirs.master_port]
    assert named("Job", "live-load-workers")["spec"]["parallelism"] == flags.expect_workers
    assert master["spec"]["terminationGracePeriodSeconds"] > flags.stop_timeout + TELLING
    volumes = {volume.pop("name"): volume for volume in copy.deepcopy(master["spec"]["volumes"])}
    assert {mount["name"] for mount in container["volumeMounts"]} == volumes.keys()
    assert named("ConfigMap", volumes["scenario"]["configMap"]["name"])
    assert named("PersistentVolumeClaim", volumes["reports"]["persistentVolumeClaim"]["claimName"])
    assert "volumes" not in workers["spec"]
    assert [variable["name"] for variable in container["env"]] == [KEY_VARIABLE]
    assert "env" not in loader


def test_the_load_of_the_kubernetes_example_can_be_run(tmp_path):
    [(name, text)] = named("ConfigMap", "live-load")["data"].items()
    (tmp_path / name).write_text(text)
    assert parsed(pod("live-load-master")["spec"]["containers"][0]["args"]).scenario == f"/scenario/{name}"
    assert load_workload(str(tmp_path / name)).users == 400


def test_the_image_is_started_as_the_examples_expect():
    lines = (CLUSTER / "Dockerfile").read_text().splitlines()
    entry = json.loads(next(line for line in lines if line.startswith("ENTRYPOINT")).removeprefix("ENTRYPOINT "))
    assert entry == ["locust", "-f", "locustfiles/live.py"]
    assert (ROOT / entry[2]).is_file()
