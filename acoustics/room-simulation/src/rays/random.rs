//! Random numbers that depend on where they are used, not on what was drawn before.
//!
//! Every number is a hash of (seed, batch, ray, bounce, number): rays may be traced in any order, by any number of
//! threads and again one by one in a test, and draw the same. The 64-bit key of a ray is `SplitMix64` (Steele, Lea and
//! Flood 2014); the numbers of a bounce are a 32-bit hash of high avalanche (lowbias32, Wellons 2018) of key and
//! bounce, which vectorises on any machine. Not for secrets.

/// Key of a ray.
pub(crate) fn key(seed: u64, batch: u32, ray: u32) -> [u32; 2] {
    let place = u64::from(batch) << 32 | u64::from(ray);
    let mixed = split_mix(split_mix(seed).wrapping_add(place));
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the two halves of 64 bits are meant"
    )]
    let halves = [mixed as u32, (mixed >> 32) as u32];
    halves
}

/// Word of a bounce, from which [`word`] makes its numbers.
#[inline]
pub(crate) const fn of_bounce(key: [u32; 2], bounce: u32) -> u32 {
    mix(key[0] ^ bounce.wrapping_mul(0x9e37_79b9)).wrapping_add(key[1])
}

/// A number of a bounce, uniform in [0, 1) in steps of 2^-24.
#[inline]
pub(crate) const fn number(of_bounce: u32, number: u32) -> f32 {
    let bits = mix(of_bounce.wrapping_add(number.wrapping_mul(0x85eb_ca6b))) >> 8;
    // Signed: there is no vector conversion of unsigned numbers before AVX-512.
    bits.cast_signed() as f32 * (1.0 / 16_777_216.0)
}

/// Seed of a part of a simulation: parts of different places draw nothing alike.
pub(crate) fn of_part(seed: u64, part: u64, place: u64) -> u64 {
    split_mix(split_mix(split_mix(seed) ^ part) ^ place)
}

/// Uniform in [0, 1) in steps of 2^-53, from a key of any kind.
pub(crate) fn fine(key: u64) -> f64 {
    (split_mix(key) >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
}

/// Numbers one after the other, for work that is done in one order anyway.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Chance {
    seed: u64,
    drawn: u64,
}

impl Chance {
    pub(crate) const fn new(seed: u64) -> Self {
        Self {
            seed: split_mix(seed),
            drawn: 0,
        }
    }

    /// Leaves out some numbers; tells how many were drawn before them.
    pub(crate) const fn skip(&mut self, count: u64) -> u64 {
        let before = self.drawn;
        self.drawn += count;
        before
    }

    /// The number that was drawn as the `drawn`-th, from 1.
    pub(crate) fn again(&self, drawn: u64) -> f64 {
        fine(self.seed.wrapping_add(drawn))
    }

    /// Uniform in [0, 1).
    pub(crate) fn number(&mut self) -> f64 {
        self.drawn += 1;
        fine(self.seed.wrapping_add(self.drawn))
    }
}

/// Hash of 64 bits.
pub(crate) const fn split_mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[inline]
const fn mix(x: u32) -> u32 {
    let x = (x ^ (x >> 16)).wrapping_mul(0x7feb_352d);
    let x = (x ^ (x >> 15)).wrapping_mul(0x846c_a68b);
    x ^ (x >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_uniform_and_neighbours_do_not_follow_each_other() {
        let (mut sum, mut square, mut product) = (0.0, 0.0, [0.0; 3]);
        let (rays, bounces) = (400, 100);
        for ray in 0..rays {
            for bounce in 0..bounces {
                let at = |r, b, n| f64::from(number(of_bounce(key(7, 0, r), b), n)) - 0.5;
                let here = at(ray, bounce, 0);
                sum += here;
                square += here * here;
                product[0] += here * at(ray + 1, bounce, 0);
                product[1] += here * at(ray, bounce + 1, 0);
                product[2] += here * at(ray, bounce, 1);
            }
        }
        let n = f64::from(rays * bounces);
        // Four standard errors of each.
        assert!((sum / n).abs() < 4.0 * (1.0 / 12.0 / n).sqrt());
        assert!((square / n - 1.0 / 12.0).abs() < 4.0 * (1.0 / 180.0 / n).sqrt());
        for p in product {
            assert!((p / n).abs() < 4.0 / 12.0 / n.sqrt(), "{p}");
        }
    }
}
