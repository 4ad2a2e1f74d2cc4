"""REST bodies about the questions of a Blueroom's audience."""

from typing import Annotated

from pydantic import StringConstraints

from afterparty.wire.views import QuestionView, View


class AskBody(View):
    """Ask a question."""

    text: Annotated[str, StringConstraints(max_length=2000)]


class QuestionList(View):
    """Open questions of a room; ``total`` are open."""

    room: str
    total: int
    questions: list[QuestionView]
