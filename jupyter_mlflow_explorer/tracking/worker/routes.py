"""What the child answers: the requests of MLflow's REST API that `tracking.rest` sends, through `MlflowClient`.

Importing this module imports MLflow.
"""

from __future__ import annotations

import contextlib
import inspect
import os
import threading
from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from typing import Any
from urllib.parse import unquote

import mlflow
from mlflow import MlflowClient
from mlflow.entities import ViewType
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
from mlflow.utils.uri import add_databricks_profile_info_to_artifact_uri

from . import convert
from .convert import Refusal

Body = Mapping[str, Any]

_API = "/api/2.0/mlflow/"
_MODELS = _API + "logged-models/"


def mlflow_version() -> str:
    """Return the version of the MLflow that answers."""
    return str(mlflow.__version__)


class Routes:
    """Answers requests about one tracking store, which is opened once.

    ``settings`` holds ``tracking_uri`` and ``registry_uri``. They come through the pipe, so that credentials in them
    are in no list of processes, and are put into this process's environment, where MLflow's parts look for them.
    """

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._tracking_uri: str | None = settings.get("tracking_uri")
        self._registry_uri: str | None = settings.get("registry_uri")
        if self._tracking_uri:
            os.environ["MLFLOW_TRACKING_URI"] = self._tracking_uri
        if self._registry_uri:
            os.environ["MLFLOW_REGISTRY_URI"] = self._registry_uri
        self._opened: Any = None
        self._opening = threading.Lock()
        self._routes: dict[str, Callable[[Body], dict[str, Any]]] = {
            _API + "experiments/search": self._search_experiments,
            _API + "experiments/get": self._get_experiment,
            _API + "runs/search": self._search_runs,
            _API + "runs/get": self._get_run,
            _API + "metrics/get-history": self._get_history,
            _MODELS + "search": self._search_models,
            "artifacts/list": self._list_artifacts,
            "artifacts/download": self._download_artifact,
        }

    def answer(self, path: str, body: Body) -> dict[str, Any]:
        """Return the JSON that answers a request; any exception may be raised."""
        route = self._routes.get(path)
        if route is not None:
            return route(body)
        if path.startswith(_MODELS):
            return self._get_model(unquote(path[len(_MODELS) :]))
        raise Refusal("ENDPOINT_NOT_FOUND", f"The worker does not know {path}.")

    def open(self) -> None:
        """Open the store, if there is one; any exception may be raised, and is raised again by the next request."""
        if self._tracking_uri:
            _ = self._client

    @property
    def _client(self) -> Any:
        with self._opening:
            if self._opened is None:
                self._opened = self._open()
            return self._opened

    def _open(self) -> Any:
        if not self._tracking_uri:
            raise Refusal("INVALID_STATE", "This worker has no tracking store.")
        try:
            return MlflowClient(self._tracking_uri, self._registry_uri)
        except Exception as error:
            if type(error).__name__ == "UnsupportedModelRegistryStoreURIException":
                _explain_plugin("mlflow.tracking_store", self._tracking_uri)
                raise Refusal(convert.SCHEME, _scheme(self._tracking_uri)) from None
            raise

    def _search_experiments(self, body: Body) -> dict[str, Any]:
        found = self._client.search_experiments(
            view_type=ViewType.from_string(str(body.get("view_type") or "ACTIVE_ONLY").lower()),
            filter_string=body.get("filter") or None,
            order_by=body.get("order_by") or None,
            max_results=int(body["max_results"]),
            page_token=body.get("page_token"),
        )
        return {"experiments": convert.listed(found, convert.experiment), "next_page_token": convert.token(found)}

    def _get_experiment(self, body: Body) -> dict[str, Any]:
        found = self._client.get_experiment(body["experiment_id"])
        # MLflow's SQL store answers an empty id with the default experiment.
        if found is None or str(found.experiment_id) != body["experiment_id"]:
            raise Refusal("RESOURCE_DOES_NOT_EXIST", "There is no such experiment.")
        return {"experiment": convert.experiment(found)}

    def _search_runs(self, body: Body) -> dict[str, Any]:
        found = self._client.search_runs(
            list(body["experiment_ids"]),
            filter_string=body.get("filter") or "",
            run_view_type=ViewType.from_string(str(body.get("run_view_type") or "ACTIVE_ONLY").lower()),
            max_results=int(body["max_results"]),
            order_by=body.get("order_by") or None,
            page_token=body.get("page_token"),
        )
        return {"runs": convert.listed(found, convert.run), "next_page_token": convert.token(found)}

    def _get_run(self, body: Body) -> dict[str, Any]:
        return {"run": convert.run(self._client.get_run(body["run_id"]))}

    def _get_history(self, body: Body) -> dict[str, Any]:
        # MLflow's client walks through the pages of those stores that have some.
        found = self._client.get_metric_history(body["run_id"], body["metric_key"])
        return {"metrics": convert.listed(found, convert.point)}

    def _search_models(self, body: Body) -> dict[str, Any]:
        search = getattr(self._client, "search_logged_models", None)
        if search is None:  # MLflow 2
            return {}
        try:
            found = search(
                experiment_ids=list(body["experiment_ids"]),
                filter_string=body.get("filter") or None,
                order_by=body.get("order_by") or None,
                page_token=body.get("page_token"),
            )
        except NotImplementedError:
            return {}
        return {"models": convert.listed(found, convert.model), "next_page_token": convert.token(found)}

    def _get_model(self, model_id: str) -> dict[str, Any]:
        get = getattr(self._client, "get_logged_model", None)
        if get is None:
            raise Refusal("ENDPOINT_NOT_FOUND", "This MLflow has no logged models.")
        return {"model": convert.model(get(model_id))}

    def _list_artifacts(self, body: Body) -> dict[str, Any]:
        found = self._repository(str(body["uri"])).list_artifacts(body.get("path") or None)
        return {"files": convert.listed(found or (), convert.file)}

    def _download_artifact(self, body: Body) -> dict[str, Any]:
        """Copy one file into a folder of the parent's and say where it is."""
        repository = self._repository(str(body["uri"]))
        return {"path": str(repository.download_artifacts(str(body["path"]), dst_path=str(body["folder"])))}

    def _repository(self, uri: str) -> Any:
        arguments: dict[str, Any] = {}
        if self._tracking_uri:
            uri = add_databricks_profile_info_to_artifact_uri(uri, self._tracking_uri)
            if "tracking_uri" in inspect.signature(get_artifact_repository).parameters:  # MLflow 3
                arguments["tracking_uri"] = self._tracking_uri
        try:
            return get_artifact_repository(uri, **arguments)
        except Exception as error:
            if "Could not find a registered artifact repository" in str(error):
                _explain_plugin("mlflow.artifact_repository", uri)
                raise Refusal(convert.SCHEME, _scheme(uri)) from None
            raise


def _scheme(uri: str) -> str:
    return uri.partition(":")[0]


def _explain_plugin(group: str, uri: str) -> None:
    """Raise what is wrong with a plugin that is installed and yet not registered: MLflow only warns."""
    scheme = _scheme(uri)
    with contextlib.suppress(AttributeError):
        for entry_point in entry_points(group=group):
            if entry_point.name == scheme:
                entry_point.load()
