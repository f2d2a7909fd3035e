"""Alerts: which findings become one, whom it is told, when it escalates and when it ends.

Findings and the time come in, what to do goes out; no network, no clock, no storage.
"""
