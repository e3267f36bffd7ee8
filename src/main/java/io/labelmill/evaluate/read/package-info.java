/** What an evaluation is asked for, and what it reads: options, predictions, masks and truth. */
package io.labelmill.evaluate.read;
