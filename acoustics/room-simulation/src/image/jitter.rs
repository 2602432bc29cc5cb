//! Images off their lattice, against sweeping echoes.
//!
//! In a box with parallel walls the delays of images fall into squares, whose pulses are heard as a tone that rises.
//! Moving every image a little at random takes the order out of them (De Sena, Antonello, Moonen and van Waterschoot,
//! IEEE/ACM TASLP 23 (2015) 774: some centimetres are enough). How far depends on the image and the seed alone.

use crate::rays::of_part;

/// How far images are moved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Jitter {
    most_m: f64,
    seed: u64,
    direct_m: f64,
}

impl Jitter {
    /// Moves every image but the source itself by up to `most_m` nearer or farther; none comes before the direct path.
    pub(super) const fn new(most_m: f64, seed: u64, direct_m: f64) -> Self {
        Self {
            most_m,
            seed,
            direct_m,
        }
    }

    /// How far an image is moved at most, in metres.
    pub(super) const fn most_m(&self) -> f64 {
        self.most_m
    }

    /// Length of the path from an image, by its counts along the axes.
    pub(super) fn moved_m(&self, counts: [i64; 3], path_m: f64) -> f64 {
        if counts == [0, 0, 0] {
            return path_m;
        }
        let [x, y, z] = counts.map(i64::cast_unsigned);
        let hash = of_part(of_part(self.seed, x, y), z, 0);
        let share = (hash >> 11) as f64 * (2.0 / 9_007_199_254_740_992.0) - 1.0;
        (path_m + self.most_m * share).max(self.direct_m)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_are_even_bounded_and_of_the_image_and_seed_alone() {
        let jitter = Jitter::new(0.08, 5, 1.0);
        let counts = (0..8_000_i64).map(|n| [n % 20 - 10, n / 20 % 20 - 10, n / 400 - 10]);
        let moves: Vec<f64> = counts
            .clone()
            .filter(|c| *c != [0, 0, 0])
            .map(|c| jitter.moved_m(c, 10.0) - 10.0)
            .collect();
        assert!(moves.iter().all(|m| m.abs() <= 0.08 + 1e-12));
        let mean = moves.iter().sum::<f64>() / 7_999.0;
        let square = moves.iter().map(|m| m * m).sum::<f64>() / 7_999.0;
        assert!(
            mean.abs() < 4.0 * 0.08 / (3.0 * 7_999.0_f64).sqrt(),
            "{mean}"
        );
        assert!(
            (square / (0.08 * 0.08 / 3.0) - 1.0).abs() < 0.05,
            "{square}"
        );
        let again: Vec<f64> = counts
            .clone()
            .filter(|c| *c != [0, 0, 0])
            .map(|c| jitter.moved_m(c, 10.0) - 10.0)
            .collect();
        assert_eq!(moves, again);
        let other = Jitter::new(0.08, 6, 1.0);
        assert!(
            counts
                .filter(|c| *c != [0, 0, 0])
                .all(|c| { (other.moved_m(c, 10.0) - jitter.moved_m(c, 10.0)).abs() > 0.0 })
        );
    }

    #[test]
    fn the_direct_path_stays_and_nothing_comes_before_it() {
        let jitter = Jitter::new(0.1, 1, 2.0);
        assert!((jitter.moved_m([0, 0, 0], 2.0) - 2.0).abs() <= 0.0);
        assert!((-50..50).all(|x| jitter.moved_m([x, 1, 0], 2.01) >= 2.0));
    }
}
