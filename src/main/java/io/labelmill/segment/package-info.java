/** From a segmentation model's logits to masks: plain Java, tested without a session. */
package io.labelmill.segment;
