"""Runs: search, table, columns, and one."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from jupyter_server.auth.decorator import authorized
from tornado import web

from ..tracking.store import RunsQuery
from .base import ExplorerHandler

if TYPE_CHECKING:
    from ..entities import ViewType

#: What a table shows when no columns are asked for.
DEFAULT_COLUMNS = ("attributes.run_name", "attributes.status", "attributes.start_time", "attributes.end_time")


class _RunsQueryHandler(ExplorerHandler):
    def query(self, max_results: int) -> RunsQuery:
        """Return the query's arguments as a `RunsQuery`."""
        return RunsQuery(
            experiment_ids=self.texts("experiment_id"),
            search=self.get_query_argument("search", ""),
            filter=self.get_query_argument("filter", "", strip=False),
            order_by=self.texts("order_by"),
            view=cast("ViewType", self.choice("view", ("active", "deleted", "all"))),
            max_results=max_results,
            page_token=self.get_query_argument("page_token", None),
        )


class RunsHandler(_RunsQueryHandler):
    """`GET runs`."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        query = self.query(self.number("max_results", 100))
        await self.reply(await self.run(self.store.runs(query)))


class RunsTableHandler(_RunsQueryHandler):
    """`GET runs/table`."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        query = self.query(self.number("limit", 1000))
        columns = self.texts("columns") or DEFAULT_COLUMNS
        await self.reply(await self.run(self.store.table(query, columns)))


class RunColumnsHandler(ExplorerHandler):
    """`GET runs/columns`."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        await self.reply(await self.run(self.store.columns(self.texts("experiment_id"))))


class RunHandler(ExplorerHandler):
    """`GET runs/{run_id}`."""

    @web.authenticated
    @authorized
    async def get(self, run_id: str) -> None:
        await self.reply(await self.run(self.store.run(run_id)))
