"""Adapters for clients that take no `ssl.SSLContext`, or let a call pass by it; one module each.

A module imports the client that it is for, so import it by its own name:
`from keypin.tls.adapters.requests import pinned_session`.
"""
