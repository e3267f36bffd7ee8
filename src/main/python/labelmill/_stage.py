"""What stages have in common beside their params."""

import json
from typing import Any, Optional, TypeVar

from pyspark.ml.param import Params
from pyspark.ml.util import JavaMLReadable, JavaMLWritable
from pyspark.ml.wrapper import JavaTransformer
from pyspark.sql import DataFrame

from labelmill._java import NO_JAR, is_remote
from labelmill.errors import UsageError, of_answer

Stage = TypeVar("Stage", bound="ImageStage")

PACKAGE = "io.labelmill.ml"


class ImageStage(JavaTransformer, JavaMLReadable["ImageStage"], JavaMLWritable):
    """A stage whose other half is the Java class of the same name."""

    def __init__(self) -> None:
        super().__init__()
        try:
            self._java_obj = self._new_java_obj(f"{PACKAGE}.{type(self).__name__}", self.uid)
        except TypeError:  # a name that leads to no class is taken for a package
            raise UsageError([NO_JAR]) from None

    def transform(self, dataset: DataFrame, params: Optional[Any] = None) -> DataFrame:
        """A row for each row of the DataFrame, with the columns of Labelmill's table.

        A failed image is a row with its status. Images are read when the result is.

        Raises
        ------
        LabelmillError
            when the model can't be opened, or the DataFrame lacks a column. On Spark Connect the
            server says that, in exceptions of its own, when the result is used
        """
        try:
            return super().transform(dataset, params)
        except Exception as e:
            raise self._told(e) from e.__cause__

    def _told(self, failure: Exception) -> Exception:
        thrown = getattr(failure, "java_exception", None)
        if thrown is None or is_remote():
            return failure
        from pyspark import SparkContext

        context: Any = SparkContext._active_spark_context
        answer = json.loads(context._jvm.io.labelmill.command.Call.told(thrown))
        return failure if answer["kind"] == "bug" else of_answer(answer)

    def close(self) -> None:
        """Frees the model, unless a copy uses it still.

        Rows that were not written or cached can't be had any more; the next transform opens the
        model again. On Spark Connect this does nothing: the server frees a model with the last
        result that uses it.
        """
        if not is_remote():
            stage: Any = self._java_obj
            stage.close()

    def __enter__(self: Stage) -> Stage:
        return self

    def __exit__(self, *failure: Any) -> None:
        self.close()

    def _set_given(self: Stage, **values: Any) -> Stage:
        self._set(**{name: value for name, value in values.items() if value is not None})
        return self


__all__ = ["ImageStage", "Params"]
