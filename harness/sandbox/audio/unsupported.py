"""The one error of hearing."""


class UnsupportedAudio(Exception):  # noqa: N818 - named for what the sandbox answers, not for being an exception
    """The bytes are no audio that the API takes. `code` is for programs, `message` for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
