"""What an organisation watches, as code: keypin.toml is read, and compared with what stands.

Text comes in, an inventory and its changes go out; no network, no clock, no storage.
"""
