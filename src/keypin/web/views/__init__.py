"""What each page shows, and nothing more: frozen dataclasses, filled by handlers from storage.

A view names its template. It holds facts that are ready to be shown (times are aware, shares are 0
to 1, addresses are whole), and never a row of a database, a request or HTML.
"""
