"""What was seen lately: as much as is worth its memory."""


class Recent:
    """The last so many different strings."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._seen: dict[str, None] = {}
        self.has_forgotten = False

    def add(self, text: str) -> bool:
        """Remember it; whether it was seen before."""
        if text in self._seen:
            return True
        self._seen[text] = None
        if len(self._seen) > self._most:
            del self._seen[next(iter(self._seen))]
            self.has_forgotten = True
        return False

    def __contains__(self, text: str) -> bool:
        return text in self._seen
