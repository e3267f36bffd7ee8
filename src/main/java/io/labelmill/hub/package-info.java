/**
 * Models from the Hugging Face hub: {@link io.labelmill.hub.Hub} downloads the files that a
 * checkpoint needs into the cache that the Python client keeps, through the hub's public HTTP
 * interface. Plain Java; only the driver uses it.
 */
package io.labelmill.hub;
