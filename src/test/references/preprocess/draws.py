"""Random numbers and pictures that Python and Java draw alike; io.labelmill.preprocess.Draws is the other one."""

import numpy as np

MASK = (1 << 64) - 1


class Draws:
    """A linear congruential generator of 64 bits; Knuth's constants."""

    def __init__(self, seed):
        self.state = seed

    def next(self, bound):
        """The next number from 0 up to a bound of at most 2^31."""
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) & MASK
        return (self.state >> 33) % bound


def picture(width, height, seed):
    """RGB samples [height, width, 3]: noise, two thirds of it black or white, so that filters overshoot."""
    bits = np.arange(width * height * 3, dtype=np.uint32) + np.uint32(seed * 7919 & 0xFFFFFFFF)
    bits *= np.uint32(2654435761)
    bits ^= bits >> np.uint32(15)
    bits *= np.uint32(2246822519)
    bits ^= bits >> np.uint32(13)
    samples = bits >> np.uint32(24)
    extreme = (bits >> np.uint32(8) & np.uint32(0xFF)) % np.uint32(3) > 0
    samples = np.where(extreme, np.where(samples > 127, 255, 0), samples)
    return samples.astype(np.uint8).reshape(height, width, 3)
