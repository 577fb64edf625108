/* SPDX-License-Identifier: Apache-2.0 */
/**
 * SplitMix64, seeded per (seed, kind, index): any household, card or bill of a sample community can be made again alone
 * and is the same each time. Not for secrets.
 */
#ifndef PLATFORM_RNG_H
#define PLATFORM_RNG_H

#include <math.h>
#include <stdint.h>

struct rng {
    uint64_t state;
};

static inline uint64_t rng_next(struct rng *rng)
{
    uint64_t z = (rng->state += UINT64_C(0x9E3779B97F4A7C15));

    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static inline struct rng rng_of(uint64_t seed, uint64_t kind, uint64_t index)
{
    struct rng rng = {seed ^ kind * UINT64_C(0xD1342543DE82EF95)};

    rng.state = rng_next(&rng) ^ index * UINT64_C(0xA0761D6478BD642F);
    return rng;
}

/** 0 to n − 1; n > 0. The bias of the multiplication is below 2⁻³². */
static inline unsigned rng_below(struct rng *rng, unsigned n)
{
    return (unsigned)(((rng_next(rng) >> 32) * (uint64_t)n) >> 32);
}

/** True in `permille` of a thousand. */
static inline int rng_permille(struct rng *rng, unsigned permille)
{
    return rng_below(rng, 1000) < permille;
}

static inline double rng_unit(struct rng *rng)
{
    return (double)(rng_next(rng) >> 11) / 9007199254740992.0;
}

/** Normal distribution (Box and Muller, one of the pair). */
static inline double rng_normal(struct rng *rng, double mean, double deviation)
{
    double u = 1.0 - rng_unit(rng), v = rng_unit(rng);

    return mean + deviation * sqrt(-2.0 * log(u)) * cos(6.283185307179586 * v);
}

#endif
