"""What a simulated caller says, as audio with known utterances and audible marks; or the user's own file."""

from harness.scenario.audio.files import load_file
from harness.scenario.audio.recipe import Audio, Recipe, Utterance, lay_out
from harness.scenario.audio.render import render

__all__ = ["Audio", "Recipe", "Utterance", "lay_out", "load_file", "render"]
