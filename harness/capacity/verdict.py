"""From a certificate to the exit code of its run, and the reason in a sentence."""

from collections.abc import Sequence

from harness.capacity.limit import GROWING, of_contract
from harness.errors import ExitCode
from harness.load.verdict import Conclusion
from harness.report.capacity.words import NOUNS, amount
from harness.report.certificate import Certificate


def conclude(
    certificate: Certificate,
    demanded: float | None = None,
    *,
    broken: Sequence[str] = (),
    invalid: Sequence[str] = (),
    crashes: Sequence[str] = (),
    unreached: bool = False,
    interrupted: bool = False,
) -> Conclusion:
    """The verdict on the whole run; `demanded` is what the user must have.

    `broken` is what showed outside of any level, and `invalid` why nothing of the run counts.
    What was found stays found: a broken contract comes before whatever kept the search from its end. Correctness must
    not depend on load, so that it decides even where the demand is met.
    """
    low, high = certificate.low, certificate.high
    least = high is not None and all(each.level >= high for each in certificate.levels)
    told = headline(certificate, demanded)
    violated = sorted({*certificate.breaks, *broken})
    ways: list[tuple[object, ExitCode, str]] = [
        (crashes, ExitCode.HARNESS, f"A fault of the harness: {'; '.join(crashes[:1])}"),
        (interrupted, ExitCode.INTERRUPTED, f"Interrupted; so far: {told}"),
        (violated, ExitCode.BROKEN, f"Not conformant: {', '.join(violated)} broken. {told}"),
        (invalid, ExitCode.NO_VERDICT, f"Invalid: {'; '.join(invalid[:1])}. {told}"),
        (unreached, ExitCode.UNUSABLE, "The API could not be reached."),
        (demanded is not None and low >= demanded, ExitCode.OK, told),
        (demanded is not None and high is not None and high <= demanded, ExitCode.BROKEN, told),
        (demanded is not None or not certificate.valid, ExitCode.NO_VERDICT, told),
        (not low and not least, ExitCode.NO_VERDICT, told),
        (not low, ExitCode.BROKEN, told),
        (True, ExitCode.OK, told),
    ]
    return next(Conclusion(code, text) for applies, code, text in ways if applies)


def headline(certificate: Certificate, demanded: float | None = None) -> str:
    """`Holds 118 live sessions, not 124: ack.p99 is missed there, since uploads slow down. The 150 demanded ...`."""
    because = _missed(certificate) if certificate.binding else "; ".join(certificate.reasons[:1])
    told = f"{_held(certificate)}{because and f': {because}'}."
    return told if demanded is None else f"{told} {_demand(certificate, demanded)}"


def _missed(certificate: Certificate) -> str:
    binding, limiting = certificate.binding, certificate.limiting
    if binding == GROWING:
        told = "lag keeps growing"
    else:
        told = f"{binding} is {'broken' if of_contract(binding) else 'missed'}"
    return f"{told} there{limiting and f', since {limiting}'}"


def _held(certificate: Certificate) -> str:
    low, high, noun = certificate.low, certificate.high, NOUNS[certificate.unit]
    if not low:
        return "No verdict" if high is None else f"Holds not even {amount(high)} {noun}"
    if high is None:
        return f"Holds at least {amount(low)} {noun}"
    return f"Holds {amount(low)} {noun}, not {amount(high)}"


def _demand(certificate: Certificate, demanded: float) -> str:
    asked = f"{amount(demanded)} demanded"
    if certificate.low >= demanded:
        return f"The {asked} are held."
    if certificate.high is not None and certificate.high <= demanded:
        return f"The {asked} are not held."
    return f"Whether the {asked} are held is open."
