/**
 * RGB rows to the model's input: Pillow's resampling, crop, normalisation. Plain Java, no Spark.
 */
package io.labelmill.preprocess;
