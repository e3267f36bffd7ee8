/** What people bring as truth: the forms in which it lies there, and what its labels stand for. */
package io.labelmill.evaluate.read.truth;
