"""Labels images with BEiT, DeiT and ViT models from Hugging Face, on Apache Spark.

``ImageLabeler`` and ``ImageEmbedder`` are stages of ``pyspark.ml``, here and on Spark Connect.
``score``, ``embed``, ``segment``, ``train`` and ``evaluate`` run the jobs of the same names in the
Spark session of this process. All need the application jar in Spark's class path::

    pyspark --jars labelmill-app.jar --py-files labelmill-app.jar

    import labelmill
    labeler = labelmill.ImageLabeler(model="hf://microsoft/beit-base-patch16-224")
    labelmill.show(labeler.transform(spark.read.format("binaryFile").load("photos/")))
"""

from labelmill.display import Pictures, show
from labelmill.errors import InputError, InternalError, LabelmillError, OutageError, UsageError
from labelmill.jobs import embed, evaluate, score, segment, train
from labelmill.ml import ImageEmbedder, ImageLabeler
from labelmill.result import Result

__all__ = [
    "ImageEmbedder",
    "ImageLabeler",
    "InputError",
    "InternalError",
    "LabelmillError",
    "OutageError",
    "Pictures",
    "Result",
    "UsageError",
    "embed",
    "evaluate",
    "score",
    "segment",
    "show",
    "train",
]
