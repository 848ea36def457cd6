"""Measurements against the budgets; each compares ways to the same answer in one run, because machines differ."""
