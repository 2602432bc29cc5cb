"""What schemathesis is told about storage: rows that a valid request names are made before it, and a valid request
that is not answered 2xx is a fault. Counts go to the file that SCHEMATHESIS_COUNTS names.

Exceptions, each counted: 304 where a read names the version that there is; 409 for a lobby's code that an earlier
example has taken; 207 or 400 for documents whose address another document of an earlier example has; and within
sequences of calls 404 and 412 for a row that an earlier call has removed or changed, and 422 where a null of an earlier
answer, such as the lobby of a measurement without one, was written into a path as the word None."""

import atexit
import collections
import json
import os
import urllib.parse
import uuid

import requests
import schemathesis

URL = os.environ["STORAGE_URL"]
COUNTS = os.environ["SCHEMATHESIS_COUNTS"]

WAIT_S = 0.02  # of the up to 20 s that a pop may wait
POP_MAX = 100
BATCH_MAX = 1000

# How a row of an entity is made, and which of its fields are ids of others.
ROWS = {
    "devices": lambda: {"external_id": uuid.uuid4().hex},
    "lobbies": lambda: {},
    "participants": lambda: {"lobby_id": standing("lobbies"), "device_id": fresh("devices")[0]},
    "measurements": lambda: {},
    "analysis-outputs": lambda: {"measurement_id": standing("measurements"), "type": "custom"},
    "simulation-jobs": lambda: {},
    "simulation-results": lambda: {"job_id": fresh("simulation-jobs")[0]},
}
PARENTS = {
    "lobby_id": "lobbies",
    "device_id": "devices",
    "creator_device_id": "devices",
    "created_by_device_id": "devices",
    "requested_by_device_id": "devices",
    "measurement_id": "measurements",
    "job_id": "simulation-jobs",
}
# Of these a row has one alone.
UNIQUE = {("participants", "lobby_id"), ("simulation-results", "job_id")}

session = requests.Session()
valid = {}
rows_that_stay = {}
examples = collections.Counter()
without_input = set()
exceptions = collections.Counter()
refused = []
failures_5xx = []


def asked(path, body):
    answer = session.post(URL + path, json=body, timeout=30)
    assert answer.ok, f"{path} {body}: {answer.status_code} {answer.text}"
    return answer.json()


def in_path(case, name):
    """What the server reads where a parameter stands in the path."""
    return urllib.parse.unquote(case.path_parameters[name])


def fresh(entity, count=1):
    """Ids of new rows."""
    ids = []
    while len(ids) < count:
        items = [ROWS[entity]() for _ in range(min(count - len(ids), BATCH_MAX))]
        ids += [row["id"] for row in asked(f"/v1/{entity}:batch", {"items": items})["items"]]
    return ids


def standing(entity):
    """The id of a row that stays."""
    if entity not in rows_that_stay:
        rows_that_stay[entity] = fresh(entity)[0]
    return rows_that_stay[entity]


def with_parents(entity, items):
    """Puts ids of rows that are there where ids are."""
    for field, parent in PARENTS.items():
        given = [item for item in items if isinstance(item.get(field), str)]
        if (entity, field) in UNIQUE:
            ids = fresh(parent, len(given)) if given else []
        else:
            ids = [standing(parent)] * len(given)
        for item, one in zip(given, ids):
            item[field] = one


def receipts(queue, count):
    """Items that were handed out: receipts of them."""
    found = []
    while len(found) < count:
        asked("/api/queue", {"operation": "push", "queue": queue, "items": [{}] * min(count - len(found), POP_MAX)})
        pop = {"operation": "pop", "queue": queue, "limit": POP_MAX, "visibilityTimeoutSeconds": 600}
        found += [item["receipt"] for item in asked("/api/queue", pop)["items"]]
    return found


def of_entity(case):
    """The entity of a path; none of other paths."""
    name = case.path.split("/")[2].split(":")[0] if case.path.startswith("/v1/") else ""
    return name if name in ROWS else None


def prepare_row(case, entity):
    """Makes the row that a path names, and gives a condition the version that it has."""
    if "id" in case.path_parameters:
        case.path_parameters["id"] = fresh(entity)[0]
        if case.headers.get("If-Match") not in (None, "*"):
            case.headers["If-Match"] += ', "1"'
    if "value" not in case.path_parameters:
        return
    value = in_path(case, "value")
    if entity == "devices":
        asked("/v1/devices", {"external_id": value})
    elif entity == "lobbies":
        # Refused where a lobby has it already.
        session.patch(f"{URL}/v1/lobbies/{fresh(entity)[0]}", json={"code": value}, timeout=30)
    else:
        job = fresh("simulation-jobs")[0]
        asked("/v1/simulation-results", {"job_id": job})
        case.path_parameters["value"] = job


def prepare_entity(case, entity, in_sequence):
    # A sequence may take an id out of an answer where there is null: then it has none to go on with.
    if not in_sequence or case.path_parameters.get("id") == "None":
        prepare_row(case, entity)
    if "cursor" in case.query:
        case.query.pop("offset", None)
    if isinstance(case.body, dict):
        items = case.body["items"] if case.path.endswith(":batch") else [case.body]
        with_parents(entity, items)
    if "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = case.headers["Idempotency-Key"][:200] + uuid.uuid4().hex
        if case.path.endswith(":batch") and case.body.get("mode") == "partial":
            del case.headers["Idempotency-Key"]


def prepare_queue(case):
    if isinstance(case.body.get("waitSeconds"), (int, float)):
        case.body["waitSeconds"] = min(case.body["waitSeconds"], WAIT_S)
    if case.body["operation"] in ("ack", "nack", "extend"):
        case.body["queue"] = f"settled:{uuid.uuid4()}"
        for item, receipt in zip(case.body["items"], receipts(case.body["queue"], len(case.body["items"]))):
            item["receipt"] = receipt


@schemathesis.hook
def before_call(context, case, kwargs):
    is_valid = case.meta is not None and case.meta.generation.mode.is_positive
    valid[case.id] = is_valid
    if not is_valid:
        return
    in_sequence = case.meta.phase.name.value == "stateful"
    entity = of_entity(case)
    if entity:
        prepare_entity(case, entity, in_sequence)
    elif case.path == "/api/queue":
        prepare_queue(case)
    elif case.path == "/api/documents/{id}" and not in_sequence:
        document = {"id": in_path(case, "id"), "url": f"http://example.org/{uuid.uuid4()}"}
        asked("/api/documents", {"documents": [document]})


def exception(case, response):
    """The name of the exception by which a valid request may be answered so."""
    status, text = response.status_code, response.text
    if status == 304 and "If-None-Match" in case.headers:
        return "version known"
    if status == 409 and "lobby code already exists" in text:
        return "code taken"
    if status == 400 and case.path == "/api/documents":
        told = {error["error"] for error in response.json()["errors"]}
        return "address taken" if told == {"url already belongs to another document"} else None
    in_sequence = case.meta.phase.name.value == "stateful"
    if in_sequence and status in (404, 412):
        return "row removed or changed before"
    if in_sequence and status == 422 and "None" in map(str, case.path_parameters.values()):
        return "path from a null"
    return None


@schemathesis.hook
def after_call(context, case, response):
    label = case.operation.label
    examples[label] += 1
    if not case.operation.body and not any(case.operation.iter_parameters()):
        without_input.add(label)
    if response.status_code >= 500:
        failures_5xx.append(f"{label}: {response.status_code} {response.text[:300]}")


@schemathesis.check
def valid_is_taken(ctx, response, case):
    """A valid request is answered 2xx, but for the exceptions."""
    if not valid.get(case.id) or 200 <= response.status_code < 300:
        return
    name = exception(case, response)
    if name:
        exceptions[name] += 1
        return
    refused.append(f"{case.operation.label}: {response.status_code} {response.text[:300]}")
    raise AssertionError(f"valid, but answered {response.status_code}: {response.text[:300]}")


@atexit.register
def tell():
    with_input = [count for label, count in examples.items() if label not in without_input]
    counts = {
        "operations": len(examples),
        "examples": sum(examples.values()),
        "least_examples_of_an_operation_with_input": min(with_input, default=0),
        "valid": sum(valid.values()),
        "answers_5xx": len(failures_5xx),
        "valid_not_2xx": len(refused),
        "exceptions": dict(sorted(exceptions.items())),
        "examples_of": dict(sorted(examples.items())),
        "first_faults": (failures_5xx + refused)[:10],
    }
    with open(COUNTS, "w", encoding="utf-8") as file:
        json.dump(counts, file, indent=2)
