"""The error that a bad request is answered with."""

from http import HTTPStatus


class RequestError(ValueError):
    """A request that cannot be answered.

    Args:
        message: One sentence for the person in front of the page.
        status: HTTP status of the answer.
    """

    def __init__(self, message: str, status: int = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(message)
        self.status = HTTPStatus(status)
