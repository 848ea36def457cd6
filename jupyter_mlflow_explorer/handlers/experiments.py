"""Experiments: search, and one."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from jupyter_server.auth.decorator import authorized
from tornado import web

from ..tracking.store import ExperimentsQuery
from .base import ExplorerHandler

if TYPE_CHECKING:
    from ..entities import ViewType


class ExperimentsHandler(ExplorerHandler):
    """`GET experiments`."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        query = ExperimentsQuery(
            search=self.get_query_argument("search", ""),
            filter=self.get_query_argument("filter", "", strip=False),
            order_by=self.texts("order_by"),
            view=cast("ViewType", self.choice("view", ("active", "deleted", "all"))),
            max_results=self.number("max_results", 100),
            page_token=self.get_query_argument("page_token", None),
        )
        await self.reply(await self.run(self.store.experiments(query)))


class ExperimentHandler(ExplorerHandler):
    """`GET experiments/{experiment_id}`."""

    @web.authenticated
    @authorized
    async def get(self, experiment_id: str) -> None:
        await self.reply(await self.run(self.store.experiment(experiment_id)))
