/** Proof that a model computes what it should: against published figures, and against itself. */
package io.labelmill.verify;
