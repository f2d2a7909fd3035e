"""The lint rules, one family a module; `keypin.pins.lint` runs them all.

Each module defines checks and ends in a table `RULES` of rows: identifier, severity, reason, cure,
check. A check sees one policy with what was observed of its hosts (`Case`) and yields what it found
(`Hit`). Nothing here raises: a rule that cannot tell stays silent.
"""
