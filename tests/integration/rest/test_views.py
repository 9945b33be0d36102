"""Saved views over REST: what a client is told, and that of many edits at once none is lost in silence."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.conftest import StartServer
from tests.integration.rest.conftest import Api

CLIENTS = 20
JSON = {"Content-Type": "application/json"}  # what has no body says by it that no foreign page sent it


@pytest.fixture(scope="module")
def api(ext_server: StartServer):
    api = Api(ext_server("--workers", "2"))
    yield api
    api.http.close()


def saved(api: Api, name: str = "v", **state: Any) -> Any:
    return api.post("/views", {"experiment_id": api.experiment()[0], "name": name, "state": state}, 201)


def test_a_view_lives_its_life(api: Api):
    made = saved(api, "Baseline review", tab="plots", query="x=wall", layout={"a": [1, 2]})
    assert api.get(f"/views/{made['id']}") == made
    listed = api.get("/views", experiment_id=made["experiment_id"])
    assert listed == {"views": [{key: value for key, value in made.items() if key != "state"}], "editable": True}
    changed = api.ask("PATCH", f"/views/{made['id']}", json={"version": 1, "state": {"tab": "tables"}})
    assert (changed["name"], changed["state"], changed["version"]) == ("Baseline review", {"tab": "tables"}, 2)
    assert api.ask("DELETE", f"/views/{made['id']}", params={"version": 2}, headers=JSON) == changed
    api.get(f"/views/{made['id']}", 404)
    assert api.get("/views", experiment_id=made["experiment_id"])["views"] == []


def test_a_late_change_is_answered_with_the_view_that_stands(api: Api):
    made = saved(api)
    now = api.ask("PATCH", f"/views/{made['id']}", json={"version": 1, "name": "w"})
    for method, options in (
        ("PATCH", {"json": {"version": 1, "state": {}}}),
        ("DELETE", {"params": {"version": 1}, "headers": JSON}),
    ):
        refusal = api.ask(method, f"/views/{made['id']}", 409, **options)
        assert refusal["current"] == now
        assert "version 2" in refusal["detail"]


def test_a_taken_name_is_answered_with_the_view_that_has_it(api: Api):
    made = saved(api, "Taken")
    body = {"experiment_id": made["experiment_id"], "name": "Taken", "state": {"a": 1}}
    refusal = api.post("/views", body, 409)
    assert made["id"] in refusal["detail"]
    assert refusal["current"] == made
    api.post("/views", {**body, "name": "taken"}, 201)  # case is kept and counts


@pytest.mark.parametrize(
    "body",
    [
        {"name": ""},
        {"name": " \t"},
        {"name": "x" * 121},
        {"state": []},
        {"state": "{}"},
        {"state": None},
        {"state": {"a": "x" * 70_000}},
        {"state": {"a": 2**70}},
        {"more": 1},
    ],
)
def test_what_is_no_view_is_refused(api: Api, body: dict[str, Any]):
    good = {"experiment_id": "0", "name": "n", "state": {}}
    api.post("/views", {**good, **body}, 422)


def test_a_change_that_says_nothing_is_refused(api: Api):
    assert "name, a state" in api.ask("PATCH", f"/views/{saved(api)['id']}", 422, json={"version": 1})["detail"]


def test_twenty_clients_edit_one_view_and_nobody_is_overwritten_in_silence(api: Api):
    made = saved(api, "race", edits=[])
    path = f"{api.server.url}/ext/api/views/{made['id']}"

    def edit(number: int) -> tuple[list[str], list[int]]:
        done, versions = [], []
        with httpx.Client(trust_env=False, timeout=120) as http:
            for turn in range(3):
                mine, now = f"{number}.{turn}", made
                while True:
                    state = {"edits": [*now["state"]["edits"], mine]}
                    answer = http.patch(path, json={"version": now["version"], "state": state})
                    if answer.status_code == 200:
                        break
                    assert answer.status_code == 409, answer.text
                    now = answer.json()["current"]
                done.append(mine)
                versions.append(answer.json()["version"])
        return done, versions

    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = list(pool.map(edit, range(CLIENTS)))
    found = api.get(f"/views/{made['id']}")
    assert found["version"] == 1 + 3 * CLIENTS
    assert Counter(found["state"]["edits"]) == Counter(one for done, _ in answers for one in done)
    assert sorted(one for _, versions in answers for one in versions) == list(range(2, 2 + 3 * CLIENTS))
    changes = [
        one for one in api.get("/audit", target=f"view:{made['id']}", limit=200) if one["action"] == "view.change"
    ]
    assert len(changes) == 3 * CLIENTS


def test_of_twenty_that_want_one_name_one_gets_it(api: Api):
    body = {"experiment_id": api.experiment()[0], "name": "mine", "state": {}}

    def make(_: int) -> int:
        return api.http.post("/views", json=body).status_code

    with ThreadPoolExecutor(CLIENTS) as pool:
        assert Counter(pool.map(make, range(CLIENTS))) == {201: 1, 409: CLIENTS - 1}
