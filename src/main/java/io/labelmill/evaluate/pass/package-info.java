/** Passes over tables: predictions meet their truth, and states of metrics are summed. */
package io.labelmill.evaluate.pass;
