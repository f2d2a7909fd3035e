"""Alerting: signals in, alerts kept, people told.

    signals      what parts of the service say they see: the one door into alerting
    engine       makes alerts of signals, and writes down who is to be told what
    delivering   tells them, and tries again
    routes, rules, silences     what an organisation wants to hear, where, and when not
    reading      alerts for pages and the API
    deadlines, feeds, digests   the next dates, and many alerts at once

What becomes of a signal is decided in `keypin.alerts`, which is pure; here is its storage and its
network. Must not know who sees what: a signal is all that is known here of any finding.
"""
