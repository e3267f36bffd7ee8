/** Committed waves: the score table, its lock, and the run record beside it. */
package io.labelmill.sink;
