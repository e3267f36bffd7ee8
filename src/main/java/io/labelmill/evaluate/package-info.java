/** Score tables against truth: metrics, fitted thresholds, comparisons, and the report. */
package io.labelmill.evaluate;
