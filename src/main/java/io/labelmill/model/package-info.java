/** A checkpoint made ready to run: graph, session, DJL translator, and its way to the executors. */
package io.labelmill.model;
