"""What the sandbox hears in the audio that it is sent: utterances, speakers, audible marks, and how it was said."""

from harness.sandbox.audio.features import Measures
from harness.sandbox.audio.listener import Heard, Listener
from harness.sandbox.audio.unsupported import UnsupportedAudio

__all__ = ["Heard", "Listener", "Measures", "UnsupportedAudio"]
