"""One whole session: its plan performed, its history handed to whoever wants it."""

from collections.abc import Sequence

from harness import __version__
from harness.client.clock import Clock
from harness.client.deployment import Deployment
from harness.client.driver import Driver
from harness.client.transport import Transport
from harness.contract.catalogue import load_catalogue
from harness.history.log import Fault, Log, Taker
from harness.history.observations import Header, Media
from harness.scenario.audio.recipe import Audio
from harness.scenario.plan import Plan


def open_session(
    plan: Plan,
    deployment: Deployment,
    transport: Transport,
    clock: Clock,
    takers: Sequence[Taker],
    *,
    label: str,
    strict: bool = True,
    alone: bool = False,
    fault: Fault | None = None,
    due: float | None = None,
    batch: int = 1,
) -> Driver:
    """A driver that is ready to perform `plan`; the history's header has been handed to `takers` already.

    `fault` hears of what takers raise. `due` is when the session is to begin; None is as soon as it is performed.
    `batch` observations are handed to `takers` together, at most.
    """
    log = Log(takers, deployment.key, fault, batch=batch)
    log.add(
        Header(
            session=label,
            scenario=plan.scenario,
            seed=plan.seed,
            plan=plan.digest,
            catalogue=load_catalogue().version,
            harness=__version__,
            host=deployment.origin + deployment.prefix,
            profile=deployment.profile,
            wall=clock.wall(),
            mono=clock.now(),
            server_offset=deployment.server_offset,
            strict=strict,
            disabled=deployment.disabled,
            alone=alone,
            media=_media(plan.audio),
        )
    )
    return Driver(plan, deployment, transport, clock, log, due=due)


def _media(audio: Audio) -> Media:
    return Media(
        format=audio.format,
        duration=audio.duration,
        lead=audio.lead,
        sound=audio.sound,
        speech=sum(utterance.end - utterance.start for utterance in audio.utterances),
    )
