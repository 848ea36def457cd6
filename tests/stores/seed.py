"""One MLflow store with everything that is awkward, written by MLflow itself.

`seed` takes half a minute, so it runs once a session; tests copy the result.
"""

from __future__ import annotations

import math
import os
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"

#: File names as people and programs make them.
ODD_NAMES = (
    "plain.txt",
    "with space.txt",
    "hash#1.txt",
    "100%.txt",
    "percent%20encoded.txt",
    "question?.txt",
    "café.txt",
    "semi;colon.txt",
    "plus+plus.txt",
    "emoji 🎉.txt",
    "amp&eq=1.txt",
    "quote'\"s.txt",
    ".hidden",
)
HOSTILE = 'x\'; DROP TABLE runs; --\n</script>`{{7*7}}` "quoted" 🎉'


@dataclass
class Seed:
    """Where the store is, and the ids that tests ask for."""

    database: Path
    artifacts: Path
    #: What `mlflow server --artifacts-destination` serves.
    served: Path
    experiments: dict[str, str] = field(default_factory=dict)
    runs: dict[str, str] = field(default_factory=dict)
    #: Logged models with the same artifacts as the run that logged them, by the run's name.
    models: dict[str, str] = field(default_factory=dict)
    in_files: bool = False

    @property
    def uri(self) -> str:
        return self.folder.as_uri() if self.in_files else f"sqlite:///{self.database}"

    @property
    def folder(self) -> Path:
        """MLflow's file store, where the store is one."""
        return self.database.parent / "mlruns"

    @property
    def all_experiments(self) -> tuple[str, ...]:
        return tuple(self.experiments.values())


def seed(folder: Path, *, in_files: bool = False) -> Seed:
    """Write the store into `folder`, a database or MLflow's file store, and return what is in it."""
    from mlflow import MlflowClient
    from mlflow.entities import Metric, Param, RunTag

    made = Seed(folder / "mlflow.db", folder / "artifacts", folder / "served", in_files=in_files)
    client = MlflowClient(made.uri)

    def experiment(name: str, location: str | None = None, **tags: str) -> str:
        made.experiments[name] = client.create_experiment(name, location or f"{made.artifacts}/{name}", tags=tags)
        return made.experiments[name]

    def run(name: str, where: str, start: int, **more: object) -> str:
        tags = {"mlflow.runName": name, "mlflow.user": "ann", **dict(more.get("tags", {}))}  # type: ignore[call-overload]
        created = client.create_run(where, start_time=start, tags=tags, run_name=name)
        run_id = str(created.info.run_id)
        made.runs[name] = run_id
        client.log_batch(
            run_id,
            params=[Param(k, str(v)) for k, v in dict(more.get("params", {})).items()],  # type: ignore[call-overload]
            metrics=[Metric(k, v, start + 1, 0) for k, v in dict(more.get("metrics", {})).items()],  # type: ignore[call-overload]
        )
        client.set_terminated(run_id, str(more.get("status", "FINISHED")), end_time=start + 5_000)
        return run_id

    main = experiment("main", team="vision", note="")
    values = [0.5, math.nan, math.inf, -math.inf, None, 0.5, 0.0, -0.0, 0.25, 1e-300]
    for i, value in enumerate(values):
        # Two runs each share a start, so that ties are broken by id.
        run(
            f"run-{i}",
            main,
            1_700_000_000_000 + i // 2 * 1_000,
            params={
                "lr": ["0.1", "1e-3", "10", "abc", ""][i % 5],
                "odd/key name": "v",
                **({"only": i} if i % 3 else {}),
            },
            metrics={
                "fine": float(i),
                **({} if value is None else {"acc": value}),
                **({"loss b": i / 7} if i % 2 else {}),
            },
            tags={"group": "AB"[i % 2], "Größe": "äÖ", **({"empty": ""} if i == 3 else {})},
            status=["FINISHED", "FAILED", "KILLED"][i % 3],
        )
    run(
        "hostile",
        main,
        1_700_000_100_000,
        params={"text": HOSTILE},
        tags={"text": HOSTILE, "mlflow.note.content": HOSTILE},
    )
    running = client.create_run(main, start_time=1_700_000_200_000, run_name="running")
    made.runs["running"] = running.info.run_id
    bare = client.create_run(main, start_time=0, run_name="")
    made.runs["bare"] = bare.info.run_id

    parent = run("parent", main, 1_700_000_300_000)
    for i in range(3):
        run(f"child-{i}", main, 1_700_000_300_001 + i, tags={"mlflow.parentRunId": parent}, metrics={"acc": i / 3})
    client.delete_run(made.runs["child-2"])
    client.delete_run(run("gone", main, 1_700_000_050_000, metrics={"acc": 0.9}, params={"lr": "0.1"}))

    source = run(
        "with-source",
        main,
        1_700_000_400_000,
        tags={
            "mlflow.source.name": "train.py",
            "mlflow.source.type": "LOCAL",
            "mlflow.source.git.commit": "c0ffee",
            "mlflow.source.git.branch": "main",
            "mlflow.source.git.dirty": "true",
            "mlflow.note.content": "# note",
        },
    )
    _datasets(client, source)
    _model(client, main, source)
    _histories(client, run("curves", main, 1_700_000_500_000), Metric)
    _artifacts(made.artifacts / "main" / run("files", main, 1_700_000_600_000) / "artifacts")

    other = experiment("other")
    for i in range(7):
        run(f"other-{i}", other, 1_700_000_000_000 + i, metrics={"acc": i % 3, "elsewhere": 1.0}, params={"lr": "0.1"})
    experiment("empty")
    experiment("Größe & co")
    client.delete_experiment(experiment("deleted"))

    # A location that only a tracking server can read.
    proxied = experiment("proxied", "mlflow-artifacts:/proxied")
    _artifacts(made.served / "proxied" / run("proxied-files", proxied, 1_700_000_700_000) / "artifacts")
    for name, folder in (("files", made.artifacts / "main"), ("proxied-files", made.served / "proxied")):
        where = main if name == "files" else proxied
        model = client.create_logged_model(where, name="copy", source_run_id=made.runs[name])
        made.models[name] = model.model_id
        _artifacts(folder / "models" / model.model_id / "artifacts")
    client.set_experiment_tag(main, "late", "x")
    client.log_batch(made.runs["run-0"], tags=[RunTag("late", "x")])
    if not in_files:
        _checkpoint(made.database)
    return made


def _datasets(client: object, run_id: str) -> None:
    from mlflow.entities import Dataset, DatasetInput, InputTag

    client.log_inputs(  # type: ignore[attr-defined]
        run_id,
        datasets=[
            DatasetInput(
                Dataset("train-set", "d1", "http", '{"url": "https://me:secret@host/train.csv"}'),
                [InputTag("mlflow.data.context", "training")],
            ),
            DatasetInput(Dataset("test-set", "d2", "local", '{"uri": "/data/test.csv"}'), []),
        ],
    )


def _model(client: object, experiment_id: str, run_id: str) -> None:
    from mlflow.entities import LoggedModelOutput, LoggedModelStatus

    model = client.create_logged_model(experiment_id, name="net", source_run_id=run_id)  # type: ignore[attr-defined]
    client.finalize_logged_model(model.model_id, LoggedModelStatus.READY)  # type: ignore[attr-defined]
    client.log_outputs(run_id, models=[LoggedModelOutput(model.model_id, 7)])  # type: ignore[attr-defined]


def _histories(client: object, run_id: str, metric: type) -> None:
    def log(key: str, values: list[float], steps: list[int] | None = None) -> None:
        points = [metric(key, v, 1_700_000_500_000 + i, steps[i] if steps else i) for i, v in enumerate(values)]
        for start in range(0, len(points), 900):
            client.log_batch(run_id, metrics=points[start : start + 900])  # type: ignore[attr-defined]

    log("long", [math.sin(i / 50) + (5.0 if i == 777 else 0.0) for i in range(2_000)])
    log("gaps", [math.nan if 10 <= i < 20 or i == 30 else math.inf if i == 40 else float(i) for i in range(60)])
    log("no steps", [float(i % 4) for i in range(50)], [0] * 50)
    log("backwards", [1.0, 2.0, 3.0], [5, -3, 0])


def _artifacts(folder: Path) -> None:
    (folder / "deep" / "er" / "est").mkdir(parents=True)
    for name in ODD_NAMES:
        (folder / name).write_bytes(name.encode())
    (folder / "empty.bin").write_bytes(b"")
    (folder / "deep" / "er" / "est" / "x.json").write_text('{"x": 1}')
    (folder / "deep" / "a b #%.csv").write_text("a,b\n1,2\n")
    (folder / "big.bin").write_bytes(bytes(range(256)) * 12_000)
    many = folder / "many"
    many.mkdir()
    for i in range(25):
        (many / f"{i:02d}.txt").write_text(str(i))


def _checkpoint(database: Path) -> None:
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
