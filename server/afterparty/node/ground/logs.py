"""Logs of a node: one JSON object a line on standard error, and nothing in them that is a secret.

No message here is written with a token, a key, a password or an address. But what a fault says of
itself nobody wrote, so every line is gone over as a whole before it is let out.
"""

import ipaddress
import logging
import re
import sys
from typing import Any

import structlog

_TOKEN = re.compile(r"\beyJ[\w-]+(?:\.[\w-]*){1,2}")
_BEARER = re.compile(r"(?i)\b(bearer(?: |%20)+)[\w.~+/-]+=*")
_NAMED = re.compile(
    r"(?i)((?:token|secret|password|ice-pwd|ice-ufrag)\\?[\"']?\s*[:=]\s*\\?[\"']?)[\w.~+/-]+"
)
_IN_URL = re.compile(r"(?i)\b(rediss?://)[^\s/@\"]+@")
_ADDRESS = re.compile(
    r"(?<![\w.:])"
    r"(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f.]*)"
    r"(?!\w)"
)


def redact(text: str) -> str:
    """The text with three dots for every token, key, password and IP address in it.

    What is taken out has neither quotes nor backslashes, so that JSON stays JSON.
    """
    text = _TOKEN.sub("…", text)
    for pattern in (_BEARER, _NAMED):
        text = pattern.sub(r"\1…", text)
    return _ADDRESS.sub(_without_address, _IN_URL.sub(r"\1…@", text))


def _without_address(found: re.Match[str]) -> str:
    try:
        ipaddress.ip_address(found[0])
    except ValueError:  # a time of day, say
        return found[0]
    return "…"


def log_as_json(level: str) -> None:
    """Send all logs to standard error, ours and every library's; from ``level`` on."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    written: list[Any] = [
        structlog.processors.JSONRenderer(ensure_ascii=False),
        lambda _logger, _name, line: redact(line),
    ]
    structlog.configure(
        processors=[*shared, *written],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(level),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *written],
            foreign_pre_chain=shared,
        )
    )
    logging.basicConfig(
        handlers=[handler],
        level=max(logging.WARNING, logging.getLevelNamesMapping()[level.upper()]),
        force=True,
    )
