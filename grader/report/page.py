"""HTML pages that stand alone: no network, nothing runs but what the page itself says.

Templates lie in `templates/`; everything put into them is escaped unless it is markup
that the grader has made itself.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from grader.report import harmless


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("grader.report"),
        autoescape=True,
        finalize=_shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "notebook": notebook,
        "points": points,
        "percent": percent,
        "heading": heading,
        "heat": heat,
    }
    return environment


def _shown(value: Any) -> Any:
    """Return a value as a template prints it: of text, only what can be seen."""
    plain = isinstance(value, str) and not isinstance(value, Markup)
    return harmless.lines(value) if plain else value


def render(template: str, **values: Any) -> str:
    """Return a page.

    Args:
        template: file name in `templates/`.
        values: what it shows; text is escaped.
    """
    environment = _environment()
    script = environment.loader.get_source(environment, "table.js")[0]  # type: ignore[union-attr]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return environment.get_template(template).render(
        **values, script=Markup(script), script_digest=digest
    )


def points(value: float) -> str:
    """Return points as people write them: 2, 1.5, 0.33."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def percent(share: float) -> str:
    """Return a share between 0 and 1 as whole percent; nothing rounds up to all."""
    return f"{int(100 * share + 1e-9)} %"


def heat(share: float) -> str:
    """Return the colour of a share: from orange over pale to green, dark text on it."""
    low, high = (244, 165, 96), (126, 200, 140)
    mixed = (round(a + (b - a) * share) for a, b in zip(low, high, strict=True))
    return "rgb({} {} {})".format(*mixed)


def notebook(lecture: str) -> str:
    """Return a place in the lectures as a path: ``lectures/08_….ipynb#The-kink``."""
    page, hash_sign, anchor = lecture.partition("#")
    return f"lectures/{page}.ipynb{hash_sign}{anchor}"


def heading(lecture: str) -> str:
    """Return a place in the lectures as text: ``08_backpropagation#The-kink``."""
    page, _, anchor = lecture.partition("#")
    # hyphens were spaces, but for those between digits
    title = re.sub(r"-(?!\d)|(?<!\d)-", " ", anchor)
    return f"lecture {page}" + (f", “{title}”" if title else "")
