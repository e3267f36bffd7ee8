"""Runs a command in the Spark session of this process."""

import json
import os
from typing import Any, List, Mapping, Optional

from labelmill._java import call_class, session_of_this_process
from labelmill.errors import of_answer
from labelmill.result import Result


def run(command: str, options: Mapping[str, Any], session: Optional[Any]) -> Result:
    """Runs a command.

    Parameters
    ----------
    command : str
        Its name.
    options : dict
        Values by the names of options without dashes; None is left out.
    session : SparkSession or None
        The session of this process where none is given.

    Raises
    ------
    LabelmillError
        what the job tells of its failure
    """
    session = session_of_this_process(session, command)
    words = [command, *words_of(options)]
    answer = json.loads(call_class(session).run(words))
    if answer["exitCode"] != 0:
        raise of_answer(answer)
    output = options.get("output")
    return Result(command, answer, None if output is None else _text(output), session)


def words_of(options: Mapping[str, Any]) -> List[str]:
    """Options as a command line has them.

    A list gives an option that may stand several times, or one whose values commas part; which of
    them is told by the key, which ends in ``*`` for the former.
    """
    words: List[str] = []
    for key, value in options.items():
        name = "--" + key.rstrip("*")
        if value is None or value is False:
            continue
        if value is True:
            words.append(name)
        elif key.endswith("*") and isinstance(value, (list, tuple)):
            for each in value:
                words += [name, _text(each)]
        else:
            words += [name, _text(value)]
    return words


def _text(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ",".join(_text(each) for each in value)
    if isinstance(value, Mapping):
        return ",".join(f"{key}={_text(each)}" for key, each in value.items())
    return os.fspath(value) if isinstance(value, os.PathLike) else str(value)
