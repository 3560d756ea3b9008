"""Mutants whose emotion and cognitive events are not what "Event structure" says."""

from harness.sandbox.audio.listener import Heard
from harness.sandbox.events import Payload, utterance_id
from harness.sandbox.mutants.transcripts import OfOne, Told, without
from harness.sandbox.registry import mutant
from harness.sandbox.service import Service
from harness.sandbox.session import Session


class OfEmotion(OfOne):
    """Changes emotions."""

    event = "emotion"


class OfCognition(OfOne):
    """Changes cognitive events."""

    event = "cognitive"


@mutant("six-ways", trips=("EVENT-5",))
class SixWays(OfEmotion):
    """The distribution leaves surprise out."""

    def changed(self, payload: Payload) -> Payload:
        shares = without(payload["distribution"], "surprise")
        whole = sum(shares.values())
        return payload | {"distribution": {name: share / whole for name, share in shares.items()}}


@mutant("eighth-way", trips=("EVENT-5",))
class EighthWay(OfEmotion):
    """The distribution of the second emotion knows contempt, too."""

    only = 1

    def changed(self, payload: Payload) -> Payload:
        return payload | {"distribution": payload["distribution"] | {"contempt": 0.0}}


@mutant("shares-add-up-to-more", trips=("EVENT-5",))
class SharesAddUpToMore(OfEmotion):
    """The distribution adds up to 1.4."""

    def changed(self, payload: Payload) -> Payload:
        return payload | {"distribution": {name: share * 1.4 for name, share in payload["distribution"].items()}}


@mutant("shares-in-percent", trips=("EVENT-5",))
class SharesInPercent(OfEmotion):
    """The distribution is in percent."""

    def changed(self, payload: Payload) -> Payload:
        return payload | {"distribution": {name: share * 100 for name, share in payload["distribution"].items()}}


@mutant("share-below-zero", trips=("EVENT-5",))
class ShareBelowZero(OfEmotion):
    """One share of the second emotion is below 0, another makes up for it."""

    only = 1

    def changed(self, payload: Payload) -> Payload:
        shares = payload["distribution"]
        moved = shares["fear"] + 0.1
        return payload | {"distribution": shares | {"fear": -0.1, "joy": shares["joy"] + moved}}


@mutant("no-distribution", trips=("EVENT-5",))
class NoDistribution(OfEmotion):
    """The likeliest emotion stands for the distribution."""

    def changed(self, payload: Payload) -> Payload:
        return without(payload, "distribution") | {"label": "joy"}


@mutant("no-dominance", trips=("EVENT-5",))
class NoDominance(OfEmotion):
    """An emotion has no dominance."""

    def changed(self, payload: Payload) -> Payload:
        return without(payload, "dominance")


@mutant("pleasure-in-words", trips=("EVENT-5",))
class PleasureInWords(OfEmotion):
    """The pleasure of the second emotion is a word."""

    only = 1

    def changed(self, payload: Payload) -> Payload:
        return payload | {"pleasure": "high"}


@mutant("second-feels-nothing", trips=("EVENT-5",))
class SecondFeelsNothing(Service):
    """The second utterance has no emotion."""

    def results(self, session: Session, heard: Heard) -> Told:
        told = super().results(session, heard)
        return [each for each in told if each[0] != "emotion" or len(session.utterances) != 1]


@mutant("no-rationale", trips=("EVENT-6",))
class NoRationale(OfCognition):
    """A cognitive event has no rationale."""

    def changed(self, payload: Payload) -> Payload:
        return without(payload, "rationale")


@mutant("rationale-empty", trips=("EVENT-6",))
class RationaleEmpty(OfCognition):
    """The rationale of the second cognitive event is empty."""

    only = 1

    def changed(self, payload: Payload) -> Payload:
        return payload | {"rationale": " "}


@mutant("no-focus", trips=("EVENT-6",))
class NoFocus(OfCognition):
    """The second cognitive event has no focus."""

    only = 1

    def changed(self, payload: Payload) -> Payload:
        return payload | {"focus": None}


@mutant("no-load", trips=("EVENT-6",))
class NoLoad(OfCognition):
    """A cognitive event has no load."""

    def changed(self, payload: Payload) -> Payload:
        return without(payload, "load")


@mutant("emotion-of-nobody", trips=("EVENT-10",))
class EmotionOfNobody(OfEmotion):
    """The second emotion is about an utterance that there never is."""

    only = 1

    def changed(self, payload: Payload) -> Payload:
        return payload | {"utterance_id": f"{payload['utterance_id']}-b"}


@mutant("cognitive-of-the-next", trips=("EVENT-10",))
class CognitiveOfTheNext(Service):
    """Cognitive events are about the utterance after the one that they should be about: the last one about none."""

    def results(self, session: Session, heard: Heard) -> Told:
        following = {"utterance_id": utterance_id(session, len(session.utterances) + 1)}
        told = super().results(session, heard)
        return [(name, payload | following if name == "cognitive" else payload) for name, payload in told]


@mutant("feelings-without-words", trips=("EVENT-10",))
class FeelingsWithoutWords(Service):
    """There are emotions and no transcripts."""

    def results(self, session: Session, heard: Heard) -> Told:
        return [each for each in super().results(session, heard) if each[0] != "final_transcript"]
