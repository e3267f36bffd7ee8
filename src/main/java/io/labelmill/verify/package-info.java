/**
 * Proof that a model computes what it should: against outputs of the original code, against
 * published figures, and against itself.
 */
package io.labelmill.verify;
