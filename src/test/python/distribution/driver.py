"""A Python driver: draws pictures and a model, labels, embeds and trains.

    spark-submit --jars JAR --py-files JAR driver.py FOLDER
"""

import json
import sys

from pyspark.sql import SparkSession

import labelmill

folder = sys.argv[1]
spark = SparkSession.builder.appName("driver").getOrCreate()
jvm = spark._jvm
place = jvm.java.io.File(folder).toPath()
jvm.io.labelmill.demo.TinyBeit.checkpoint(5).write(place.resolve("model"))
images = jvm.io.labelmill.demo.FridgePictures(20, 5).write(place).toString()

with labelmill.ImageLabeler(model=folder + "/model") as labeler:
    paths = spark.read.format("binaryFile").load(images).select("path")
    labelled = labeler.transform(paths).groupBy("status").count().collect()
trained = labelmill.train(
    model=folder + "/model",
    input=images,
    truth=folder + "/labels.csv",
    match_by="name",
    output=folder + "/trained",
)
print(
    json.dumps(
        {
            "package": labelmill.__file__,
            "statuses": {row["status"]: row["count"] for row in labelled},
            "executors": spark.sparkContext._jsc.sc().getExecutorMemoryStatus().size() - 1,
            "trained": trained.document["images_trained"],
        }
    )
)
