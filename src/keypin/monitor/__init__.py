"""The monitor of RFC 6962 section 5.3: reads logs as they grow, and verifies all that it reads.

What is right and wrong is decided in `keypin.ct`; this room asks servers, keeps what it learned on
disk, and hands on what was issued.
"""
