/** Encoded bytes to upright RGB rows, equal to Pillow's. Plain Java, no Spark. */
package io.labelmill.decode;
