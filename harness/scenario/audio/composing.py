"""pydub, imported without the warnings that would mislead a user of the harness."""

import warnings

with warnings.catch_warnings():
    # At import pydub looks for an ffmpeg program, which is never called here, and imports the deprecated audioop.
    warnings.simplefilter("ignore")
    from pydub import AudioSegment
    from pydub.generators import Sine

__all__ = ["AudioSegment", "Sine"]
