/** Masks against label maps: mean intersection over union, by mmsegmentation's definition. */
package io.labelmill.evaluate.segment;
