"""Every operation of our own OpenAPI document, asked with data that fits it and data that does not, by schemathesis.

``MLFLOW_EXT_FUZZ_EXAMPLES=300`` asks each operation that often in each way; the default is short.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, settings
from schemathesis import GenerationMode, checks, openapi
from schemathesis.core.failures import FailureGroup

from tests.conftest import StartServer
from tests.integration.rest.conftest import Api

EXAMPLES = int(os.environ.get("MLFLOW_EXT_FUZZ_EXAMPLES", "4"))
WORKSPACE = ("workspace", "X-MLFLOW-WORKSPACE")  # this server has none, so that whatever names one is refused
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]
LONGEST = 20_000  # characters; the HTTP server takes no address over 64 kB, and says so in words of its own
METHODS = {"get", "head", "post", "put", "patch", "delete", "options", "query"}
ALLOWED = "https://hooks.example.org/"
SERIES = {"index": "epoch", "fields": {"loss": [0.5, "NaN", 0.25]}}


class World:
    """A server that has a run and an experiment to ask for, and its document."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.document: dict[str, Any] = api.get("/openapi.json")
        run = {"run_id": "fuzzed", "project": "fuzzed", "config": {"lr": 0.1}, "tags": {"a": "b"}}
        self.experiment = api.post("/runs", run, 201)["experiment_id"]
        api.post("/runs/fuzzed/metrics", {"name": "loss", "value": "NaN"}, 201)
        api.post("/runs/fuzzed/data", {"name": "s", "kind": "series", "data": SERIES}, 201)
        self.spare = api.post("/experiments", {"name": "spare"}, 201)["experiment_id"]
        view = {"experiment_id": self.experiment, "name": "fuzzed", "state": {"tab": "plots"}}
        self.view = api.post("/views", view, 201)["id"]
        rule = {"experiment_id": self.experiment, "condition": {"kind": "run_failed"}}
        self.rule = api.post("/alert-rules", rule, 201)["id"]
        hook = {"name": "fuzzed", "url": ALLOWED, "secret": "0123456789abcdef", "paused": True}
        self.hook = api.post("/webhooks", hook, 201)["id"]
        self.session = requests.Session()
        self.session.trust_env = False

    def schema(self) -> openapi.loaders.OpenApiSchema:
        """What is fuzzed."""
        document = copy.deepcopy(self.document)
        for methods in document["paths"].values():
            for operation in methods.values():
                given = operation.get("parameters", [])
                operation["parameters"] = [one for one in given if one["name"] not in WORKSPACE]
        return openapi.from_dict(document)

    def place(self, operation: schemathesis.APIOperation) -> dict[str, str]:
        """Values of the path's parameters that exist."""
        changes = operation.method in ("patch", "delete")
        experiment = self.spare if changes else self.experiment
        known = {"run_id": "fuzzed", "experiment_id": experiment, "view_id": self.view}
        known |= {"rule_id": self.rule, "webhook_id": self.hook}
        return {name: value for name, value in known.items() if f"{{{name}}}" in operation.path}


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def world(ext_server: StartServer, request: pytest.FixtureRequest) -> Iterator[World]:
    flags = ("--workers", "2")
    if request.param == "postgresql":
        flags += ("--backend-store-uri", request.getfixturevalue("postgres_database"))
    api = Api(ext_server(*flags, env={"MLFLOW_EXT_WEBHOOK_ALLOW": ALLOWED}))
    world = World(api)
    yield world
    world.session.close()
    api.http.close()


def ask(world: World, operation: schemathesis.APIOperation, mode: GenerationMode, *, known: bool, count: int) -> None:
    """Ask an operation ``count`` times, for what exists or for what may not."""
    strategy = operation.as_strategy(mode, path_parameters=world.place(operation) if known else None)

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def asked(case: schemathesis.Case) -> None:
        assume(len(str(case.query)) < LONGEST)
        case.call_and_validate(
            world.api.server.url + "/ext",
            session=world.session,
            headers={"Sec-Fetch-Site": "same-origin"},
            checks=CHECKS,
        )

    asked()


def _words(error: BaseException) -> str:
    inner = error.exceptions if isinstance(error, FailureGroup) else ()
    return "\n".join([f"{type(error).__name__} {error}", *map(str, inner)])


@pytest.mark.timeout(300 + 100 * EXAMPLES)
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_no_data_brings_an_answer_that_the_document_does_not_know(world: World, mode: GenerationMode):
    troubles = []
    for result in world.schema().get_all_operations():
        operation = result.ok()
        if mode is GenerationMode.NEGATIVE and not (operation.query or operation.body):
            continue
        for known in (True, False) if world.place(operation) else (True,):
            try:
                ask(world, operation, mode, known=known, count=EXAMPLES)
            except (Exception, FailureGroup) as error:  # noqa: BLE001 - whatever it is, it is shown with all others
                troubles.append(f"{operation.label}: {_words(error)}"[:3000])
    assert not troubles, "\n\n".join(troubles)
    assert "Traceback" not in world.api.server.log_text()


def test_what_a_path_does_not_take_is_answered_405(world: World):
    for path, operations in world.document["paths"].items():
        for method in METHODS - operations.keys():
            own = {"view_id": world.view, "rule_id": world.rule, "webhook_id": world.hook}
            place = path.format(run_id="fuzzed", experiment_id=world.spare, **own)
            answer = world.api.http.request(
                method, world.api.server.url + "/ext" + place, headers={"Content-Type": "application/json"}
            )
            assert answer.status_code == 405, f"{method} {path}: {answer.status_code} {answer.text}"
            assert operations.keys() <= set(answer.headers["allow"].lower().split(", "))
            if method != "head":
                assert answer.json()["status"] == 405


def test_every_error_has_the_one_shape_in_the_document(world: World):
    for path, operations in world.document["paths"].items():
        for method, operation in operations.items():
            for status, response in operation["responses"].items():
                if int(status) >= 400 and path != "/health":
                    (content,) = response["content"].items()
                    assert content == (
                        "application/json",
                        {"schema": {"$ref": "#/components/schemas/ErrorBody"}},
                    ), f"{method} {path} {status}"
    assert "HTTPValidationError" not in world.document["components"]["schemas"]
