"""The way to the Java side of this process, where there is one."""

from typing import Any, Optional

from labelmill.errors import UsageError

NO_JAR = (
    "Labelmill's classes are not in Spark's class path: start Spark with the application jar, as by"
    " pyspark --jars labelmill-app.jar, or set spark.jars before the session is made"
)


def is_remote(session: Optional[Any] = None) -> bool:
    """Whether Spark is reached through Spark Connect."""
    if session is not None:
        return type(session).__module__.startswith("pyspark.sql.connect.")
    try:
        from pyspark.sql.utils import is_remote as of_process
    except ImportError:  # before Spark 3.4
        return False
    return bool(of_process())


def session_of_this_process(given: Optional[Any], what: str) -> Any:
    """The session given, or the running one, or a new one; never one of Spark Connect.

    Raises
    ------
    UsageError
        on Spark Connect, where no job can be started from Python, and without the jar
    """
    from pyspark.sql import SparkSession

    if is_remote(given):
        raise UsageError(
            [
                f"{what} runs in the process of the Spark driver, which Spark Connect does not let"
                f" Python reach: start jobs/{what} on the cluster, or use ImageLabeler and"
                " ImageEmbedder, which work on Spark Connect, and write what they give"
            ]
        )
    session = given or SparkSession.getActiveSession() or SparkSession.builder.getOrCreate()
    call_class(session)
    return session


def call_class(session: Any) -> Any:
    """The Java class that runs commands.

    Raises
    ------
    UsageError
        where the jar is not in the class path
    """
    found = session._jvm.io.labelmill.command.Call
    # A name that leads to no class is taken for a package.
    if type(found).__name__ != "JavaClass":
        raise UsageError([NO_JAR])
    return found
