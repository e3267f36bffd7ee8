"""What goes wrong, by whose it is to mend."""

from typing import Any, Dict, List, Mapping, Optional, Type


class LabelmillError(Exception):
    """A job or a stage that failed.

    Attributes
    ----------
    problems : list of str
        Every problem found, a sentence or short paragraph each; the message has them in lines.
    exit_code : int
        What the command of the same name would have ended with.
    trace : str or None
        The Java stack trace of what is no user's mistake.
    """

    exit_code = 3

    def __init__(self, problems: List[str], trace: Optional[str] = None) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
        self.trace = trace

    # Exceptions are pickled by their args, which are the message alone.
    def __reduce__(self) -> Any:
        return type(self), (self.problems, self.trace)


class UsageError(LabelmillError, ValueError):
    """Wrong options."""

    exit_code = 1


class InputError(LabelmillError):
    """An input, model or output that a person has to change; also too many failed images."""

    exit_code = 2


class OutageError(LabelmillError):
    """Lost infrastructure: another try may pass."""


class InternalError(LabelmillError):
    """A bug. ``trace`` tells where."""


_KINDS: Dict[str, Type[LabelmillError]] = {
    "usage": UsageError,
    "input": InputError,
    "outage": OutageError,
    "bug": InternalError,
}


def of_answer(answer: Mapping[str, Any]) -> LabelmillError:
    """The exception for what the Java side told of a failure."""
    return _KINDS[answer["kind"]](list(answer["problems"]), answer.get("trace"))
