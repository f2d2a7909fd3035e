"""The watch: a service that keeps pinned clients alive.

It knows the endpoints, the pin sets and the releases that carry them; probes, reads logs, collects
reports, and tells the right people. Must not know of web pages or of the command line.
"""
