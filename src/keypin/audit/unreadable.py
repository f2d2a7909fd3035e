"""The error of a part of an app: the audit goes on without it, and says so in a finding.

What is refused as a whole, as a bomb, is a plain `InputError`.
"""

from keypin.errors import InputError


class UnreadableError(InputError):
    """A part of the app is not what it should be, and nothing can be said of what it holds."""
