package io.labelmill.score;

import java.io.Serializable;

/**
 * What every row of a run carries so that it can be traced.
 *
 * @param model name of the model, {@code name@revision} where it has one
 * @param modelSha256 hash over the files read
 */
public record RunStamp(String model, String modelSha256, String runId) implements Serializable {}
