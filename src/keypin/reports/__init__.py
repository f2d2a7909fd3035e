"""Pin failure reports from the field: read in every form, grouped, and explained.

Bytes come in, reports and findings go out; no network, no clock, no storage.
"""
