"""Intervals, tests and the gates that accuracies must pass, with their error rates.

Three sources of chance act on an accuracy, and they do not average out alike:

- *training*: another seed gives another classifier. The mean over seeds averages this out.
- *agreement*: on a picture near the threshold, seeds disagree. Averages out over seeds too.
- *pictures*: other pictures would be easier or harder. All seeds share the same pictures, so the
  mean over any number of seeds keeps all of this error.

The chapter names its pictures by number, so a comparison with the chapter's figures is on the same
pictures and the third source does not enter it. A statement about new pictures needs it:
:func:`crossed_interval`. ``docs/statistics.md`` has the figures.
"""

from repro.statistics._curves import ENOUGH_SEEDS, curve_difference, trend
from repro.statistics._gates import LARGEST_ERROR_RATE, LOSS_TO_CATCH, Gate, NormalGate
from repro.statistics._intervals import (
    LEVEL,
    Interval,
    crossed_interval,
    equivalence,
    mean_difference,
    modelled_difference,
    newcombe,
    paired_difference,
    t_interval,
    wilson,
)

__all__ = [
    "ENOUGH_SEEDS",
    "LARGEST_ERROR_RATE",
    "LEVEL",
    "LOSS_TO_CATCH",
    "Gate",
    "Interval",
    "NormalGate",
    "crossed_interval",
    "curve_difference",
    "equivalence",
    "mean_difference",
    "modelled_difference",
    "newcombe",
    "paired_difference",
    "t_interval",
    "trend",
    "wilson",
]
