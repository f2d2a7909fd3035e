"""The watch's faces over HTTP: the API, the collector of reports, and the pages.

Reaches storage through `keypin.watch` only.
"""
