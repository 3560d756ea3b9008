"""Plain values as our scenario files have them."""

from typing import Any

import yaml


class _Dumper(yaml.SafeDumper):
    """Without anchors, which our files do not have."""

    def ignore_aliases(self, _: Any) -> bool:
        return True


def as_yaml(value: Any, *, on_one_line: bool = False) -> str:
    """YAML. No line is broken, so that nothing that a server has said begins one."""
    text = yaml.dump(
        value,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=2**20,
        default_flow_style=True if on_one_line else None,
    )
    return str(text)
