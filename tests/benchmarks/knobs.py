"""What the benchmarks' server does late on purpose, and its book of how late that really was."""

import math
import random
import time


def delays(text):
    """Draws of seconds, from `fixed:S`, `uniform:LEAST,MOST` or `lognormal:MEDIAN,SIGMA`; always the same ones."""
    draw = random.Random(text)
    kind, _, given = text.partition(":")
    numbers = [float(number) for number in given.split(",")]
    return {
        "fixed": lambda seconds: seconds,
        "uniform": draw.uniform,
        "lognormal": lambda median, sigma: draw.lognormvariate(math.log(median), sigma),
    }[kind], numbers


class Leisure:
    """Takes its time for each reply, and keeps a book of it."""

    def __init__(self, later, distribution):
        self._later = later
        self._draw, self._numbers = delays(distribution)
        self.taken = []  # seconds, as they really were

    def __call__(self, since, reply, body):
        """Reply later; `since` is when the request was there."""

        def now():
            self.taken.append(time.monotonic() - since)
            reply(body)

        self._later(self._draw(*self._numbers), now)


def freeze_now_and_then(later, text):
    """Have the whole server stand still: `3/20` is for three seconds in every twenty."""
    lasting, every = map(float, text.split("/"))

    def freeze():
        time.sleep(lasting)
        later(every - lasting, freeze)

    later(every - lasting, freeze)
