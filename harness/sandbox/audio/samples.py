"""What all of the hearing works on: mono float32 samples, full scale 1.0, at 16 kHz."""

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]

RATE = 16_000
"""Hz."""

Block = tuple[int, Samples]
"""Samples at another rate than RATE, with that rate in Hz."""

EMPTY: Samples = np.empty(0, np.float32)
