"""Disclosure presets: how small a count may be, and whether what is shown is rounded or given noise.

A city states one in `city.yaml`; where two rules hold, the stricter wins field by field (`strictest`).
"""

from dataclasses import dataclass
from typing import Final, Literal

from salus.errors import BadInput
from salus.model.city import DisclosureRules

Maps = Literal["areas", "anchors", "none"]
_MAPS: Final = ("areas", "anchors", "none")
_BASES: Final = (0, 3, 5, 10)
_LEAST: Final = 5
_LEAST_PROTECTED: Final = 10


@dataclass(frozen=True)
class Preset:
    """One set of rules. Counts from 1 to `threshold` - 1 are hidden, to `protected_threshold` - 1 for protected ones.

    `round_to`: base that shown counts are rounded to, 0 for none. `significant`: digits that shown numbers keep, 0
    for all. `noise`: whether shown counts get cell-key noise. `maps`: what a report draws; `areas` shaded areas only,
    `anchors` the density made of them too, `none` no map. Under none of them an exit shows a point. Raises `BadInput`
    for a threshold below 5 (protected: 10).

    >>> Preset("mine", 6, 12, round_to=5).changes
    True
    """

    id: str
    threshold: int
    protected_threshold: int
    round_to: int = 0
    significant: int = 0
    noise: bool = False
    maps: Maps = "anchors"

    def __post_init__(self) -> None:
        if self.threshold < _LEAST or self.protected_threshold < max(_LEAST_PROTECTED, self.threshold):
            raise BadInput(
                f"The thresholds {self.threshold} and {self.protected_threshold} (protected) are too low",
                where=f"preset {self.id}",
                remedy="use 5 or more, and for protected offences 10 or more and no less than the other",
            )
        if self.round_to not in _BASES or self.significant < 0 or self.maps not in _MAPS:
            raise BadInput(
                f"Numbers cannot be rounded to {self.round_to}",
                where=f"preset {self.id}",
                remedy="round to 3, 5 or 10, or to 0 for no rounding",
            )

    @property
    def changes(self) -> bool:
        """Whether shown numbers are changed, and not only hidden or left as they are."""
        return bool(self.round_to or self.significant or self.noise)


PRESETS: Final = {
    preset.id: preset
    for preset in (
        Preset("threshold", 5, 10),
        Preset("standard", 8, 10, round_to=5),
        Preset("strict", 15, 15, significant=4, maps="areas"),
        Preset("noise", 5, 10, noise=True),
    )
}


def strictest(a: Preset, b: Preset) -> Preset:
    """The rules that keep both: the higher thresholds, the coarser rounding, noise if either has it.

    >>> both = strictest(PRESETS["standard"], PRESETS["strict"])
    >>> both.threshold, both.protected_threshold, both.round_to, both.significant, both.maps
    (15, 15, 5, 4, 'areas')
    """
    if a == b:
        return a
    digits = [digits for digits in (a.significant, b.significant) if digits]
    rank = {"anchors": 0, "areas": 1, "none": 2}
    return Preset(
        "+".join(sorted({*a.id.split("+"), *b.id.split("+")})),
        max(a.threshold, b.threshold),
        max(a.protected_threshold, b.protected_threshold),
        round_to=max(a.round_to, b.round_to),
        significant=min(digits, default=0),
        noise=a.noise or b.noise,
        maps=max(a.maps, b.maps, key=rank.__getitem__),
    )


def preset_of(rules: DisclosureRules | None) -> Preset:
    """The preset that a city states (section `disclosure` of `city.yaml`); without one, `threshold`.

    >>> preset_of(None).id
    'threshold'
    >>> preset_of(DisclosureRules(preset="local", threshold=6)).threshold
    6
    """
    if rules is None:
        return PRESETS["threshold"]
    if rules.preset != "local":
        return PRESETS[rules.preset]
    threshold = rules.threshold or _LEAST
    protected = rules.protected_threshold or max(_LEAST_PROTECTED, threshold)
    return Preset("local", threshold, protected, round_to=rules.round_to, maps=rules.maps or "anchors")
