"""Enforcement: pins in every client and server that takes an `ssl.SSLContext`."""
