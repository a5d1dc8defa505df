"""The exceptions of this package."""


class Error(Exception):
    """What the library refused; `status` is its code ("numeric", "format", ...)."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status
