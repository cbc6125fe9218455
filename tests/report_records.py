"""Hand-made results, for everything that shows them."""

from __future__ import annotations

from typing import Any

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'"


def finding(message: str = "The sign is wrong.", **changed: Any) -> dict[str, Any]:
    found = {"code": "M08.1a", "message": message, "output": None, "lecture": ""}
    return found | {"named": True, "remark": False} | changed


def exercise(number: int, score: float, *findings: Any, **changed: Any) -> dict[str, Any]:
    return {
        "id": f"G08.{number}",
        "function": f"f{number}",
        "score": score,
        "max_score": 4.0,
        "findings": list(findings),
        "parts": {"dW": score > 0, "db": score == 4},
        "lecture": "08_backpropagation",
        "behaviour": "",
    } | changed


def record(*exercises: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return {
        "student": "ada",
        "assignment": "a07_backpropagation",
        "status": "graded",
        "score": sum(e["score"] for e in exercises),
        "max_score": sum(e["max_score"] for e in exercises),
        "isolation": "full",
        "repairs": [],
        "problem": "",
        "limits": [],
        "exercises": list(exercises),
        "run_s": 0.1,
        "untouched": [],
    } | changed
