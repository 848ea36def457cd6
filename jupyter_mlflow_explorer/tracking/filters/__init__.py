"""MLflow's filter and order grammar: text to a small syntax tree, with the position of every error. Pure."""

from __future__ import annotations

from .grammar import parse_experiments_filter, parse_experiments_order, parse_runs_filter, parse_runs_order
from .tree import COMPARE, And, Comparison, Filter, Key, KeyKind, Node, Not, Operator, Or, OrderTerm, Value

__all__ = [
    "COMPARE",
    "And",
    "Comparison",
    "Filter",
    "Key",
    "KeyKind",
    "Node",
    "Not",
    "Operator",
    "Or",
    "OrderTerm",
    "Value",
    "parse_experiments_filter",
    "parse_experiments_order",
    "parse_runs_filter",
    "parse_runs_order",
]
